"""Trials: how long they are, and what comes after them."""

from . import billing, pausing, proration, standing
from .clock import DAY
from .resources.subscription import set_period
from .world import World

WARNING = 3 * DAY


def plan_warning(world: World, subscription: dict) -> None:
    """Three days before the end, or at once for a shorter trial."""
    due = max(subscription["trial_end"] - WARNING, world.now)
    world.agenda.add(due, warn, subscription["id"], subscription["trial_end"])


def warn(world: World, subscription_id: str, trial_end: int) -> None:
    """Say that the trial ends, if it still does."""
    subscription = world.get("subscription", subscription_id)
    if subscription["status"] == "trialing" and subscription["trial_end"] == trial_end:
        world.emit("customer.subscription.trial_will_end", subscription)


def _pause(world: World, subscription: dict) -> None:
    pausing.pause(world, subscription["id"])


def _cancel(world: World, subscription: dict) -> None:
    standing.end_now(world, subscription, "payment_failed")


WITHOUT_METHOD = {"cancel": _cancel, "pause": _pause}
"""What a trial's end does when there is nothing to charge; otherwise an invoice is made."""


def stops_at_end(world: World, subscription: dict) -> bool:
    """Whether a trial that ends now ends or pauses the subscription."""
    behavior = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    stop = WITHOUT_METHOD.get(behavior)
    if subscription["status"] != "trialing" or stop is None or _has_method(world, subscription):
        return False
    stop(world, subscription)
    return True


def _has_method(world: World, subscription: dict) -> bool:
    customer = world.get("customer", subscription["customer"])
    default = customer["invoice_settings"]["default_payment_method"]
    return bool(subscription["default_payment_method"] or default)


def change_end(world: World, subscription: dict, end: int | str, *, prorate: bool) -> None:
    """End the trial now, move its end, or put a running subscription on trial."""
    if end == "now":
        if subscription["status"] == "trialing":
            subscription.update(trial_end=world.now, status="active")
            billing.start_period_now(world, subscription)
        return
    if subscription["status"] != "trialing":
        for item in subscription["items"]["data"] if prorate else ():
            proration.credit_unused(world, subscription, item, world.now)
        subscription.update(status="trialing", trial_start=world.now)
    subscription.update(trial_end=end, billing_cycle_anchor=end)
    for item in subscription["items"]["data"]:
        set_period(world, subscription, item)
    plan_warning(world, subscription)
