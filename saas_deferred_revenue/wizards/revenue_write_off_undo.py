"""Asks why before a write-off is taken back."""

from odoo import fields, models
from odoo.exceptions import AccessError


class RevenueWriteOffUndo(models.TransientModel):
    _name = "saas.revenue.write.off.undo"
    _description = "Take a Write-off Back"

    write_off_id = fields.Many2one("saas.revenue.write.off", required=True, readonly=True)
    currency_id = fields.Many2one(related="write_off_id.currency_id")
    amount = fields.Monetary(related="write_off_id.amount")
    date = fields.Date(
        required=True,
        default=fields.Date.context_today,
        help="When it was paid, or when it was found to be wrong.",
    )
    reason = fields.Text(required=True)

    def action_undo(self):
        """Post the reversal and show it."""
        if not self.env.user.has_group("saas_deferred_revenue.group_revenue_manager"):
            raise AccessError(self.env._("Only revenue managers take write-offs back."))
        self.write_off_id._take_back(self.date, self.reason)
        return self.write_off_id.get_formview_action()

    def action_pay(self):
        """Post the reversal, then register the payment that came after all, on its day."""
        self.action_undo()
        action = self.write_off_id.move_id.action_register_payment()
        return {**action, "context": {**action["context"], "default_payment_date": self.date}}
