"""Asks why before a proposed version of a rule becomes a draft again."""

from odoo import fields, models


class RevenueRuleReturn(models.TransientModel):
    _name = "saas.revenue.rule.return"
    _description = "Send a Revenue Rule Back"

    rule_id = fields.Many2one("saas.revenue.rule", required=True, readonly=True)
    reason = fields.Text(required=True)

    def action_return(self):
        """Reject or, as its author, withdraw; the chatter keeps why."""
        self.rule_id._send_back(self.reason)
