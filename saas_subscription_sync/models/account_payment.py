"""What a payment is at the provider, and which document it belongs to."""

from odoo import api, fields, models
from odoo.tools import SQL

#: Kind of money -> (label, way).
KINDS = {
    "payment": ("Payment", "inbound"),
    "charge_failure": ("Failed Debit", "outbound"),
    "refund": ("Refund", "outbound"),
    "refund_failure": ("Returned Refund", "inbound"),
    "outside": ("Paid Outside", "inbound"),
    "outside_reversal": ("Reversal of Paid Outside", "outbound"),
    "outside_refund": ("Given Back Outside", "outbound"),
}
#: What settles the invoice that it names.
SETTLING = ("payment", "outside")
#: What the provider tells by an id of its own.
TOLD = ("payment", "outside", "refund")


class AccountPayment(models.Model):
    _inherit = "account.payment"

    saas_connection_id = fields.Many2one(
        "saas.billing.connection",
        string="Billing Connection",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    saas_kind = fields.Selection(
        [(kind, label) for kind, (label, _way) in KINDS.items()],
        string="Billing Kind",
        readonly=True,
        copy=False,
        help="Outside: not through the provider's account.",
    )
    saas_external_id = fields.Char(
        string="Billing ID",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The provider's id of the invoice payment, of the refund, or of what took it back.",
    )
    saas_payment_intent_id = fields.Char(
        string="Payment Intent", readonly=True, copy=False, index="btree_not_null"
    )
    saas_charge_id = fields.Char(string="Charge", readonly=True, copy=False, index="btree_not_null")
    saas_balance_transaction_id = fields.Char(
        related="move_id.saas_balance_transaction_id", string="Balance Transaction"
    )
    saas_invoice_id = fields.Many2one(
        "account.move",
        string="Billed Invoice",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The invoice that the payment was applied to, or whose payment was given back.",
    )
    saas_credit_note_ids = fields.Many2many(
        "account.move",
        compute="_compute_saas_credit_note_ids",
        string="Refunded Credit Notes",
        help="What the refund pays out.",
    )
    saas_reverts_id = fields.Many2one(
        "account.payment",
        string="Takes Back",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        help="The refund that came back, or the payment whose debit failed after all.",
    )
    saas_reverted_by_ids = fields.One2many(
        "account.payment", "saas_reverts_id", string="Taken Back By", readonly=True
    )
    saas_event_count = fields.Integer(compute="_compute_saas_event_count", string="Billing Events")

    _saas_revert_unique = models.UniqueIndex("(saas_reverts_id) WHERE saas_reverts_id IS NOT NULL")

    @api.model
    def _get_saas_way(self, kind):
        """Whether money of this kind comes in or goes out."""
        return KINDS[kind][1]

    @api.model
    def _get_told_sql(self, alias):
        """Condition on rows that the provider should tell too: what came back is on neither side.

        Nor is what is booked from an invoice that was marked as paid elsewhere.

        :param alias: of `account_payment` in the query
        """
        return SQL(
            """(%(payment)s.saas_kind = ANY(%(told)s)
                AND NOT EXISTS (SELECT FROM account_payment counter
                                 WHERE counter.saas_reverts_id = %(payment)s.id)
                AND NOT EXISTS (SELECT FROM account_move marked
                                 WHERE marked.id = %(payment)s.saas_invoice_id
                                   AND %(payment)s.saas_kind = 'outside'
                                   AND marked.saas_external_id
                                       = split_part(%(payment)s.saas_external_id, ':', 1)))""",
            payment=SQL.identifier(alias),
            told=list(TOLD),
        )

    def _get_saas_source(self):
        """What the provider's charges name the payment by."""
        return self.saas_payment_intent_id or self.saas_charge_id

    def _compute_saas_credit_note_ids(self):
        allocations = self.env["saas.credit.allocation"]
        for payment in self:
            payment.saas_credit_note_ids = allocations._find_notes(payment)

    def _compute_saas_event_count(self):
        counts = self.env["saas.billing.trace"]._count_events(self)
        for payment in self:
            payment.saas_event_count = counts.get(payment.id, 0)

    def action_open_saas_events(self):
        """Events that caused this payment or touched it."""
        self.ensure_one()
        return self.env["saas.billing.trace"]._get_events_action(self)
