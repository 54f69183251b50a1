"""Items of subscriptions: each with its own price, quantity, period and worth per month."""

from odoo import models

from ..rules.movements import worth
from .subscription import naive


class SaasBillingHandlerSubscription(models.AbstractModel):
    _inherit = "saas.billing.handler.subscription"

    def _keep_items(self, batch, changes, subscriptions, resolved):
        """Keep the items that the changes tell of, and which of them are there now.

        :returns: all items of the subscriptions, by (subscription id, external id)
        """
        told = {}
        for change in changes:
            subscription = subscriptions[change.record.external_id]
            for item in self._get_told_items(change):
                told[subscription.id, item.external_id] = (change, item)
        model = self.env["saas.subscription.item"].with_context(active_test=False)
        ids = [each.id for each in subscriptions.values()]
        known = model.search([("subscription_id", "in", ids)])
        items = {(item.subscription_id.id, item.external_id): item for item in known}
        missing = [key for key in told if key not in items]
        created = model.create(
            [{**self._prepare_item(key, *told[key], resolved), "active": False} for key in missing]
        )
        for key, (change, item) in told.items():
            if key in items and items[key].version < change.version:
                values = self._prepare_item(key, change, item, resolved)
                # What is written as it was would still be recomputed by what depends on it.
                items[key].write(self._get_changed(items[key], values))
        items |= dict(zip(missing, created, strict=True))
        self._present(batch, subscriptions, items, resolved)
        return items

    def _prepare_item(self, key, change, item, resolved):
        subscription_id, external_id = key
        period = item.period
        return {
            "subscription_id": subscription_id,
            "external_id": external_id,
            "version": change.version,
            "catalog_mapping_id": resolved["prices"][item.price_id].id,
            "currency_id": resolved["currencies"][item.currency].id,
            "quantity": float(item.quantity),
            "unit_amount": float(item.unit_amount or 0),
            "interval": item.interval,
            "interval_count": item.interval_count,
            "metered": item.metered,
            "period_start": naive(period and period.start),
            "period_end": naive(period and period.end),
        }

    def _present(self, batch, subscriptions, items, resolved):
        """Set which items the newest snapshots hold and what they are worth per month."""
        decimals = self._get_decimals(resolved)
        newest = {subscriptions[change.record.external_id].id: change.record for change in batch}
        held = {
            (subscription_id, item.external_id): item
            for subscription_id, record in newest.items()
            for item in record.items
        }
        for key, item in items.items():
            record = newest.get(key[0])
            if not record:
                continue
            values = {"active": key in held, "mrr": float(worth(record, held.get(key), decimals))}
            if any(item[name] != value for name, value in values.items()):
                item.write(values)

    def _get_decimals(self, resolved):
        """Decimals by currency code."""
        return {code: each.decimal_places for code, each in resolved["currencies"].items()}
