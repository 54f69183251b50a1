"""Asks why before a posted run is taken back."""

from odoo import fields, models
from odoo.exceptions import AccessError


class RevenueRunUndo(models.TransientModel):
    _name = "saas.revenue.run.undo"
    _description = "Take a Revenue Run Back"

    run_id = fields.Many2one("saas.revenue.run", required=True, readonly=True)
    company_currency_id = fields.Many2one(related="run_id.company_currency_id")
    company_amount = fields.Monetary(
        related="run_id.company_amount", currency_field="company_currency_id"
    )
    reason = fields.Text(required=True)

    def action_undo(self):
        """Post the reversing run and show it."""
        if not self.env.user.has_group("saas_deferred_revenue.group_revenue_manager"):
            raise AccessError(self.env._("Only revenue managers take posted runs back."))
        return self.run_id._reverse(self.reason).get_formview_action()
