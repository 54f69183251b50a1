"""Price of the biller → product of Odoo: which income account and which revenue treatment apply."""

from odoo import fields, models


class SaasCatalogMapping(models.Model):
    _name = "saas.catalog.mapping"
    _description = "Catalogue Mapping"
    _inherit = ["saas.mapping"]

    product_external_id = fields.Char(readonly=True, string="External Product")
    product_id = fields.Many2one("product.product", check_company=True, tracking=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    unit_amount = fields.Float(
        readonly=True,
        min_display_digits="Product Price",
        help="Per unit and interval; empty for tiered prices.",
    )
    interval = fields.Selection(
        [("day", "Day"), ("week", "Week"), ("month", "Month"), ("year", "Year")],
        readonly=True,
        help="Empty: billed once.",
    )
    interval_count = fields.Integer(readonly=True, default=1)
    metered = fields.Boolean(readonly=True, help="Billed by usage, in arrears.")

    _external_unique = models.Constraint(
        "UNIQUE(connection_id, external_id)", "A price is mapped once per connection."
    )

    def _get_issue_code(self):
        return "unmapped_price"

    def _get_target_field(self):
        return "product_id"
