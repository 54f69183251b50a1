"""Products become service products, where the connection lets unknown prices get products."""

from odoo import models
from odoo.addons.saas_billing_connector.canonical import OutOfScope


class SaasBillingHandlerProduct(models.AbstractModel):
    _name = "saas.billing.handler.product"
    _description = "Billing Handler: Product"
    _inherit = "saas.billing.handler.latest"

    _canonical_type = "product"
    _record_model = "product.product"

    def _process(self, batch):
        if batch.connection.catalog_policy == "park":
            outcome = OutOfScope("On this connection a person maps prices to products.")
            batch.reject(list(batch), outcome)
        return super()._process(batch)

    def _prepare_values(self, batch, record, resolved):
        return {"name": record.name, "description_sale": record.description or False}

    def _prepare_new(self, batch, record, resolved):
        return batch.connection._prepare_product(record.name)
