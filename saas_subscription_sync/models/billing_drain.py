"""Which handler takes which canonical type."""

from odoo import api, models

HANDLED_TYPES = (
    "customer",
    "tax_id",
    "product",
    "price",
    "tax_rate",
    "subscription",
    "subscription_schedule",
    "invoice",
    "payment",
    "charge",
    "credit_note",
    "refund",
    "dispute",
)


class SaasBillingDrain(models.AbstractModel):
    _inherit = "saas.billing.drain"

    @api.model
    def _get_handlers(self):
        own = {name: f"saas.billing.handler.{name}" for name in HANDLED_TYPES}
        return super()._get_handlers() | own
