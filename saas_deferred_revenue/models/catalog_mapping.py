"""A price may name its revenue rule; without one, the first rule that fits decides."""

from odoo import api, fields, models


class SaasCatalogMapping(models.Model):
    _inherit = "saas.catalog.mapping"

    saas_revenue_rule_id = fields.Many2one(
        "saas.revenue.rule",
        string="Revenue Rule",
        check_company=True,
        tracking=True,
        ondelete="restrict",
        domain="[('company_id', '=', company_id), ('state', '=', 'approved')]",
        help="Whatever version of it is approved when an invoice is posted. Empty: the first rule"
        " that fits the line.",
    )

    @api.model
    def _get_two_person_fields(self):
        return super()._get_two_person_fields() | {"saas_revenue_rule_id"}
