"""Stripe's `subscription` and its items."""

from decimal import Decimal

from ....canonical import Period, Subscription, SubscriptionItem
from ..reader import instant, listed, ref, require
from . import price as price_normaliser

#: Stripe's status -> canonical state; `active` is refined by `_status`.
STATUSES = {
    "incomplete": "incomplete",
    "incomplete_expired": "expired",
    "trialing": "trialing",
    "active": "active",
    "past_due": "past_due",
    "unpaid": "suspended",
    "paused": "paused",
    "canceled": "cancelled",
}


def normalise(obj):
    trial_start, trial_end = instant(obj.get("trial_start")), instant(obj.get("trial_end"))
    return Subscription(
        external_id=require(obj, "id"),
        customer_id=ref(require(obj, "customer")),
        status=_status(obj),
        currency=require(obj, "currency").upper(),
        started_at=instant(require(obj, "start_date")),
        items=tuple(_item(item) for item in listed(require(obj, "items"))),
        trial=Period(trial_start, trial_end) if trial_start and trial_end else None,
        cancel_at=instant(obj.get("cancel_at")),
        cancelled_at=instant(obj.get("canceled_at")),
        ended_at=instant(obj.get("ended_at")),
        collection_method=obj.get("collection_method") or "charge_automatically",
        latest_invoice_id=ref(obj.get("latest_invoice")),
    )


def _status(obj):
    """Canonical state; a running subscription that will end is `cancelling`.

    A state that Stripe adds later reads as `active` would be a guess, so it fails as invalid data.
    """
    status = STATUSES[require(obj, "status")]
    ending = obj.get("cancel_at_period_end") or obj.get("cancel_at")
    return "cancelling" if status == "active" and ending else status


def _item(obj):
    price = price_normaliser.normalise(require(obj, "price"))
    start, end = instant(obj.get("current_period_start")), instant(obj.get("current_period_end"))
    return SubscriptionItem(
        external_id=require(obj, "id"),
        price_id=price.external_id,
        product_id=price.product_id,
        currency=price.currency,
        quantity=Decimal(str(obj.get("quantity") or (0 if price.metered else 1))),
        unit_amount=price.unit_amount,
        interval=price.interval or "month",
        interval_count=price.interval_count,
        metered=price.metered,
        period=Period(start, end) if start and end else None,
    )
