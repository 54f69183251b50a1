"""Subscriptions and their items: shape and pieces that billing needs."""

from ..clock import period_containing
from ..world import World
from .common import list_object, metadata
from .price import recurring_price
from .tax_rate_lookup import tax_rates

LIVE = ("active", "past_due", "trialing", "unpaid", "incomplete")


def build_item(world: World, subscription: dict, params: dict) -> dict:
    """A subscription item in the period of its own interval that holds the present."""
    price_id = params.get("price") or params.get("plan")
    item = {
        "id": world.ids.new("si"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": world.now,
        "current_period_end": 0,
        "current_period_start": 0,
        "discounts": [],
        "metadata": metadata(params),
        "price": recurring_price(world, "items[0][price]", price_id),
        "quantity": params.get("quantity", 1),
        "subscription": subscription["id"],
        "tax_rates": tax_rates(world, params.get("tax_rates")),
    }
    set_period(world, subscription, item)
    world.store.add(item)
    subscription["items"]["data"].append(item)
    return item


def set_period(world: World, subscription: dict, item: dict) -> None:
    """Move the item into the period that holds the present; a trial is one period of its own."""
    if subscription["trial_end"] and world.now < subscription["trial_end"]:
        start, end = world.now, subscription["trial_end"]
    else:
        recurring = item["price"]["recurring"]
        anchor = subscription["billing_cycle_anchor"]
        start, end = period_containing(
            anchor, recurring["interval"], recurring["interval_count"], world.now
        )
    item.update(current_period_start=start, current_period_end=end)


def period_end(subscription: dict) -> int:
    """When the next item is due."""
    return min(item["current_period_end"] for item in subscription["items"]["data"])


def due_items(world: World, subscription: dict) -> list[dict]:
    """The items whose period is over."""
    items = subscription["items"]["data"]
    return [item for item in items if item["current_period_end"] <= world.now]


def build(world: World, customer: dict, params: dict, trial_end: int | None) -> dict:
    """A subscription without items; incomplete until its first invoice is paid."""
    identifier = world.ids.new("sub")
    return {
        "id": identifier,
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": trial_end or world.now,
        "billing_cycle_anchor_config": None,
        "billing_mode": {
            "flexible": {"proration_discounts": "included"},
            "type": "flexible",
            "updated_at": world.now,
        },
        "billing_schedules": [],
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": params.get("collection_method", "charge_automatically"),
        "created": world.now,
        "currency": "",
        "customer": customer["id"],
        "days_until_due": params.get("days_until_due"),
        "default_payment_method": params.get("default_payment_method"),
        "default_source": None,
        "default_tax_rates": tax_rates(world, params.get("default_tax_rates")),
        "description": params.get("description"),
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "items": list_object([], f"/v1/subscription_items?subscription={identifier}"),
        "latest_invoice": None,
        "livemode": False,
        "metadata": metadata(params),
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": world.now,
        "status": "trialing" if trial_end else "incomplete",
        "test_clock": None,
        "transfer_data": None,
        "trial_end": trial_end,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": world.now if trial_end else None,
    }
