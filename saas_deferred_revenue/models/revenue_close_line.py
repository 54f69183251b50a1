"""One line of a close's checklist, as it was when somebody looked last."""

from odoo import fields, models


class RevenueCloseLine(models.Model):
    _name = "saas.revenue.close.line"
    _description = "Line of a Month-end Close"
    _order = "close_id, id"

    close_id = fields.Many2one(
        "saas.revenue.close", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="close_id.company_id", store=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    code = fields.Char(required=True, readonly=True)
    name = fields.Char(string="What", required=True, readonly=True)
    state = fields.Selection([("done", "Done"), ("open", "Open")], required=True, readonly=True)
    record_count = fields.Integer(string="Records", readonly=True)
    company_amount = fields.Monetary(
        string="Amount", currency_field="company_currency_id", readonly=True
    )
    res_model = fields.Char(readonly=True)
    res_domain = fields.Char(readonly=True)

    _code_unique = models.Constraint("UNIQUE (close_id, code)", "A check stands on the list once.")

    def action_open_records(self):
        """Open the records behind the line."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": self.res_model,
            "view_mode": "list,form",
            "domain": self.res_domain,
        }
