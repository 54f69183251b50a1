"""Issues, not rows: one record per cause that needs a person, with everything it blocks."""

from odoo import api, fields, models


class SaasBillingIssue(models.Model):
    _name = "saas.billing.issue"
    _description = "Billing Issue"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state desc, id desc"
    _rec_name = "title"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    code = fields.Char(required=True, readonly=True)
    key = fields.Char(readonly=True, required=True, default="")
    title = fields.Char(required=True, readonly=True, help="What is wrong and what to do.")
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")],
        required=True,
        default="open",
        readonly=True,
        tracking=True,
    )
    user_id = fields.Many2one("res.users", string="Owner", tracking=True)
    event_ids = fields.One2many("saas.billing.event", "issue_id", readonly=True)
    event_count = fields.Integer(compute="_compute_stakes", string="Blocked Events")
    stakes = fields.Char(
        compute="_compute_stakes", string="Money at Stake", help="Of the events it blocks."
    )
    age_days = fields.Integer(compute="_compute_age_days", string="Age (Days)")
    closed_at = fields.Datetime(readonly=True)

    _open_unique = models.UniqueIndex("(connection_id, code, key) WHERE state = 'open'")

    def _compute_age_days(self):
        now = fields.Datetime.now()
        for issue in self:
            end = issue.closed_at or now
            issue.age_days = (end - (issue.create_date or now)).days

    @api.depends("event_ids.state")
    def _compute_stakes(self):
        figures = self.env["saas.billing.event"]._read_group(
            [("issue_id", "in", self.ids), ("state", "=", "parked")],
            ["issue_id", "stake_currency_id"],
            ["__count", "stake_amount:sum"],
        )
        rows = {}
        for issue, currency, count, amount in figures:
            rows.setdefault(issue.id, []).append((currency, count, amount))
        for issue in self:
            mine = rows.get(issue.id, [])
            issue.event_count = sum(count for _currency, count, _amount in mine)
            issue.stakes = ", ".join(
                currency.format(amount) for currency, _count, amount in mine if currency
            )

    @api.model
    def _raise(self, connection, outcomes):
        """Find or open the issue of each cause, each with one activity for its owner.

        :param outcomes: `NeedsHuman` outcomes
        :returns: issue by (code, key)
        """
        titles = {(outcome.code, outcome.key): outcome.message for outcome in outcomes}
        known = self.search([("connection_id", "=", connection.id), ("state", "=", "open")])
        issues = {(issue.code, issue.key): issue for issue in known}
        missing = [cause for cause in titles if cause not in issues]
        created = self.create(
            [
                {
                    "connection_id": connection.id,
                    "code": code,
                    "key": key,
                    "title": titles[code, key],
                    "user_id": connection.user_id.id,
                }
                for code, key in missing
            ]
        )
        for issue in created.filtered("user_id"):
            issue.activity_schedule(
                "mail.mail_activity_data_todo", summary=issue.title, user_id=issue.user_id.id
            )
        return issues | dict(zip(missing, created, strict=True))

    @api.model
    def _resolve(self, connection, code, key):
        """The cause has been mended: process again what it blocked."""
        issues = self.sudo().search(
            [
                ("connection_id", "=", connection.id),
                ("code", "=", code),
                ("key", "=", key),
                ("state", "=", "open"),
            ]
        )
        issues._replay()

    def _replay(self):
        blocked = self.event_ids.filtered(lambda event: event.state == "parked")
        blocked.sudo().write({"state": "pending", "attempts": 0, "next_attempt_at": False})
        self.env["saas.billing.drain"]._wake_workers(blocked.mapped("track"))

    def action_replay(self):
        """Process the blocked events again; the issue closes itself once none is left."""
        self.check_access("write")
        self._replay()

    def action_open_events(self):
        """The events that this issue blocks or blocked."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_billing_connector.action_billing_event"
        )
        return {**action, "domain": [("issue_id", "=", self.id)], "context": {}}

    def _close_if_cleared(self):
        """Close issues that block nothing any more, and their activities with them."""
        if not self:
            return
        blocking = self.env["saas.billing.event"]._read_group(
            [
                ("issue_id", "in", self.ids),
                ("state", "in", ("parked", "pending", "retry", "waiting")),
            ],
            ["issue_id"],
        )
        cleared = self - self.browse(issue.id for (issue,) in blocking)
        cleared.write({"state": "closed", "closed_at": fields.Datetime.now()})
        for issue in cleared:
            issue.activity_feedback(
                ["mail.mail_activity_data_todo"],
                feedback=self.env._("Nothing is blocked any more."),
            )
