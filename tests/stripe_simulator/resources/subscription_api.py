"""Requests about subscriptions and their items."""

from .. import billing, pausing, proration, trials
from ..clock import DAY
from ..errors import StripeError
from ..lines import period, pricing
from ..money import half_up
from ..tiers import cost
from ..world import World
from .common import assign, merge_metadata, metadata, need, refuse
from .coupon import redeem_all
from .payment_method import declines
from .price import is_metered, recurring_price
from .subscription import ENDED, build, build_item, period_end, set_period
from .tax_rate_lookup import tax_rates

CREATE = {
    "add_invoice_items", "backdate_start_date", "billing_cycle_anchor", "cancel_at",
    "cancel_at_period_end", "collection_method", "currency", "customer", "days_until_due",
    "default_payment_method", "default_tax_rates", "description", "discounts", "items",
    "metadata", "off_session", "payment_behavior", "proration_behavior", "trial_end",
    "trial_period_days", "trial_settings",
}  # fmt: skip
UPDATE = (CREATE - {"backdate_start_date", "customer", "currency", "trial_period_days"}) | {
    "cancellation_details", "pause_collection", "proration_date",
}  # fmt: skip
ITEM = {
    "discounts", "metadata", "off_session", "payment_behavior", "plan", "price",
    "proration_behavior", "proration_date", "quantity", "subscription", "tax_rates",
}  # fmt: skip


def create(world: World, params: dict) -> dict:
    """POST /v1/subscriptions"""
    need(params, "customer", "items")
    customer = world.refer("customer", "customer", params["customer"])
    trial_end = _trial_end(world, params)
    _check_card(world, customer, params, trial_end)
    subscription = build(world, customer, params, trial_end)
    for item in params["items"]:
        build_item(world, subscription, item)
    subscription["currency"] = subscription["items"]["data"][0]["price"]["currency"]
    _check_currencies(subscription)
    world.create(subscription)
    _set_discounts(world, subscription, params.get("discounts"))
    extras = [_extra(world, subscription, each) for each in params.get("add_invoice_items", ())]
    _schedule_end(world, subscription, params)
    charge = params.get("payment_behavior") != "default_incomplete"
    prorate = params.get("proration_behavior") != "none"
    billing.bill_first(world, subscription, extras, charge=charge, prorate=prorate)
    _schedule(world, subscription)
    return subscription


def _trial_end(world: World, params: dict) -> int | None:
    if params.get("trial_period_days"):
        return world.now + params["trial_period_days"] * DAY
    end = params.get("trial_end")
    return end if isinstance(end, int) else None


def _check_card(world: World, customer: dict, params: dict, trial_end: int | None) -> None:
    """Automatic collection needs a card, and `error_if_incomplete` needs one that works."""
    if params.get("collection_method") == "send_invoice" or trial_end:
        return
    method_id = (
        params.get("default_payment_method")
        or customer["invoice_settings"]["default_payment_method"]
    )
    method = world.store.find("payment_method", method_id)
    if method is None:
        refuse(
            "This customer has no attached payment source or default payment method.",
            code="resource_missing",
        )
    if params.get("payment_behavior") == "error_if_incomplete" and declines(world, method):
        raise StripeError(
            "Your card was declined.", status=402, kind="card_error", code="card_declined"
        )


def _check_currencies(subscription: dict) -> None:
    currencies = {item["price"]["currency"] for item in subscription["items"]["data"]}
    if len(currencies) > 1:
        refuse("All prices on a subscription must have the same currency.", param="items")


def _set_discounts(world: World, subscription: dict, discounts: list[dict] | None) -> None:
    customer, owner = subscription["customer"], subscription["id"]
    subscription["discounts"] = redeem_all(world, discounts, customer, subscription=owner)


def _extra(world: World, subscription: dict, params: dict) -> dict:
    price = world.refer("add_invoice_items[0][price]", "price", params.get("price"))
    quantity = params.get("quantity", 1)
    return billing.extra_item(
        world,
        subscription,
        price,
        amount=half_up(cost(world, price, quantity)),
        quantity=quantity,
        description=world.get("product", price["product"])["name"],
        period=_extra_period(world, subscription, params.get("period")),
        pricing=pricing(price),
        metadata=metadata(params),
        tax_rates=tax_rates(world, params.get("tax_rates")),
    )


