"""Prices become catalogue mappings: approved, proposed, or left to a person, by policy."""

from odoo import models
from odoo.addons.saas_billing_connector.canonical import MissingDependency


class SaasBillingHandlerPrice(models.AbstractModel):
    _name = "saas.billing.handler.price"
    _description = "Billing Handler: Price"
    _inherit = "saas.billing.handler.latest"

    _canonical_type = "price"
    _record_model = "saas.catalog.mapping"

    def _resolve(self, batch):
        records = [change.record for change in batch]
        currencies = self.env["res.currency"].with_context(active_test=False)
        currencies = currencies.search([("name", "in", [record.currency for record in records])])
        product_ids = {record.product_id for record in records}
        products = self._get_bound(batch, "product", product_ids, "product.product")
        return {
            "currencies": {currency.name: currency.id for currency in currencies},
            "products": products,
            "gone": self._get_gone(batch, product_ids - products.keys()),
            "decided": self._get_decided(batch, product_ids),
        }

    def _get_decided(self, batch, product_ids):
        """{product's id: product} where the approved prices of one product agree on another one.

        So that a new price of a product that a person has mapped goes the same way.
        """
        mappings = self.env["saas.catalog.mapping"].with_context(active_test=False)
        approved = mappings.search(
            [
                ("connection_id", "=", batch.connection.id),
                ("product_external_id", "in", list(product_ids)),
                ("state", "=", "approved"),
            ]
        )
        return {
            external_id: own.product_id
            for external_id, own in approved.grouped("product_external_id").items()
            if len(own.product_id) == 1
        }

    def _get_gone(self, batch, product_ids):
        """Products that the provider was found not to have: nobody can bring them any more."""
        keys = {f"product:{each}": each for each in product_ids}
        domain = [("connection_id", "=", batch.connection.id), ("code", "=", "not_at_provider")]
        domain += [("key", "in", list(keys))]
        issues = self.env["saas.billing.issue"].search(domain) if keys else ()
        return {keys[issue.key] for issue in issues}

    def _check(self, batch, change, resolved):
        product_id, policy = change.record.product_id, batch.connection.catalog_policy
        if policy != "park" and product_id not in {*resolved["products"], *resolved["gone"]}:
            raise MissingDependency("product", product_id)

    def _prepare_values(self, batch, record, resolved):
        product = resolved["products"].get(record.product_id)
        return {
            "name": record.nickname or self._get_label(record, product),
            "product_external_id": record.product_id,
            "currency_id": resolved["currencies"].get(record.currency, False),
            "unit_amount": float(record.unit_amount or 0),
            "interval": record.interval or False,
            "interval_count": record.interval_count,
            "metered": record.metered,
            "tax_behavior": record.tax_behavior or False,
            "package_size": record.package_size,
            "package_round_up": record.package_round_up,
            "tiers_mode": record.tiers_mode or False,
            "active": record.active and not record.deleted,
            **self._prepare_tiers(record),
        }

    def _prepare_tiers(self, record):
        """Events leave the tiers out; a price never changes them, so what was read once stays."""
        if record.tiers_mode and not record.tiers:
            return {}
        tiers = [
            [
                self._get_text(tier.up_to),
                self._get_text(tier.unit_amount),
                self._get_text(tier.flat_amount),
            ]
            for tier in record.tiers
        ]
        return {"tiers": tiers or False}

    def _get_text(self, number):
        return None if number is None else f"{number:f}"

    def _prepare_new(self, batch, record, resolved):
        values = {"connection_id": batch.connection.id, "external_id": record.external_id}
        product = self._get_product(batch, record, resolved)
        if product:
            values["product_id"] = product.id
        if product and batch.connection.catalog_policy == "create":
            values |= self.env["saas.catalog.mapping"]._prepare_approval()
        return values

    def _get_product(self, batch, record, resolved):
        """What a person has decided for the product's other prices, else the provider's product."""
        if record.product_id in resolved["decided"]:
            return resolved["decided"][record.product_id]
        if batch.connection.catalog_policy == "park":
            return None
        return resolved["products"].get(record.product_id)

    def _get_label(self, record, product):
        name = product.name if product else record.external_id
        if not record.interval:
            return name
        count = f"{record.interval_count} " if record.interval_count != 1 else ""
        return f"{name} / {count}{record.interval}"
