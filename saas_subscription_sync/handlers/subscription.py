"""Subscriptions: the newest snapshot wins, and every event leaves its movements.

`subscription_items` keeps the items, `subscription_movements` the movements.
"""

from odoo import models
from odoo.addons.saas_billing_connector.canonical import MissingDependency, NeedsHuman


def naive(instant):
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
        periods = [item.period.end for item in record.items if item.period]
        return {
            "partner_id": resolved["customers"][record.customer_id].id,
            "state": record.status,
            "currency_id": resolved["currencies"][record.currency].id,
            "started_at": naive(record.started_at),
            "created_at": naive(record.created_at),
            "anchor_at": naive(record.anchor_at),
            "next_period_at": naive(min(periods, default=None)),
            "trial_start": naive(record.trial and record.trial.start),
            "trial_end": naive(record.trial and record.trial.end),
            "cancel_at": naive(record.cancel_at),
            "cancelled_at": naive(record.cancelled_at),
            "ended_at": naive(record.ended_at),
            "cancellation_reason": record.cancellation_reason or False,
            "pause_reason": record.pause_reason or False,
            "pause_collection": record.pause_collection or False,
            "pause_resumes_at": naive(record.pause_resumes_at),
            "collection_method": record.collection_method,
            "days_until_due": record.days_until_due or 0,
            "discount_count": len(record.discount_ids),
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
        self._note_snapshots(batch, subscriptions)
        items = self._keep_items(batch, changes, subscriptions, resolved)
        self._keep_movements(batch, changes, subscriptions, items, resolved)

    def _note_snapshots(self, batch, subscriptions):
        for change in batch:
            subscriptions[change.record.external_id].write(
                {"version": change.version, "snapshot_at": naive(change.occurred_at)}
            )
