"""Subscriptions: the newest snapshot wins, and every event leaves its movements."""

from odoo import models
from odoo.addons.saas_billing_connector.canonical import MissingDependency, NeedsHuman

from ..rules.amounts import rounded
from ..rules.movements import is_counted, movements


def _naive(instant):
    """Odoo stores instants in UTC without saying so."""
    return instant.replace(tzinfo=None) if instant else False


class SaasBillingHandlerSubscription(models.AbstractModel):
    _name = "saas.billing.handler.subscription"
    _description = "Billing Handler: Subscription"
    _inherit = "saas.billing.handler.latest"

    # Each event tells a movement of its own.
    _newest_tells_all = False
    _canonical_type = "subscription"
    _record_model = "saas.subscription"

    def _resolve(self, batch):
        records = [change.record for change in batch]
        items = [item for change in batch for item in self._get_told_items(change)]
        currencies = self.env["res.currency"].search(
            [("name", "in", list({each.currency for each in [*records, *items]}))]
        )
        return {
            "customers": self._get_bound(
                batch, "customer", [record.customer_id for record in records], "res.partner"
            ),
            "prices": self._get_bound(
                batch, "price", [item.price_id for item in items], "saas.catalog.mapping"
            ),
            "currencies": {currency.name: currency for currency in currencies},
        }

    def _get_told_items(self, change):
        """Items that an event tells of: those that were there before, then those that are now."""
        before = change.previous.items if change.previous else ()
        return [*before, *change.record.items]

    def _check(self, batch, change, resolved):
        record, items = change.record, self._get_told_items(change)
        if record.customer_id not in resolved["customers"]:
            raise MissingDependency("customer", record.customer_id)
        for item in items:
            if item.price_id not in resolved["prices"]:
                raise MissingDependency("price", item.price_id)
        for each in [record, *items]:
            if each.currency not in resolved["currencies"]:
                raise NeedsHuman(
                    "inactive_currency",
                    f"Currency {each.currency} is not active in Odoo. Activate it, then replay.",
                    key=each.currency,
                )

    def _prepare_values(self, batch, record, resolved):
        return {
            "partner_id": resolved["customers"][record.customer_id].id,
            "state": record.status,
            "currency_id": resolved["currencies"][record.currency].id,
            "started_at": _naive(record.started_at),
            "trial_start": _naive(record.trial and record.trial.start),
            "trial_end": _naive(record.trial and record.trial.end),
            "cancel_at": _naive(record.cancel_at),
            "cancelled_at": _naive(record.cancelled_at),
            "ended_at": _naive(record.ended_at),
            "collection_method": record.collection_method,
        }

    def _prepare_new(self, batch, record, resolved):
        return {"connection_id": batch.connection.id, "external_id": record.external_id}

    def _apply(self, batch, resolved):
        """Apply the newest snapshots, then keep the items and movements of all of them.

        A superseded snapshot says nothing about the present, but what it did happened.
        """
        changes = sorted(batch, key=lambda change: change.version)
        if not changes:
            return
        super()._apply(batch, resolved)
        subscriptions = self._get_bound(
            batch,
            "subscription",
            {each.record.external_id for each in changes},
            "saas.subscription",
        )
        items = self._keep_items(changes, subscriptions, resolved)
        for change in batch:
            self._present(batch, change, subscriptions[change.record.external_id], resolved)
        self._keep_movements(batch, changes, subscriptions, items, resolved)

    # ── items ────────────────────────────────────────────────────────────────────────────────

    def _keep_items(self, changes, subscriptions, resolved):
        """Records of all items the changes tell of, by (subscription id, external id)."""
        told = {}
        for change in changes:
            subscription = subscriptions[change.record.external_id]
            for item in self._get_told_items(change):
                told[subscription.id, item.external_id] = (change, item)
        model = self.env["saas.subscription.item"].with_context(active_test=False)
        known = model.search([("subscription_id", "in", [key[0] for key in told])])
        items = {(item.subscription_id.id, item.external_id): item for item in known}
        missing = [key for key in told if key not in items]
        created = model.create([self._prepare_item(key, *told[key], resolved) for key in missing])
        for key, (change, item) in told.items():
            if key in items and items[key].version < change.version:
                items[key].write(self._prepare_item(key, change, item, resolved))
        return items | dict(zip(missing, created, strict=True))

    def _prepare_item(self, key, change, item, resolved):
        subscription_id, external_id = key
        period = item.period
        return {
            "subscription_id": subscription_id,
            "external_id": external_id,
            "version": change.version,
            "active": False,
            "catalog_mapping_id": resolved["prices"][item.price_id].id,
            "currency_id": resolved["currencies"][item.currency].id,
            "quantity": float(item.quantity),
            "unit_amount": float(item.unit_amount or 0),
            "interval": item.interval,
            "interval_count": item.interval_count,
            "metered": item.metered,
            "period_start": _naive(period and period.start),
            "period_end": _naive(period and period.end),
        }

    # ── present state ────────────────────────────────────────────────────────────────────────

    def _present(self, batch, change, subscription, resolved):
        """Set which items are there now and what the subscription is worth per month."""
        record, counted = change.record, is_counted(change.record.status)
        worth = {
            item.external_id: rounded(
                item.mrr if counted else item.mrr * 0,
                resolved["currencies"][item.currency].decimal_places,
            )
            for item in record.items
        }
        for item in subscription.with_context(active_test=False).item_ids:
            present = item.external_id in worth
            item.write({"active": present, "mrr": float(worth.get(item.external_id, 0))})
        total = float(sum(worth.values()))
        subscription.write(
            {
                "mrr": total,
                "mrr_company": self._convert(batch, subscription.currency_id, total, change),
            }
        )

    def _convert(self, batch, currency, amount, change):
        """`amount` in company currency, at the rate of the day of the change."""
        company = batch.connection.company_id
        day = change.occurred_at.astimezone(batch.connection._get_zone()).date()
        return currency._convert(amount, company.currency_id, company, day)

    # ── movements ────────────────────────────────────────────────────────────────────────────

    def _keep_movements(self, batch, changes, subscriptions, items, resolved):
        decimals = {code: each.decimal_places for code, each in resolved["currencies"].items()}
        rows = {}
        for change in changes:
            subscription = subscriptions[change.record.external_id]
            for movement in movements(change.previous, change.record, change.type, decimals):
                item = items[subscription.id, movement.item_id]
                values = self._prepare_movement(batch, change, subscription, item, movement)
                rows[change.event.id, item.id, movement.kind] = (change, values)
        model = self.env["saas.subscription.change"]
        known = model.search([("event_id", "in", [key[0] for key in rows])]) if rows else model
        for row in known:
            rows.pop((row.event_id.id, row.item_id.id, row.kind), None)
        created = model.create([values for _change, values in rows.values()])
        pairs = zip(rows.values(), created, strict=True)
        self._trace([(change, record, "created") for (change, _values), record in pairs])

    def _prepare_movement(self, batch, change, subscription, item, movement):
        currency = item.currency_id
        delta = float(movement.after - movement.before)
        return {
            "subscription_id": subscription.id,
            "item_id": item.id,
            "event_id": change.event.id,
            "kind": movement.kind,
            "occurred_at": _naive(change.occurred_at),
            "date": change.occurred_at.astimezone(batch.connection._get_zone()).date(),
            "currency_id": currency.id,
            "mrr_before": float(movement.before),
            "mrr_after": float(movement.after),
            "mrr_delta": delta,
            "mrr_delta_company": self._convert(batch, currency, delta, change),
            "quantity_before": float(movement.quantity_before),
            "quantity_after": float(movement.quantity_after),
            "price_before": movement.price_before,
            "price_after": movement.price_after,
        }
