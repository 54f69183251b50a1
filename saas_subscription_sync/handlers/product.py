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
        values = {"saas_state": self._get_state(record)}
        if self._is_told(record):
            values |= {"name": record.name, "description_sale": record.description or False}
        return values

    def _is_told(self, record):
        """Whether more is told than that the product is deleted, as when it is read too late."""
        return record.name != record.external_id

    def _get_state(self, record):
        """At the provider only: the product stays, for documents that come later."""
        if record.deleted:
            return "deleted"
        return "active" if record.active else "archived"

    def _prepare_new(self, batch, record, resolved):
        return batch.connection._prepare_product(record.name)
