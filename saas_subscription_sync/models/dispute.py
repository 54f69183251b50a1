"""Payments that the customer's bank questions: what is asked, until when, where the money is."""

from odoo import api, fields, models

#: Status at the provider -> what it means; anything else is closed without a decision.
STATES = {
    "warning_needs_response": "inquiry",
    "warning_under_review": "inquiry",
    "needs_response": "needs_response",
    "appeal_needs_response": "needs_response",
    "under_review": "under_review",
    "appeal_under_review": "under_review",
    "won": "won",
    "lost": "lost",
}
#: Status in which an answer is asked for.
ASKING = ("warning_needs_response", "needs_response", "appeal_needs_response")
ACTIVITY = "mail.mail_activity_data_todo"


class SaasDispute(models.Model):
    _name = "saas.dispute"
    _description = "Dispute"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "opened_at desc, id desc"
    _rec_name = "external_id"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    external_id = fields.Char("Dispute ID", required=True, readonly=True, index=True)
    status = fields.Char(required=True, readonly=True, help="In the provider's own words.")
    state = fields.Selection(
        [
            ("inquiry", "Inquiry"),
            ("needs_response", "Needs Response"),
            ("under_review", "Under Review"),
            ("won", "Won"),
            ("lost", "Lost"),
            ("closed", "Closed"),
        ],
        compute="_compute_state",
        store=True,
        tracking=True,
        help="An inquiry moves no money.",
    )
    asks = fields.Boolean(compute="_compute_state", store=True, string="Waits for an Answer")
    reason = fields.Char(readonly=True)
    amount = fields.Monetary(readonly=True, help="In question; need not be the whole payment.")
    held_amount = fields.Monetary(
        "Withdrawn",
        compute="_compute_held_amount",
        help="What the provider holds of the company's money because of it.",
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    opened_at = fields.Datetime("Opened", required=True, readonly=True)
    due_at = fields.Datetime("Answer Until", readonly=True)
    closed_at = fields.Datetime("Decided", readonly=True)
    charge_id = fields.Char("Charge", readonly=True)
    payment_id = fields.Many2one(
        "account.payment", readonly=True, index="btree_not_null", check_company=True
    )
    invoice_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        index="btree_not_null",
        check_company=True,
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True, index=True)
    move_ids = fields.One2many("account.move", "saas_dispute_id", string="Entries", readonly=True)
    proposal_id = fields.Many2one(
        "saas.credit.proposal", compute="_compute_proposal_id", string="Credit Note to Approve"
    )
    entry_count = fields.Integer(compute="_compute_entry_count", string="Entries Count")

    _external_unique = models.Constraint(
        "UNIQUE(connection_id, external_id)", "A dispute is kept once."
    )

    @api.depends("status")
    def _compute_state(self):
        for dispute in self:
            dispute.state = STATES.get(dispute.status, "closed")
            dispute.asks = dispute.status in ASKING

    @api.depends("move_ids.line_ids.amount_currency")
    def _compute_held_amount(self):
        for dispute in self:
            lines = dispute._get_disputed_lines()
            dispute.held_amount = sum(lines.mapped("amount_currency"))

    def _compute_proposal_id(self):
        proposals = self.env["saas.credit.proposal"].search([("dispute_id", "in", self.ids)])
        by_dispute = proposals.grouped("dispute_id")
        for dispute in self:
            dispute.proposal_id = by_dispute.get(dispute, proposals.browse())[:1]

    @api.depends("move_ids")
    def _compute_entry_count(self):
        for dispute in self:
            dispute.entry_count = len(dispute.move_ids)

    def _get_disputed_lines(self):
        """Journal items on the disputed-funds account."""
        account = self.connection_id.disputed_account_id
        return self.move_ids.line_ids.filtered(lambda line: line.account_id in account)

    def _get_loss_moves(self):
        """Entries with which lost money became a refund."""
        return self.move_ids.filtered(
            lambda move: any(line.account_type == "asset_receivable" for line in move.line_ids)
        )

    @api.model
    def _count_by(self, name, records):
        """Number of disputes by one of their fields; unknown to users without access."""
        if not self.has_access("read"):
            return {}
        return dict(self._read_group([(name, "in", records.ids)], [name], ["__count"]))

    # ── activity ─────────────────────────────────────────────────────────────────────────────

    def _remind(self):
        """One activity for the owner while an answer is asked for, due when the provider says."""
        for dispute in self:
            open_ones = dispute.activity_search([ACTIVITY])
            if dispute.asks and not open_ones:
                dispute._schedule()
            elif not dispute.asks and open_ones:
                dispute.activity_feedback(
                    [ACTIVITY],
                    feedback=self.env._("Nothing is to be answered any more."),
                )

    def _schedule(self):
        owner = self.connection_id._get_issue_owner("dispute")
        if owner:
            self.activity_schedule(
                ACTIVITY,
                date_deadline=fields.Date.to_date(self.due_at) or fields.Date.context_today(self),
                summary=self.env._("Answer the customer's bank"),
                user_id=owner.id,
            )

    # ── where to look next ───────────────────────────────────────────────────────────────────

    @api.model
    def _get_list_action(self, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_subscription_sync.action_dispute"
        )
        return {**action, "domain": domain, "context": {"create": False}}

    def action_open_entries(self):
        """Entries that moved the disputed money."""
        return self.move_ids._get_records_action(name=self.env._("Entries"))

    def action_open_invoice(self):
        """The invoice whose payment is disputed."""
        return self.invoice_id._get_records_action(name=self.env._("Invoice"))

    def action_open_proposal(self):
        """The credit note to approve after a loss."""
        return self.proposal_id._get_records_action(name=self.env._("Credit Note to Approve"))

    def action_open_events(self):
        """Events that told of this dispute."""
        self.ensure_one()
        return self.env["saas.billing.trace"]._get_events_action(self)
