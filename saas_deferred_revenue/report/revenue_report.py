"""What the reports of revenue have in common: whose it is, and how much."""

from odoo import fields, models
from odoo.tools import SQL

#: Columns of a schedule that every report is grouped by.
DIMENSIONS = SQL(
    "schedule.company_id, schedule.partner_id, schedule.product_id,"
    " billed.saas_catalog_mapping_id AS catalog_mapping_id,"
    " schedule.currency_id, schedule.company_currency_id"
)
#: Where they come from, behind a row with a `schedule_id`.
SCHEDULES = SQL(
    "JOIN saas_revenue_schedule schedule ON schedule.id = schedule_id"
    " JOIN account_move_line billed ON billed.id = schedule.move_line_id"
)


class RevenueReport(models.AbstractModel):
    _name = "saas.revenue.report"
    _description = "Revenue Report"
    _inherit = ["saas.sql.view"]

    schedule_id = fields.Many2one("saas.revenue.schedule", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    catalog_mapping_id = fields.Many2one("saas.catalog.mapping", string="Plan", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    company_amount = fields.Monetary(
        string="Amount (company currency)", readonly=True, currency_field="company_currency_id"
    )

    def action_open_schedule(self):
        return self.schedule_id.get_formview_action()