def _extra_period(world: World, subscription: dict, params: dict | None) -> dict:
    """The period asked for; without one, the subscription's first period, as recorded."""
    params = params or {}
    start, end = params.get("start", {}), params.get("end", {})
    return period(start.get("timestamp", world.now), end.get("timestamp", period_end(subscription)))


def _schedule(world: World, subscription: dict) -> None:
    billing.schedule_renewal(world, subscription)
    if subscription["status"] == "incomplete":
        due = world.now + world.settings.incomplete_lifetime
        world.agenda.add(due, billing.expire_incomplete, subscription["id"])
    if subscription["trial_end"]:
        trials.plan_warning(world, subscription)


def update(world: World, params: dict, subscription_id: str) -> dict:
    """POST /v1/subscriptions/:id"""
    subscription = world.get("subscription", subscription_id)
    if subscription["status"] in ENDED:
        refuse(
            "A canceled subscription can only update its cancellation_details and metadata.",
            code="resource_missing",
        )
    due = period_end(subscription)
    with world.updating(subscription, "customer.subscription.updated"):
        _set_fields(world, subscription, params)
        _schedule_end(world, subscription, params)
        _move_periods(world, subscription, params)
        for change in params.get("items", ()):
            _change_item(world, subscription, change, params)
        _bill_if_asked(world, subscription, params)
    if period_end(subscription) != due:
        billing.schedule_renewal(world, subscription)
    return subscription


def _set_fields(world: World, subscription: dict, params: dict) -> None:
    assign(
        subscription,
        params,
        "collection_method",
        "days_until_due",
        "default_payment_method",
        "description",
        "trial_settings",
    )
    merge_metadata(subscription, params)
    if "default_tax_rates" in params:
        subscription["default_tax_rates"] = tax_rates(world, params["default_tax_rates"])
    if "discounts" in params:
        _set_discounts(world, subscription, params["discounts"])
    for part in params.get("cancellation_details") or {}:
        subscription["cancellation_details"][part] = params["cancellation_details"][part]
    if "pause_collection" in params:
        pausing.pause_collection(world, subscription, params["pause_collection"])


def _move_periods(world: World, subscription: dict, params: dict) -> None:
    """A new end of the trial, or a rhythm that starts now."""
    if params.get("trial_end"):
        prorate = _prorates(subscription, params)
        trials.change_end(world, subscription, params["trial_end"], prorate=prorate)
    if params.get("billing_cycle_anchor") == "now" and subscription["status"] != "trialing":
        billing.start_period_now(world, subscription, prorate=_prorates(subscription, params))


def resume(world: World, params: dict, subscription_id: str) -> dict:
    """POST /v1/subscriptions/:id/resume"""
    subscription = world.get("subscription", subscription_id)
    if subscription["status"] != "paused":
        refuse("Only a paused subscription can be resumed.", code="resource_missing")
    pausing.resume(
        world,
        subscription,
        anchor=params.get("billing_cycle_anchor", "now"),
        behavior=params.get("proration_behavior", "create_prorations"),
    )
    return subscription


def _schedule_end(world: World, subscription: dict, params: dict) -> None:
    """Set or clear the end of a subscription: at its period's end, or at a given time."""
    if "cancel_at_period_end" in params:
        ends = params["cancel_at_period_end"]
        subscription["cancel_at_period_end"] = ends
        subscription["cancel_at"] = period_end(subscription) if ends else None
        _note_request(world, subscription, ends)
    if "cancel_at" in params:
        moment = params["cancel_at"]
        subscription["cancel_at"] = moment
        _note_request(world, subscription, moment is not None)
        if moment is not None:
            world.agenda.add(moment, billing.end_at, subscription["id"], moment)


def _note_request(world: World, subscription: dict, ends: bool) -> None:
    """`canceled_at` is the time of the request, not of the end."""
    subscription["canceled_at"] = world.now if ends else None
    reason = "cancellation_requested" if ends else None
    subscription["cancellation_details"]["reason"] = reason


def _prorates(subscription: dict, params: dict) -> bool:
    behavior = params.get("proration_behavior", "create_prorations")
    return behavior != "none" and subscription["status"] != "trialing"


