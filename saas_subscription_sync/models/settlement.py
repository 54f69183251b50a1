"""One payout: what it contains, what was kept of it, and whether the bank has it."""

from odoo import api, fields, models

STATES = [
    ("pending", "Pending"),
    ("in_transit", "In Transit"),
    ("paid", "Paid"),
    ("failed", "Failed"),
    ("canceled", "Cancelled"),
]
#: Of a payout's own movement, and of the one that takes it back.
OWN, RETURNED = "payout", "payout_reversal"


class SaasSettlement(models.Model):
    _name = "saas.settlement"
    _description = "Settlement"
    _inherit = ["mail.thread"]
    _order = "arrival_date desc, id desc"
    _rec_name = "external_id"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    external_id = fields.Char(required=True, readonly=True, string="Payout")
    state = fields.Selection(STATES, required=True, readonly=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(
        readonly=True, help="Positive to the bank; negative where the bank account was debited."
    )
    created_at = fields.Datetime(readonly=True, string="Created")
    arrival_date = fields.Date(
        readonly=True, index=True, string="Arrival", help="Day on which the bank should show it."
    )
    automatic = fields.Boolean(
        readonly=True, help="The provider itemises automatic payouts only, not manual ones."
    )
    itemised = fields.Boolean(
        readonly=True, help="The provider can say which movements the payout contains."
    )
    is_itemised = fields.Boolean(
        "Contents Known", readonly=True, copy=False, help="Which movements it contains was read."
    )
    contents_asked_at = fields.Datetime(readonly=True, copy=False)
    failure_code = fields.Char(readonly=True)
    description = fields.Char(readonly=True)
    statement_descriptor = fields.Char(readonly=True, help="What the bank's line should carry.")
    bank_reference = fields.Char(readonly=True, help="The bank's trace id, as far as it is known.")
    reverses_id = fields.Char(readonly=True, string="Takes Back Payout")
    reversed_by_id = fields.Char(readonly=True, string="Taken Back by Payout")
    transaction_ids = fields.One2many(
        "saas.settlement.transaction", "settlement_id", string="Contents", readonly=True
    )
    fee_ids = fields.One2many("saas.settlement.fee", compute="_compute_contents")
    content_count = fields.Integer(compute="_compute_contents", string="Transactions")
    gross_amount = fields.Monetary(compute="_compute_contents", string="Gross")
    fee_amount = fields.Monetary(compute="_compute_contents", string="Fees")
    difference = fields.Monetary(
        compute="_compute_contents",
        help="Payout less the net of what it contains; zero once it is itemised.",
    )
    statement_id = fields.Many2one(
        "account.bank.statement", compute="_compute_bank", string="Statement"
    )
    bank_state = fields.Selection(
        [
            ("none", "Nothing"),
            ("expected", "Expected"),
            ("matched", "Arrived"),
            ("returned", "Returned"),
        ],
        compute="_compute_bank",
        search="_search_bank_state",
        string="Bank",
        help="Expected: the transfer waits for the bank's own line. Returned: it came back to the"
        " provider's balance.",
    )
    bank_line_id = fields.Many2one(
        "account.bank.statement.line", compute="_compute_bank", string="Bank Line"
    )

    _external_unique = models.Constraint(
        "UNIQUE(connection_id, external_id)", "A payout is one settlement."
    )
    _unread_index = models.Index("(connection_id) WHERE itemised AND contents_asked_at IS NULL")

    @api.depends("transaction_ids.net_amount", "amount", "is_itemised")
    def _compute_contents(self):
        for payout in self:
            contents = payout._get_contents()
            payout.content_count = len(contents)
            payout.fee_ids = contents.fee_ids
            payout.fee_amount = sum(contents.fee_ids.mapped("amount"))
            net = sum(contents.mapped("net_amount"))
            payout.gross_amount = net + payout.fee_amount
            difference = payout.amount - net if payout.is_itemised else 0
            payout.difference = payout.currency_id.round(difference)

    def _get_contents(self):
        """What the payout contains, without its own movement."""
        return self.transaction_ids.filtered(
            lambda each: each.category != OWN or each.source_id != self.external_id
        )

    def _get_own(self):
        """Movements of the payouts themselves: out, and back where they failed."""
        return self.env["saas.settlement.transaction"].search(
            [
                ("connection_id", "in", self.connection_id.ids),
                ("source_id", "in", self.mapped("external_id")),
                ("category", "in", (OWN, RETURNED)),
            ]
        )

    def _compute_bank(self):
        own = self._get_own().grouped(lambda each: (each.connection_id, each.source_id))
        nothing = self.env["saas.settlement.transaction"]
        for payout in self:
            moves = own.get((payout.connection_id, payout.external_id), nothing)
            out = moves.filtered(lambda each: each.category == OWN)[:1]
            bank_lines = out._get_matched_lines().statement_line_id - moves.line_id
            payout.statement_id = out.statement_id
            payout.bank_line_id = bank_lines[:1]
            payout.bank_state = self._get_bank_state(out, moves - out, bank_lines)

    @api.model
    def _get_bank_state(self, out, back, bank_lines):
        if bank_lines:
            return "matched"
        if back:
            return "returned"
        return "expected" if out else "none"

    def _search_bank_state(self, operator, value):
        """Only what is expected can be searched for: its transfer is still open."""
        if operator != "in" or set(value) != {"expected"}:
            return NotImplemented
        waiting = self.env["saas.settlement.transaction"]._search(
            [("category", "=", OWN), ("state", "=", "expected")]
        )
        return [("external_id", "in", waiting.subselect("source_id"))]

    def action_open_contents(self):
        """The movements that the payout contains."""
        return self._open_transactions(self._get_contents(), self.env._("Balance Transactions"))

    def action_open_fees(self):
        """What was kept of it, by kind."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_subscription_sync.action_settlement_fee"
        )
        return {**action, "domain": [("id", "in", self.fee_ids.ids)], "context": {}}

    def action_open_own(self):
        """Out of the balance, and back where the payout failed."""
        return self._open_transactions(self._get_own(), self.env._("Payout"))

    def _open_transactions(self, transactions, name):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_subscription_sync.action_settlement_transaction"
        )
        domain = [("id", "in", transactions.ids)]
        return {**action, "display_name": name, "domain": domain, "context": {}}

    def action_open_statement(self):
        """What is on the provider's statement of the month in which the payout left."""
        transactions = self.env["saas.settlement.transaction"].search(
            [("line_id.statement_id", "=", self.statement_id.id)]
        )
        return self._open_transactions(transactions, self.statement_id.name)

    def action_open_bank_line(self):
        """The entry with which the bank shows the payout."""
        return self.bank_line_id.move_id._get_records_action(name=self.env._("Bank"))

    def action_open_events(self):
        """Events that told of it."""
        return self.env["saas.billing.trace"]._get_events_action(self)
