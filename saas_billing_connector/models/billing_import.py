"""Importing history: whole lists of objects of any age, page by page, through the inbox.

Stripe lists events for thirty days only; objects it keeps. Each page is one transaction with its
cursor: whatever stops the work, it goes on at that page, and what was read twice is stored once.
"""

import random
from datetime import UTC, datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ..canonical import NeedsHuman, Transient
from .billing_import_line import OBJECT_TYPES

#: Seconds that must be left of the scheduled action's slice for another page.
TIME_RESERVE = 3
BACKOFF_FIRST = 15
BACKOFF_LAST = 900
#: States of a line that is still to be read.
OPEN = ("todo", "running")
#: Refusals that concern one list; any other stops the import.
OF_ONE_LIST = ("stripe_permission", "stripe_request")


class SaasBillingImport(models.Model):
    _name = "saas.billing.import"
    _description = "Import of Billing History"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "saas.billing.connection",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env["saas.billing.connection"].search([], limit=1),
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    date_from = fields.Date(
        "From", help="First day on which the objects were created in Stripe; empty: from the start."
    )
    date_to = fields.Date(
        "To", help="Last day on which the objects were created in Stripe; empty: until now."
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("running", "Running"),
            ("paused", "Paused"),
            ("attention", "Needs Attention"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    line_ids = fields.One2many(
        "saas.billing.import.line",
        "import_id",
        string="Object Types",
        copy=True,
        default=lambda self: [
            Command.create({"object_type": name, "sequence": number})
            for number, name in enumerate(OBJECT_TYPES)
        ],
    )
    since_at = fields.Datetime(readonly=True, copy=False)
    until_at = fields.Datetime(readonly=True, copy=False)
    started_at = fields.Datetime("Started", readonly=True, copy=False)
    finished_at = fields.Datetime("Finished", readonly=True, copy=False)
    retry_at = fields.Datetime("Tries Again At", readonly=True, copy=False)
    failures = fields.Integer(readonly=True, copy=False)
    problem = fields.Text(readonly=True, copy=False)
    read_count = fields.Integer("Read", compute="_compute_counts")
    new_count = fields.Integer("New", compute="_compute_counts")
    unchanged_count = fields.Integer("Unchanged", compute="_compute_counts")
    progress = fields.Float(
        compute="_compute_counts",
        help="Share of the chosen object types, counting the period covered of the one being read."
        " Stripe does not say how many objects there are.",
    )

    @api.depends("connection_id", "date_from", "date_to")
    def _compute_display_name(self):
        for each in self:
            each.display_name = self.env._(
                "%(connection)s, %(first)s to %(last)s",
                connection=each.connection_id.name or "",
                first=each.date_from or self.env._("the start"),
                last=each.date_to or self.env._("now"),
            )

    @api.depends("line_ids.read_count", "line_ids.new_count", "line_ids.progress")
    def _compute_counts(self):
        for each in self:
            lines = each.line_ids.filtered("selected")
            each.read_count = sum(lines.mapped("read_count"))
            each.new_count = sum(lines.mapped("new_count"))
            each.unchanged_count = each.read_count - each.new_count
            each.progress = sum(lines.mapped("progress")) / len(lines) if lines else 0

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for each in self:
            if each.date_from and each.date_to and each.date_to < each.date_from:
                raise ValidationError(self.env._("The period ends before it starts."))

    @api.ondelete(at_uninstall=False)
    def _unlink_draft(self):
        if any(each.state != "draft" for each in self):
            raise UserError(self.env._("An import that ran is kept: it says where data came from."))

    def write(self, vals):
        if {"connection_id", "date_from", "date_to"} & vals.keys() and any(
            each.state != "draft" for each in self
        ):
            raise UserError(
                self.env._("The import has started. Make a new one for another period.")
            )
        return super().write(vals)

    # ── buttons ──────────────────────────────────────────────────────────────────────────────

    def action_start(self):
        """Let the scheduled action read the chosen lists."""
        self.check_access("write")
        for each in self:
            each._check_can_start()
            start, end = each._get_instants()
            each.write(
                {
                    "state": "running",
                    "started_at": fields.Datetime.now(),
                    "since_at": start,
                    "until_at": end,
                }
            )
        self._wake()
        return True

    def _check_can_start(self):
        if self.state != "draft":
            raise UserError(self.env._("This import has started already."))
        if not self.line_ids.filtered("selected"):
            raise UserError(self.env._("Choose at least one type of object."))
        # Tells what to do where there is no key.
        self.connection_id._get_reader()

    def action_pause(self):
        """Stop after the page that is being read."""
        self.check_access("write")
        self.filtered(lambda each: each.state == "running").state = "paused"
        return True

    def action_resume(self):
        """Go on at the next page; types that could not be read are tried again."""
        self.check_access("write")
        stopped = self.filtered(lambda each: each.state in ("paused", "attention"))
        stopped.write({"state": "running", "retry_at": False, "failures": 0, "problem": False})
        blocked = stopped.line_ids.filtered(lambda line: line.state == "blocked")
        blocked.write({"state": "running", "problem": False})
        self._wake()
        return True

    def action_cancel(self):
        """Stop for good; what was read stays."""
        self.check_access("write")
        self.filtered(lambda each: each.state != "done").write(
            {"state": "cancelled", "retry_at": False}
        )
        return True

    def action_open_events(self):
        """Events that imports have put into the inbox since this one started."""
        self.ensure_one()
        action = self.connection_id.action_open_events()
        domain = [("source", "=", "backfill"), ("received_at", ">=", self.started_at)]
        return {**action, "domain": [*action["domain"], *domain]}

    def _wake(self):
        self.env.ref("saas_billing_connector.cron_import").sudo()._trigger()

    def _get_instants(self):
        """(start or False, end or False) of the period, naive UTC, half-open."""
        zone = self.connection_id._get_zone()

        def midnight(day):
            local = datetime.combine(day, time(), zone)
            return local.astimezone(UTC).replace(tzinfo=None)

        return (
            midnight(self.date_from) if self.date_from else False,
            midnight(self.date_to + timedelta(days=1)) if self.date_to else False,
        )

    # ── work ─────────────────────────────────────────────────────────────────────────────────

    @api.model
    def _get_due(self):
        return self.sudo().search(
            [
                ("state", "=", "running"),
                ("connection_id.active", "=", True),
                "|",
                ("retry_at", "=", False),
                ("retry_at", "<=", fields.Datetime.now()),
            ],
            order="id",
        )

    @api.model
    def _cron_import(self):
        """Read pages of the running imports in turn until the slice is over."""
        cron, drain = self.env["ir.cron"], self.env["saas.billing.drain"]
        due = self._get_due()
        left = cron._commit_progress(remaining=len(due))
        while due and left > TIME_RESERVE:
            for each in due:
                # Somebody may be pausing it this very moment.
                drain._retrying_or(each._import_page, each._note_failure)
                left = cron._commit_progress(1)
            due = self._get_due()
        if due:
            # Odoo reschedules the action but tells nobody, and looks around once a minute.
            self._wake()
        cron._commit_progress(remaining=len(due))

    def _import_page(self):
        """Read and store one page of the first list that is not done."""
        self.ensure_one()
        if self.state != "running":
            return
        line = self.line_ids.filtered(lambda each: each.selected and each.state in OPEN)[:1]
        if not line:
            self._finish()
            return
        try:
            line._import_page(self._get_reader())
        except Transient as outcome:
            self._postpone(outcome)
        except NeedsHuman as outcome:
            if outcome.code in OF_ONE_LIST:
                line.write({"state": "blocked", "problem": outcome.message})
            else:
                self.write({"state": "attention", "problem": outcome.message})
        except UserError as error:
            self.write({"state": "attention", "problem": str(error)})
        else:
            if self.failures:
                self.write({"failures": 0, "retry_at": False, "problem": False})

    def _note_failure(self):
        """The page could not be read for a reason that nobody foresaw: a person resumes."""
        problem = self.env._("Unexpected: the server's log tells what happened.")
        self.write({"state": "attention", "problem": problem})

    def _get_reader(self):
        """The reader, once it is known to read the right account; fixes the end of the period.

        Objects that are created from now on are not of this import: the lists must hold still.
        """
        reader = self.connection_id._get_reader()
        if all(line.state == "todo" for line in self.line_ids):
            now = self.connection_id._check_account(reader).replace(tzinfo=None)
            self.until_at = min(self.until_at, now) if self.until_at else now
        return reader

    def _store(self, page):
        """Put a page of objects into the inbox; how many were new."""
        stored = self.env["saas.billing.event"]._store_imported(self.connection_id, page)
        self.connection_id._wake_drains(stored)
        return len(stored)

    def _postpone(self, outcome):
        """Stripe could not answer: try again later, and later still if that fails too."""
        seconds = min(BACKOFF_LAST, BACKOFF_FIRST * 2**self.failures) * random.uniform(0.75, 1)
        self.write(
            {
                "failures": self.failures + 1,
                "retry_at": fields.Datetime.now() + timedelta(seconds=seconds),
                "problem": outcome.message,
            }
        )

    def _finish(self):
        blocked = self.line_ids.filtered(lambda line: line.state == "blocked")
        self.write(
            {
                "state": "attention" if blocked else "done",
                "finished_at": fields.Datetime.now(),
                "problem": "\n".join(sorted(set(blocked.mapped("problem")))),
            }
        )
        self.message_post(
            body=self.env._(
                "%(read)s objects read: %(new)s new, %(unchanged)s known already.",
                read=self.read_count,
                new=self.new_count,
                unchanged=self.unchanged_count,
            )
        )
        if not blocked:
            self._close_gaps()

    def _close_gaps(self):
        """Close the issues that asked for an import of days that this one has read."""
        if not all(self.line_ids.mapped("selected")):
            return
        issues = (
            self.env["saas.billing.issue"]
            .sudo()
            .search(
                [
                    ("connection_id", "=", self.connection_id.id),
                    ("code", "=", "events_gap"),
                    ("state", "=", "open"),
                ]
            )
        )
        issues.filtered(lambda issue: self._covers(*issue.key.split("/")))._close_if_cleared()

    def _covers(self, first, last):
        start, end = self.date_from, self.date_to
        return (not start or str(start) <= first) and (not end or str(end) >= last)


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"  # pylint: disable=consider-merging-classes-inherited

    def action_import_history(self):
        """A new import of this connection."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import History"),
            "res_model": "saas.billing.import",
            "view_mode": "form",
            "context": {"default_connection_id": self.id},
        }
