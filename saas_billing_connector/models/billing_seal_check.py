"""Checks of the log: is every sealed row as it was, and the chain whole?"""

import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..canonical import NeedsHuman
from . import billing_seal_sql as statements
from .billing_connection_health import AMBER, GREEN, RED, HealthCheck
from .billing_seal import KINDS

#: Days without a finished check after which that is worth a look.
STALE_DAYS = 3
#: Seconds that a check started by hand may take before it goes on in the background.
AT_ONCE = 5
ISSUE_CODE = "log_altered"


class SaasBillingSealCheck(models.Model):
    """One walk along the chain, in slices of any size; it stops at the first finding."""

    _name = "saas.billing.seal.check"
    _description = "Log Check"
    _order = "id desc"
    _rec_name = "started_at"

    state = fields.Selection(
        [("running", "Running"), ("passed", "Passed"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="running",
    )
    started_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    finished_at = fields.Datetime(readonly=True)
    sequence = fields.Integer(readonly=True, string="Through Seal")
    row_count = fields.Integer(readonly=True, string="Rows Checked")
    head_hash = fields.Char(readonly=True, string="Hash of the Last Seal")
    finding = fields.Char(readonly=True)
    found_kind = fields.Selection([*KINDS, ("seal", "Seals")], readonly=True, string="Rows of")
    found_id = fields.Integer(readonly=True, string="Row")
    found_what = fields.Selection(
        [("altered", "Altered"), ("deleted", "Deleted"), ("inserted", "Inserted")],
        readonly=True,
        string="What Happened",
    )
    issue_id = fields.Many2one("saas.billing.issue", readonly=True)
    explanation = fields.Text(
        help="Why this finding is in order. Later checks pass it over and name it no more."
    )
    explained_by_id = fields.Many2one("res.users", readonly=True)
    explained_at = fields.Datetime(readonly=True)

    def write(self, vals):
        if not self.env.su and vals.keys() - {"explanation"}:
            raise UserError(self.env._("A check is what it found: only explain its finding."))
        if "explanation" not in vals:
            return super().write(vals)
        if any(check.explanation or check.state != "failed" for check in self):
            raise UserError(self.env._("A finding is explained once, for good."))
        super().write(vals)
        stamp = {"explained_by_id": self.env.uid, "explained_at": fields.Datetime.now()}
        super(SaasBillingSealCheck, self.sudo()).write(stamp)
        self.sudo().issue_id._close_if_cleared()
        return True

    @api.ondelete(at_uninstall=True)
    def _unlink_never(self):
        raise UserError(self.env._("Checks of the log are kept."))

    @api.model
    def _cron_check(self):
        """Start or go on with a check, seal by seal, while there is time."""
        check = self._get_running()
        cron = self.env["ir.cron"]
        left = cron._commit_progress(remaining=check._count_left())
        while left and check._advance():
            left = cron._commit_progress(1, remaining=check._count_left())

    @api.model
    def _get_running(self):
        return self.search([("state", "=", "running")], limit=1) or self.create({})

    @api.model
    def action_check(self):
        """Check the log now; what a few seconds do not suffice for goes on in the background."""
        self.browse().check_access("read")
        check = self.sudo()._get_running()
        deadline = time.monotonic() + AT_ONCE
        while check._advance():
            if time.monotonic() > deadline:
                self.env.ref("saas_billing_connector.cron_check_seals").sudo()._trigger()
                break
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": check.id,
            "views": [(False, "form")],
        }

    def _count_left(self):
        if self.state != "running":
            return 0
        return self.env["saas.billing.seal"].search_count([("sequence", ">", self.sequence)])

    def _advance(self):
        """Check the next seal; whether there is more to do."""
        self.ensure_one()
        if self.state != "running":
            return False
        cr = self.env.cr
        self.env.flush_all()
        if not self.sequence:
            cr.execute(statements.first_broken_link(self._get_explained("seal")))
            if broken := cr.fetchone():
                # What follows a broken link proves nothing, whatever the rows say.
                return self._fail("seal", broken[0], "altered")
        seal = self.env["saas.billing.seal"].search_fetch(
            [("sequence", ">", self.sequence)],
            ["sequence", "kind", "layout", "lower_id", "upper_id", "row_count", "hash"],
            order="sequence",
            limit=1,
        )
        if not seal:
            return self._pass()
        if found := self._find(seal):
            return self._fail(*found)
        self.write(
            {
                "sequence": seal.sequence,
                "row_count": self.row_count + seal.row_count,
                "head_hash": seal.hash,
            }
        )
        return True

    def _find(self, seal):
        """(kind, id, what) of the first row of a seal that is not as it was sealed, or None."""
        cr = self.env.cr
        span = (seal.kind, seal.layout, seal.lower_id, seal.upper_id)
        cr.execute(
            SQL(
                """SELECT encode(sha256(rows.leaves), 'hex') = seal.rows_hash,
                          encode(sha256(seal.leaves), 'hex') = seal.rows_hash
                     FROM saas_billing_seal seal, (%s) AS rows WHERE seal.id = %s""",
                statements.leaves(*span),
                seal.id,
            )
        )
        rows_hold, leaves_hold = cr.fetchone()
        explained = self._get_explained(seal.kind)
        if not leaves_hold:
            return "seal", seal.sequence, "altered"
        if not rows_hold:
            cr.execute(statements.first_difference(seal.id, *span, explained))
            if found := cr.fetchone():
                return seal.kind, *found
        if seal.kind == "event":
            cr.execute(statements.first_false_content(*span[2:], explained))
            if found := cr.fetchone():
                return seal.kind, *found
        return None

    @api.model
    def _get_explained(self, kind):
        explained = self.search([("found_kind", "=", kind), ("explanation", "!=", False)])
        return explained.mapped("found_id")

    def _pass(self):
        self.write({"state": "passed", "finished_at": fields.Datetime.now()})
        return False

    def _fail(self, kind, found_id, what):
        """Name the finding, and tell the responsible by an issue with its activity."""
        texts = {
            "altered": self.env._("was altered"),
            "deleted": self.env._("was deleted"),
            "inserted": self.env._("was inserted later"),
        }
        kinds = dict(self._fields["found_kind"]._description_selection(self.env))
        finding = self.env._(
            "The log was changed behind Odoo's back: row %(id)s of “%(kind)s” %(what)s after it"
            " had been sealed. Find out who has access to the database, restore the row from a"
            " backup, or explain the finding on the check.",
            id=found_id,
            kind=kinds[kind],
            what=texts[what],
        )
        connection = self._get_connection(kind, found_id)
        issues = connection and self.env["saas.billing.issue"]._raise(
            connection, [NeedsHuman(ISSUE_CODE, finding, key=f"{kind}:{found_id}")]
        )
        self.write(
            {
                "state": "failed",
                "finished_at": fields.Datetime.now(),
                "finding": finding,
                "found_kind": kind,
                "found_id": found_id,
                "found_what": what,
                "issue_id": issues and issues[ISSUE_CODE, f"{kind}:{found_id}"].id,
            }
        )
        return False

    def _get_connection(self, kind, found_id):
        """The connection whose responsible is told: the row's own, else the first."""
        connections = self.env["saas.billing.connection"].sudo()
        if kind != "seal":
            row = self.env[f"saas.billing.{kind}"].sudo().browse(found_id).exists()
            connections = (row if kind == "event" else row.event_id).connection_id
        return connections or connections.search([], limit=1, order="id")


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"

    def _get_health_checks(self):
        return [*super()._get_health_checks(), self._check_health_log()]

    def _check_health_log(self):
        label = self.env._("Log")
        checks = self.env["saas.billing.seal.check"].sudo()
        last = checks.search([("state", "!=", "running")], limit=1)
        if last.state == "failed" and not last.explanation:
            return HealthCheck(
                "log",
                label,
                RED,
                self.env._("Changed behind Odoo's back: see the failed log check"),
                self.env._("Find out who has access to the database"),
            )
        passed = checks.search([("state", "=", "passed")], limit=1).finished_at
        first = self.env["saas.billing.seal"].sudo().search([], limit=1, order="sequence")
        since = passed or first.sealed_at
        if since and since < fields.Datetime.now() - timedelta(days=STALE_DAYS):
            return HealthCheck(
                "log",
                label,
                AMBER,
                self.env._("Not checked in the last %s days", STALE_DAYS),
                self.env._("Check it, and see that the scheduled actions run"),
            )
        finding = self.env._("Checked for the first time within a day")
        if passed:
            moment = fields.Datetime.context_timestamp(self, passed)
            finding = self.env._("As sealed, checked %s", f"{moment:%Y-%m-%d %H:%M}")
        return HealthCheck("log", label, GREEN, finding)
