"""Where a payment or refund came from, and which document it belongs to."""

from odoo import fields, models


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
    saas_external_id = fields.Char(
        string="Billing ID",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The provider's id of the invoice payment or of the refund.",
    )
    saas_payment_intent_id = fields.Char(
        string="Payment Intent", readonly=True, copy=False, index="btree_not_null"
    )
    saas_charge_id = fields.Char(string="Charge", readonly=True, copy=False, index="btree_not_null")
    saas_invoice_id = fields.Many2one(
        "account.move",
        string="Billed Invoice",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The invoice that the payment was applied to, or whose payment was given back.",
    )
    saas_credit_note_id = fields.Many2one(
        "account.move",
        string="Refunded Credit Note",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    saas_event_count = fields.Integer(compute="_compute_saas_event_count", string="Billing Events")

    def _compute_saas_event_count(self):
        counts = self.env["saas.billing.trace"]._count_events(self)
        for payment in self:
            payment.saas_event_count = counts.get(payment.id, 0)

    def action_open_saas_events(self):
        """Events that caused this payment or touched it."""
        self.ensure_one()
        return self.env["saas.billing.trace"]._get_events_action(self)
