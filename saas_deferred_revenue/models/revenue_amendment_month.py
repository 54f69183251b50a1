"""What a month earns before and after an amendment, as it was shown to who decided."""

from odoo import api, fields, models


class RevenueAmendmentMonth(models.Model):
    _name = "saas.revenue.amendment.month"
    _description = "Month of a Revenue Amendment"
    _order = "amendment_id, month"

    amendment_id = fields.Many2one(
        "saas.revenue.amendment", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="amendment_id.company_id")
    currency_id = fields.Many2one(related="amendment_id.currency_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    month = fields.Date(required=True, readonly=True)
    name = fields.Char(string="Month", compute="_compute_name", help="Year and month.")
    amount_before = fields.Monetary(string="Before", readonly=True)
    amount_after = fields.Monetary(string="After", readonly=True)
    amount_change = fields.Monetary(string="Change", compute="_compute_changes")
    company_before = fields.Monetary(
        string="Before (company currency)", readonly=True, currency_field="company_currency_id"
    )
    company_after = fields.Monetary(
        string="After (company currency)", readonly=True, currency_field="company_currency_id"
    )
    company_change = fields.Monetary(
        string="Change (company currency)",
        compute="_compute_changes",
        currency_field="company_currency_id",
    )

    _month_unique = models.Constraint(
        "UNIQUE (amendment_id, month)", "A month is told once per amendment."
    )

    @api.depends("month")
    def _compute_name(self):
        for line in self:
            line.name = f"{line.month:%Y-%m}"

    @api.depends("amount_before", "amount_after", "company_before", "company_after")
    def _compute_changes(self):
        for line in self:
            line.amount_change = line.amount_after - line.amount_before
            line.company_change = line.company_after - line.company_before
