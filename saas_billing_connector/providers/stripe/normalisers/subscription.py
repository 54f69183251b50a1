"""Stripe's `subscription` and its items."""

from decimal import Decimal

from ....canonical import InvalidData, Period, Subscription, SubscriptionItem
from ..fields import instant, listed, owner, path, ref, require
from ..money import number
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
        customer_id=owner(obj),
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
        created_at=instant(obj.get("created")),
        anchor_at=instant(obj.get("billing_cycle_anchor")),
        days_until_due=obj.get("days_until_due"),
        cancellation_reason=path(obj, "cancellation_details", "reason"),
        pause_reason=path(obj, "status_details", "paused", "subscription", "type"),
        pause_collection=path(obj, "pause_collection", "behavior"),
        pause_resumes_at=instant(path(obj, "pause_collection", "resumes_at")),
        discount_ids=tuple(ref(each) for each in obj.get("discounts") or ()),
        schedule_id=ref(obj.get("schedule")),
    )


def _status(obj):
    """Canonical state; a running subscription that will end is `cancelling`."""
    status = require(obj, "status")
    if status not in STATUSES:
        # To read it as any state that we know would be to guess who may use the product.
        raise InvalidData(f"Unknown subscription status “{status}”.", key="subscription.status")
    ending = obj.get("cancel_at_period_end") or obj.get("cancel_at")
    return "cancelling" if status == "active" and ending else STATUSES[status]


def _item(obj):
    price = price_normaliser.normalise(require(obj, "price"))
    start, end = instant(obj.get("current_period_start")), instant(obj.get("current_period_end"))
    return SubscriptionItem(
        external_id=require(obj, "id"),
        price_id=price.external_id,
        product_id=price.product_id,
        currency=price.currency,
        quantity=_quantity(obj, price),
        unit_amount=price.unit_amount,
        interval=price.interval or "month",
        interval_count=price.interval_count,
        metered=price.metered,
        period=Period(start, end) if start and end else None,
        package_size=price.package_size,
        package_round_up=price.package_round_up,
    )


def _quantity(obj, price):
    if obj.get("quantity") is None:
        return Decimal(0 if price.metered else 1)
    return number(obj["quantity"])
