"""Asks why before a month is reopened."""

from odoo import fields, models
from odoo.exceptions import AccessError


class RevenueCloseReopen(models.TransientModel):
    _name = "saas.revenue.close.reopen"
    _description = "Reopen a Month"

    close_id = fields.Many2one("saas.revenue.close", required=True, readonly=True)
    reason = fields.Text(required=True)

    def action_reopen(self):
        """Take the signatures back."""
        if not self.env.user.has_group("saas_deferred_revenue.group_revenue_manager"):
            raise AccessError(self.env._("Only revenue managers reopen a month."))
        self.close_id._reopen(self.reason)
        return {"type": "ir.actions.act_window_close"}
