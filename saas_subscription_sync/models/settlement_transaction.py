"""One movement of the provider's balance: one statement line, matched with what caused it."""

from odoo import api, fields, models

from ..rules.settlement import TRANSFER

STATES = [
    ("open", "To Match"),
    ("expected", "At the Bank"),
    ("matched", "Matched"),
    ("booked", "Booked"),
    ("other", "Not Booked"),
]


class SaasSettlementTransaction(models.Model):
    """What the provider said, once; only its payout is told later."""

    _name = "saas.settlement.transaction"
    _description = "Balance Transaction"
    _order = "created_at desc, id desc"
    _rec_name = "external_id"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    external_id = fields.Char(required=True, readonly=True, string="Balance Transaction")
    settlement_id = fields.Many2one(
        "saas.settlement",
        string="Payout",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="The payout that contains it, once the provider has itemised it.",
    )
    date = fields.Date(required=True, readonly=True, help="Accounting day.")
    created_at = fields.Datetime(required=True, readonly=True, string="Created")
    available_at = fields.Datetime(required=True, readonly=True, string="Available")
    category = fields.Char(required=True, readonly=True, help="Reporting category.")
    kind = fields.Char(required=True, readonly=True, string="Type")
    description = fields.Char(readonly=True)
    source_id = fields.Char(
        readonly=True, string="Source", help="Charge, refund, dispute or payout that caused it."
    )
    payment_intent_id = fields.Char(readonly=True, string="Payment Intent")
    balance = fields.Char(
        required=True,
        readonly=True,
        default="payments",
        help="Which of the provider's balances moved. All but “payments” are evidence only.",
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(string="Gross", readonly=True)
    fee_amount = fields.Monetary(string="Fees", readonly=True)
    net_amount = fields.Monetary(string="Net", readonly=True)
    source_currency_id = fields.Many2one("res.currency", readonly=True)
    source_amount = fields.Monetary(
        string="As Paid",
        readonly=True,
        currency_field="source_currency_id",
        help="In the currency of the customer, where that is another one.",
    )
    exchange_rate = fields.Float(readonly=True, digits=(16, 8))
    fee_ids = fields.One2many("saas.settlement.fee", "transaction_id", readonly=True)
    line_id = fields.Many2one(
        "account.bank.statement.line",
        string="Statement Line",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    statement_id = fields.Many2one(related="line_id.statement_id", string="Statement")
    counterpart_id = fields.Many2one(
        "account.move.line",
        string="Counterpart",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="What the gross amount is booked against.",
    )
    state = fields.Selection(
        STATES,
        compute="_compute_state",
        store=True,
        index=True,
        help="Not booked: of another balance, or from before the cut-over.",
    )

    _external_unique = models.Constraint(
        "UNIQUE(connection_id, external_id)", "A balance transaction is booked once."
    )
    _open_index = models.Index("(connection_id) WHERE state IN ('open', 'expected')")
    _source_index = models.Index("(connection_id, source_id)")

    @api.depends(
        "line_id", "line_id.is_reconciled", "counterpart_id.account_id", "counterpart_id.reconciled"
    )
    def _compute_state(self):
        for each in self:
            each.state = each._get_state()

    def _get_state(self):
        line, counterpart = self.line_id, self.counterpart_id
        if not line:
            return "other"
        if counterpart.account_id.reconcile:
            waiting = "expected" if self.category in TRANSFER else "open"
            return "matched" if counterpart.reconciled else waiting
        if counterpart.account_id == line.journal_id.suspense_account_id or (
            not counterpart and not line.is_reconciled
        ):
            return "open"
        # A person may have replaced the counterpart, in Odoo's own way to match a line.
        return "booked" if counterpart or not self.amount else "matched"

    def _get_matched_lines(self):
        """Journal items that the counterpart is reconciled with."""
        counterpart = self.counterpart_id
        return counterpart.matched_debit_ids.debit_move_id | (
            counterpart.matched_credit_ids.credit_move_id
        )

    def action_open_matched(self):
        """Payments, refunds, disputes or bank lines that the movement is reconciled with."""
        moves = self._get_matched_lines().move_id
        payments = moves.origin_payment_id
        if payments and moves <= payments.move_id:
            return payments._get_records_action(name=self.env._("Payments"))
        return moves._get_records_action(name=self.env._("Matched With"))

    def action_open_entry(self):
        """The journal entry of the statement line."""
        return self.line_id.move_id._get_records_action(name=self.env._("Journal Entries"))

    def action_open_events(self):
        """Events that told of it."""
        return self.env["saas.billing.trace"]._get_events_action(self)
