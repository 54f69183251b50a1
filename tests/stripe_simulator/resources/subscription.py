"""Subscriptions and their items: shape and pieces that billing needs."""

from ..clock import period_containing
from ..world import World
from .common import list_object, metadata
from .coupon import redeem_all
from .price import is_metered, recurring_price
from .tax_rate_lookup import tax_rates

LIVE = ("active", "past_due", "trialing", "unpaid", "incomplete")
ENDED = ("canceled", "incomplete_expired")


TRIAL_SETTINGS = {"end_behavior": {"missing_payment_method": "create_invoice"}}


def build_item(world: World, subscription: dict, params: dict) -> dict:
    """A subscription item in the period of its own interval that holds the present."""
    price_id = params.get("price") or params.get("plan")
    price = recurring_price(world, "items[0][price]", price_id)
    item = {
        "id": world.ids.new("si"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": world.now,
        "current_period_end": 0,
        "current_period_start": 0,
        "discounts": [],
        "metadata": metadata(params),
        "price": price,
        **({} if is_metered(price) else {"quantity": params.get("quantity", 1)}),
        "subscription": subscription["id"],
        "tax_rates": tax_rates(world, params.get("tax_rates")),
    }
    item["discounts"] = redeem_all(
        world, params.get("discounts"), subscription["customer"], subscription_item=item["id"]
    )
    set_period(world, subscription, item)
    world.store.add(item)
    subscription["items"]["data"].append(item)
    return item


def set_period(world: World, subscription: dict, item: dict) -> None:
    """Move the item into the period that holds the present; a trial is one period of its own."""
    if subscription["trial_end"] and world.now < subscription["trial_end"]:
        start, end = subscription["trial_start"], subscription["trial_end"]
    else:
        start, end = whole_period(subscription, item, world.now)
        start = max(start, subscription["start_date"])
    item.update(current_period_start=start, current_period_end=end)


def whole_period(subscription: dict, item: dict, moment: int) -> tuple[int, int]:
    """The period on the grid of the anchor; the first one may begin before the subscription."""
    recurring = item["price"]["recurring"]
    anchor = subscription["billing_cycle_anchor"]
    return period_containing(anchor, recurring["interval"], recurring["interval_count"], moment)


def period_end(subscription: dict) -> int:
    """When the next item is due."""
    return min(item["current_period_end"] for item in subscription["items"]["data"])


def due_items(world: World, subscription: dict) -> list[dict]:
    """The items whose period is over."""
    items = subscription["items"]["data"]
    return [item for item in items if item["current_period_end"] <= world.now]


def _first_status(params: dict, trial_end: int | None) -> str:
    """Incomplete until the first invoice is paid, unless the customer is trusted to pay later."""
    if trial_end:
        return "trialing"
    return "active" if params.get("collection_method") == "send_invoice" else "incomplete"


def build(world: World, customer: dict, params: dict, trial_end: int | None) -> dict:
    """A subscription without items."""
    identifier = world.ids.new("sub")
    start = params.get("backdate_start_date") or world.now
    return {
        "id": identifier,
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": trial_end or params.get("billing_cycle_anchor") or start,
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
        "schedule": params.get("schedule"),
        "start_date": start,
        "status": _first_status(params, trial_end),
        "test_clock": None,
        "transfer_data": None,
        "trial_end": trial_end,
        "trial_settings": params.get("trial_settings") or dict(TRIAL_SETTINGS),
        "trial_start": world.now if trial_end else None,
    }
