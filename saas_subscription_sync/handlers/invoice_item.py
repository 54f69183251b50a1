"""Invoice items: what waits for the next invoice, until one bills it or it is deleted."""

from odoo import models
from odoo.addons.saas_billing_connector.canonical import MissingDependency


class SaasBillingHandlerInvoiceItem(models.AbstractModel):
    _name = "saas.billing.handler.invoice_item"
    _description = "Billing Handler: Invoice Item"
    _inherit = ["saas.billing.handler.latest", "saas.billing.guards"]

    _canonical_type = "invoice_item"
    _record_model = "saas.pending.item"

    def _resolve(self, batch):
        records = [change.record for change in batch]

        def bound(object_type, name, model):
            ids = {getattr(record, name) for record in records}
            return self._get_bound(batch, object_type, ids, model)

        subscriptions = bound("subscription", "subscription_id", "saas.subscription")
        owned = self.env["saas.subscription"].union(*subscriptions.values())
        return {
            "zone": batch.connection._get_zone(),
            "customers": bound("customer", "customer_id", "res.partner"),
            "prices": bound("price", "price_id", "saas.catalog.mapping"),
            "subscriptions": subscriptions,
            "items": {
                item.external_id: item for item in owned.with_context(active_test=False).item_ids
            },
            "currencies": self._get_currencies(record.currency for record in records),
        }

    def _check(self, batch, change, resolved):
        record = change.record
        for object_type, external_id in (
            ("customer", record.customer_id),
            ("price", record.price_id),
            ("subscription", record.subscription_id),
        ):
            if external_id and external_id not in resolved[f"{object_type}s"]:
                raise MissingDependency(object_type, external_id)
        self._check_precision(
            record, self._check_currency(record, resolved["currencies"]), [record.amount]
        )

    def _prepare_values(self, batch, record, resolved):
        start, end = record.period.dates(resolved["zone"])
        subscription = resolved["subscriptions"].get(record.subscription_id)
        item = resolved["items"].get(record.subscription_item_id)
        price = resolved["prices"].get(record.price_id)
        return {
            "name": record.description or record.external_id,
            "partner_id": resolved["customers"][record.customer_id].id,
            "subscription_id": subscription.id if subscription else False,
            "subscription_item_id": item.id if item else False,
            "catalog_mapping_id": price.id if price else False,
            "currency_id": resolved["currencies"][record.currency].id,
            "amount": float(record.amount),
            "proration": record.proration,
            "service_start": start,
            "service_end": end,
            "created_on": self._get_day(batch, record.created_at or record.period.start),
        }

    def _prepare_new(self, batch, record, resolved):
        return {"connection_id": batch.connection.id, "external_id": record.external_id}

    def _apply(self, batch, resolved):
        result = super()._apply(batch, resolved)
        items = self._get_bound(batch, "invoice_item", batch.by_object(), "saas.pending.item")
        for change in batch:
            if change.record.deleted:
                day = self._get_day(batch, change.occurred_at)
                items[change.record.external_id].write({"state": "deleted", "settled_on": day})
        self.env["saas.pending.item"]._settle(batch.connection, list(items))
        return result
