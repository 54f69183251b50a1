"""What has become of a product at the billing provider."""

from odoo import fields, models


class ProductProduct(models.Model):
    _inherit = "product.product"

    saas_state = fields.Selection(
        [("active", "In Use"), ("archived", "Archived"), ("deleted", "Deleted")],
        string="At the Billing Provider",
        readonly=True,
        copy=False,
        help="Whatever it is there, documents that come later are booked with the product.",
    )
