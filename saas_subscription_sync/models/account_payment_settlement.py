"""From a payment to the movement of the provider's balance that settles it."""

from odoo import fields, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    saas_is_settled = fields.Boolean(
        compute="_compute_saas_is_settled",
        string="Settled",
        help="A movement of the provider's balance is reconciled with it.",
    )

    def _compute_saas_is_settled(self):
        may_read = self.env["saas.settlement.transaction"].has_access("read")
        for payment in self:
            payment.saas_is_settled = bool(may_read and payment.move_id._get_saas_transactions())

    def action_open_saas_settlement(self):
        """The movement of the provider's balance that settles the payment."""
        return self.move_id.action_open_saas_settlement()
