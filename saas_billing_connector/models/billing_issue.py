"""Issues, not rows: one record per cause that needs a person, with everything it blocks."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

#: Events that may still fall back on their issue.
UNSETTLED = ("parked", "pending", "retry", "waiting")
#: Issues are opened by the hundred at a month start: no chatter, no mail, the activity tells.
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_activity_quick_update": True,
}
ACTIVITY = "mail.mail_activity_data_todo"
#: How long ago an issue may have closed that is looked at for events parked meanwhile.
STRANDED = timedelta(days=1)
#: What no user writes: it says what was met with and what became of it.
FACTS = frozenset(
    {"connection_id", "code", "key", "title", "state", "closed_at", "event_ids", "previous_id"}
)


class SaasBillingIssue(models.Model):
    _name = "saas.billing.issue"
    _description = "Billing Issue"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state desc, stake_company_amount desc, id desc"
    _rec_name = "title"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    code = fields.Char(required=True, readonly=True)
    key = fields.Char(readonly=True, required=True, default="")
    title = fields.Char(
        required=True, readonly=True, string="Reason", help="What the first event met with."
    )
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")],
        required=True,
        default="open",
        readonly=True,
        tracking=True,
    )
    user_id = fields.Many2one("res.users", string="Owner", tracking=True)
    event_ids = fields.One2many("saas.billing.event", "issue_id", readonly=True)
    replay_ids = fields.One2many("saas.billing.replay", "issue_id", readonly=True)
    replay_count = fields.Integer(compute="_compute_replay_count", string="Replays")
    previous_id = fields.Many2one(
        "saas.billing.issue",
        readonly=True,
        index="btree_not_null",
        string="Earlier Issue",
        help="The last time this cause was open.",
    )
    age_days = fields.Integer(compute="_compute_age_days", string="Age (Days)")
    closed_at = fields.Datetime(readonly=True)

    _open_unique = models.UniqueIndex("(connection_id, code, key) WHERE state = 'open'")

    @api.depends("closed_at")
    def _compute_age_days(self):
        now = fields.Datetime.now()
        for issue in self:
            end = issue.closed_at or now
            issue.age_days = (end - (issue.create_date or now)).days

    @api.depends("replay_ids")
    def _compute_replay_count(self):
        counts = dict(
            self.env["saas.billing.replay"]._read_group(
                [("issue_id", "in", self.ids)], ["issue_id"], ["__count"]
            )
        )
        for issue in self:
            issue.replay_count = counts.get(issue, 0)

    # ── open ─────────────────────────────────────────────────────────────────────────────────

    @api.model
    def _raise(self, connection, outcomes):
        """Find or open the issue of each cause, each with one activity for its owner.

        :param outcomes: `NeedsHuman` outcomes
        :returns: issue by (code, key)
        """
        titles = {(outcome.code, outcome.key): outcome.message for outcome in outcomes}
        alike = self._get_alike(connection, titles)
        known = self.search([*alike, ("state", "=", "open")])
        issues = {(issue.code, issue.key): issue for issue in known}
        missing = [cause for cause in titles if cause not in issues]
        if not missing:
            return issues
        closed = self.search([*alike, ("state", "=", "closed")], order="id")
        earlier = {(issue.code, issue.key): issue for issue in closed}
        created = self.with_context(**QUIET).create(
            [
                {
                    "connection_id": connection.id,
                    "code": code,
                    "key": key,
                    "title": titles[code, key],
                    "user_id": connection._get_issue_owner(code).id,
                    "previous_id": earlier.get((code, key), self).id,
                }
                for code, key in missing
            ]
        )
        created._schedule()
        return issues | dict(zip(missing, created, strict=True))

    @api.model
    def _get_alike(self, connection, causes):
        """Domain of the issues with these causes, open or closed."""
        codes, keys = zip(*causes, strict=True) if causes else ((), ())
        return [
            ("connection_id", "=", connection.id),
            ("code", "in", list(set(codes))),
            ("key", "in", list(set(keys))),
        ]

    def _schedule(self):
        """One activity for the owner of each issue, all in one go."""
        kind = self.env.ref(ACTIVITY)
        model = self.env["ir.model"]._get_id(self._name)
        today = fields.Date.context_today(self)
        self.env["mail.activity"].sudo().with_context(**QUIET).create(
            [
                {
                    "res_model_id": model,
                    "res_id": issue.id,
                    "activity_type_id": kind.id,
                    "summary": issue.title,
                    "user_id": issue.user_id.id,
                    "date_deadline": today,
                    "automated": True,
                }
                for issue in self
                if issue.user_id
            ]
        )

    def write(self, vals):
        """A new owner takes the activity over."""
        if not self.env.su and FACTS & vals.keys():
            raise AccessError(self.env._("An issue closes by itself once it blocks nothing."))
        result = super().write(vals)
        if "user_id" in vals:
            for issue in self.filtered(lambda issue: issue.state == "open"):
                issue._hand_over()
        return result

    def _hand_over(self):
        activity = self.sudo().activity_search([ACTIVITY])
        if activity and self.user_id:
            activity.user_id = self.user_id
        elif activity:
            activity.unlink()
        else:
            self._schedule()

    # ── clear ────────────────────────────────────────────────────────────────────────────────

    @api.model
    def _find_open(self, connection, code, key):
        """The open issue of a cause, or none."""
        return self.search(
            [
                ("connection_id", "=", connection.id),
                ("code", "=", code),
                ("key", "=", key),
                ("state", "=", "open"),
            ]
        )

    @api.model
    def _resolve(self, connection, code, key):
        """The cause has been mended: process again what it blocked, oldest first."""
        self.sudo()._find_open(connection, code, key)._replay()

    def _replay(self):
        blocked = self.event_ids.filtered(lambda event: event.state == "parked")
        blocked.sudo()._requeue()

    def _close_if_cleared(self):
        """Close issues that block nothing any more, and their activities with them."""
        if not self:
            return
        blocking = self.env["saas.billing.event"]._read_group(
            [("issue_id", "in", self.ids), ("state", "in", UNSETTLED)], ["issue_id"]
        )
        cleared = self - self.browse(issue.id for (issue,) in blocking)
        cleared.write(
            {
                "state": "closed",
                "closed_at": fields.Datetime.now(),
                "stake_company_amount": 0,
                "stake_since": False,
            }
        )
        cleared.activity_feedback([ACTIVITY], feedback=self.env._("Nothing is blocked any more."))

    @api.model
    def _free_stranded(self):
        """Process again what was parked under an issue while another transaction closed it.

        Neither sees the other; whoever looks after both finds an event that nobody would find.
        """
        recently = fields.Datetime.now() - STRANDED
        stranded = self.env["saas.billing.event"].search(
            [
                ("state", "=", "parked"),
                ("issue_id.state", "=", "closed"),
                ("issue_id.closed_at", ">=", recently),
            ]
        )
        if stranded:
            stranded._requeue()

    # ── buttons ──────────────────────────────────────────────────────────────────────────────

    def action_replay(self):
        """Preview what replaying the blocked events would do, and what waits behind them."""
        self.ensure_one()
        return self.env["saas.billing.replay"]._open_for_issue(self)

    def action_open_events(self):
        """The events that this issue blocks or blocked."""
        self.ensure_one()
        return self._get_events_action([("issue_id", "=", self.id)])

    def action_open_waiting(self):
        """The events that wait for what this issue blocks."""
        self.ensure_one()
        return self._get_events_action([("id", "in", self._get_waiting_behind().ids)])

    def _get_events_action(self, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_billing_connector.action_billing_event"
        )
        return {**action, "domain": domain, "context": {}}

    def action_open_replays(self):
        """The replays of this cause, previewed or applied."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_billing_connector.action_billing_replay"
        )
        return {**action, "domain": [("issue_id", "=", self.id)], "context": {}}

    def action_open_previous(self):
        """The last time this cause was open."""
        return self.previous_id._get_records_action()
