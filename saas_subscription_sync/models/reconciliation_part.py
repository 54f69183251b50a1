"""One part of a run: the reading of one list, or one check, of one connection and month.

Readings keep what the provider tells as facts, page by page; checks compare facts with the books
once the readings they need are done. Parts share nothing but the database: any number of scheduled
actions work on them side by side, each holding the part it works on by a lock.
"""

import random
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.saas_billing_connector.canonical import NeedsHuman, Transient
from odoo.exceptions import UserError

#: Seconds that must be left of the scheduled action's slice for another step.
TIME_RESERVE = 4
#: States of a part that is still to be worked on.
OPEN = ("todo", "running")
BACKOFF_FIRST = 15
BACKOFF_LAST = 900
#: Times in a row that the provider may fail to answer before a person is told (about two hours).
PATIENCE = 12
CRONS = ("cron_reconcile", "cron_reconcile_2")


class SaasReconciliationPart(models.Model):
    _name = "saas.reconciliation.part"
    _description = "Reconciliation Part"
    _order = "kind desc, month, code, connection_id, id"
    _rec_name = "title"
    _check_company_auto = True

    run_id = fields.Many2one(
        "saas.reconciliation.run", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [("reading", "Reading"), ("check", "Check")], required=True, readonly=True
    )
    code = fields.Char(
        required=True, readonly=True, help="The check, or the canonical type that is read."
    )
    title = fields.Char(compute="_compute_title")
    connection_id = fields.Many2one(
        "saas.billing.connection",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: a check of the whole company.",
    )
    month = fields.Date(required=True, readonly=True, help="Its first day.")
    state = fields.Selection(
        [("todo", "To Do"), ("running", "Running"), ("done", "Done"), ("failed", "Failed")],
        required=True,
        default="todo",
        readonly=True,
        index=True,
    )
    cursor = fields.Char(readonly=True)
    read_count = fields.Integer("Objects Read", readonly=True)
    difference_count = fields.Integer("Differences", readonly=True)
    failures = fields.Integer(readonly=True)
    retry_at = fields.Datetime("Tries Again At", readonly=True)
    problem = fields.Text(readonly=True)
    finished_at = fields.Datetime("Finished", readonly=True)

    _part_unique = models.UniqueIndex(
        "(run_id, kind, code, month, COALESCE(connection_id, 0))",
        "A run has each part once.",
    )

    @api.depends("kind", "code")
    def _compute_title(self):
        titles = self.env["saas.reconciliation.run"]._get_titles()
        for part in self:
            title = titles.get(part.code, part.code)
            part.title = f"{part.code} {title}" if part.kind == "check" else title

    # ── working ──────────────────────────────────────────────────────────────────────────────

    @api.model
    def _cron_work(self):
        """Work on the parts that are due until nothing is left or the time is up."""
        cron, drain = self.env["ir.cron"], self.env["saas.billing.drain"]
        runs = self.env["saas.reconciliation.run"].sudo()
        # Whoever ended the last part may have died before it closed the run.
        drain._retrying(runs._finish_ended)
        due = self._get_due()
        left = cron._commit_progress(remaining=len(due))
        worked = True
        while due and worked and left > TIME_RESERVE:
            worked = False
            for part in due:
                done = bool(drain._retrying_or(part._advance, part._note_failure))
                worked |= done
                left = cron._commit_progress(int(done))
                if left <= TIME_RESERVE:
                    break
            drain._retrying(runs._finish_ended)
            due = self._get_due()
        if due and worked:
            # Odoo reschedules the action but tells nobody, and looks around once a minute.
            self._wake()
        # What others hold is theirs: with it counted, Odoo would start this action over and over.
        cron._commit_progress(remaining=len(due) if worked else 0)

    @api.model
    def _wake(self):
        for name in CRONS:
            self.env.ref(f"saas_subscription_sync.{name}").sudo()._trigger()

    @api.model
    def _get_due(self):
        parts = self.sudo().search(
            [
                ("run_id.state", "=", "running"),
                ("state", "in", OPEN),
                "|",
                ("retry_at", "=", False),
                ("retry_at", "<=", fields.Datetime.now()),
            ]
        )
        return parts.filtered(lambda part: part._is_ready())

    def _is_ready(self):
        return all(each.state not in OPEN for each in self._get_readings())

    def _get_readings(self):
        """The readings that a check compares with the books."""
        self.ensure_one()
        needed = self.env["saas.reconciliation.run"]._get_needed_readings().get(self.code, ())
        return self.run_id.part_ids.filtered(
            lambda part: self.kind == "check"
            and part.kind == "reading"
            and part.code in needed
            and part.month == self.month
            and part.connection_id == self.connection_id
        )

    def _advance(self):
        """One step of the part, unless somebody else is at it; whether anything was done."""
        self.ensure_one()
        if not self.try_lock_for_update() or self.state not in OPEN:
            return False
        work = self._read if self.kind == "reading" else self._check
        try:
            with self.env.cr.savepoint():
                work()
        except Transient as outcome:
            self._postpone(outcome)
        except (NeedsHuman, UserError) as error:
            self._fail(str(error))
        return True

    def _check(self):
        """Make the check, and keep its lines and differences."""
        failed = self._get_readings().filtered(lambda part: part.state == "failed")
        if failed:
            raise UserError("\n".join(sorted(set(failed.mapped("problem")))))
        run = self.run_id.with_company(self.company_id)
        method = run._get_checks()[self.code]
        values = getattr(run._narrow(self), method)()
        lines = self.env["saas.reconciliation.line"]._create_of(self, values)
        self.env["saas.reconciliation.difference"]._follow(self)
        self.env["saas.reconciliation.day.reading"]._keep(self)
        self._finish({"difference_count": len(lines.filtered("difference_class"))})

    def _finish(self, values=None):
        self.write(
            {
                "state": "done",
                "finished_at": fields.Datetime.now(),
                "failures": 0,
                "retry_at": False,
                "problem": False,
                **(values or {}),
            }
        )

    def _postpone(self, outcome):
        """The provider could not answer: try again later, and later still if that fails too."""
        if self.failures + 1 >= PATIENCE:
            self._fail(outcome.message)
            return
        seconds = min(BACKOFF_LAST, BACKOFF_FIRST * 2**self.failures) * random.uniform(0.75, 1)
        self.write(
            {
                "failures": self.failures + 1,
                "retry_at": fields.Datetime.now() + timedelta(seconds=seconds),
                "problem": outcome.message,
            }
        )

    def _fail(self, problem):
        self.write({"state": "failed", "finished_at": fields.Datetime.now(), "problem": problem})

    def _note_failure(self):
        """What nobody foresaw: the server's log has it, and a person tries again."""
        self._fail(self.env._("Unexpected: the server's log tells what happened."))
        return True

    # ── by hand ──────────────────────────────────────────────────────────────────────────────

    def _try_again(self):
        """Failed parts are due again, with the readings that they need."""
        failed = self.filtered(lambda part: part.state == "failed")
        again = failed.union(*(part._get_readings() for part in failed))
        self.env["saas.reconciliation.fact"]._forget(again)
        again.write(
            {
                "state": "todo",
                "cursor": False,
                "read_count": 0,
                "failures": 0,
                "retry_at": False,
                "problem": False,
                "finished_at": False,
            }
        )

    def _work_until(self, deadline):
        """Work on these parts here and now, until none is due or the deadline has passed."""
        worked = True
        while worked and (due := self & self._get_due()):
            worked = False
            for part in due:
                worked |= part._advance()
                if time.monotonic() > deadline:
                    return
