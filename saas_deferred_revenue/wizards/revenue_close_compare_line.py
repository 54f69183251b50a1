"""One figure of two months, side by side."""

from odoo import fields, models

SECTIONS = [
    ("totals", "Control Totals"),
    ("checklist", "Checklist"),
    ("differences", "Differences Explained"),
    ("run", "Month-end Runs"),
]
STATES = [("done", "Done"), ("open", "Open")]


class RevenueCloseCompareLine(models.TransientModel):
    """Amounts in company currency; `count` is of records."""

    _name = "saas.revenue.close.compare.line"
    _description = "Line of a Comparison of Months"
    _order = "id"

    compare_id = fields.Many2one(
        "saas.revenue.close.compare", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_currency_id = fields.Many2one(related="compare_id.company_currency_id")
    section = fields.Selection(SECTIONS, required=True, readonly=True)
    name = fields.Char(string="What", required=True, readonly=True)
    amount = fields.Monetary(
        string="This Month", currency_field="company_currency_id", readonly=True
    )
    state = fields.Selection(STATES, readonly=True)
    count = fields.Integer(string="Records", readonly=True)
    other_amount = fields.Monetary(
        string="Other Month", currency_field="company_currency_id", readonly=True
    )
    other_state = fields.Selection(STATES, readonly=True)
    other_count = fields.Integer(string="Other Records", readonly=True)
    change_amount = fields.Monetary(
        string="Change", currency_field="company_currency_id", readonly=True
    )