def _change_item(world: World, subscription: dict, change: dict, params: dict) -> None:
    """Change, add or delete one item, with credit for the old and a charge for the new."""
    moment = params.get("proration_date") or world.now
    prorates = _prorates(subscription, params) and not _is_metered(world, change)
    if not change.get("id"):
        item = build_item(world, subscription, change)
    else:
        item = world.refer("items[0][id]", "subscription_item", change["id"])
        if not _differs(item, change):
            return
        if prorates:
            proration.credit_unused(world, subscription, item, moment)
        _apply_change(world, subscription, item, change)
    if prorates and not change.get("deleted"):
        proration.charge_remaining(world, subscription, item, moment)


def _is_metered(world: World, change: dict) -> bool:
    """Whether a change is about an item billed by usage, which is never prorated."""
    item = world.store.find("subscription_item", change.get("id"))
    price = world.store.find("price", change.get("price") or change.get("plan"))
    return is_metered(item["price"] if item else price)


def _differs(item: dict, change: dict) -> bool:
    """Whether a change touches what is billed; metadata and taxes alone prorate nothing."""
    price_id = change.get("price") or change.get("plan") or item["price"]["id"]
    quantity = change.get("quantity", item.get("quantity"))
    if "metadata" in change:
        merge_metadata(item, change)
    return bool(
        change.get("deleted") or price_id != item["price"]["id"] or quantity != item.get("quantity")
    )


def _apply_change(world: World, subscription: dict, item: dict, change: dict) -> None:
    if change.get("deleted"):
        subscription["items"]["data"].remove(item)
        world.store.remove(item)
        return
    price_id = change.get("price") or change.get("plan")
    if price_id:
        item["price"] = recurring_price(world, "items[0][price]", price_id)
        set_period(world, subscription, item)
    if "tax_rates" in change:
        item["tax_rates"] = tax_rates(world, change["tax_rates"])
    if "quantity" in change:
        item["quantity"] = change["quantity"]
    if "discounts" in change:
        item["discounts"] = redeem_all(
            world, change["discounts"], subscription["customer"], subscription_item=item["id"]
        )


def _bill_if_asked(world: World, subscription: dict, params: dict) -> None:
    if params.get("proration_behavior") == "always_invoice":
        billing.bill_changes(world, subscription)


def cancel(world: World, params: dict, subscription_id: str) -> dict:
    """DELETE /v1/subscriptions/:id"""
    subscription = world.get("subscription", subscription_id)
    if subscription["status"] in ENDED:
        refuse(f"No such subscription: '{subscription_id}'", code="resource_missing", param="id")
    for part in params.get("cancellation_details") or {}:
        subscription["cancellation_details"][part] = params["cancellation_details"][part]
    billing.cancel(
        world,
        subscription,
        prorate=params.get("prorate", False),
        invoice_now=params.get("invoice_now", False),
    )
    return subscription


PASSED_ON = ("proration_behavior", "proration_date", "payment_behavior")


def _through_subscription(world: World, subscription_id: str, change: dict) -> None:
    passed = {name: change[name] for name in PASSED_ON if name in change}
    update(world, {**passed, "items": [change]}, subscription_id)


def create_item(world: World, params: dict) -> dict:
    """POST /v1/subscription_items"""
    need(params, "subscription")
    subscription = world.refer("subscription", "subscription", params["subscription"])
    _through_subscription(world, subscription["id"], params)
    return subscription["items"]["data"][-1]


def update_item(world: World, params: dict, item_id: str) -> dict:
    """POST /v1/subscription_items/:id"""
    item = world.get("subscription_item", item_id)
    _through_subscription(world, item["subscription"], {**params, "id": item_id})
    return item


def delete_item(world: World, params: dict, item_id: str) -> dict:
    """DELETE /v1/subscription_items/:id"""
    item = world.get("subscription_item", item_id)
    change = {**params, "id": item_id, "deleted": True}
    _through_subscription(world, item["subscription"], change)
    return {"id": item_id, "object": "subscription_item", "deleted": True}


ROUTES = [
    ("POST", "/v1/subscriptions", create, CREATE),
    ("POST", "/v1/subscriptions/:id", update, UPDATE),
    ("DELETE", "/v1/subscriptions/:id", cancel, {"cancellation_details", "invoice_now", "prorate"}),
    ("POST", "/v1/subscriptions/:id/resume", resume,
     {"billing_cycle_anchor", "proration_behavior"}),
    ("POST", "/v1/subscription_items", create_item, ITEM),
    ("POST", "/v1/subscription_items/:id", update_item, ITEM),
    ("DELETE", "/v1/subscription_items/:id", delete_item,
     {"proration_behavior", "proration_date"}),
]  # fmt: skip
