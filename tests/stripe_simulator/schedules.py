"""Subscription schedules: phases with their own prices, one after the other."""

from . import standing
from .clock import add_intervals
from .errors import StripeError
from .resources import subscription_api
from .resources.price import recurring_price
from .resources.subscription import build_item, period_end
from .world import World

PASSED_ON = ("collection_method", "default_payment_method", "default_tax_rates", "description")
"""Fields of a phase that its subscription takes over."""


def end_of_phase(start: int, params: dict) -> int:
    """When a phase ends: at a time, or after a duration."""
    if params.get("end_date"):
        return params["end_date"]
    duration = params.get("duration")
    if not duration:
        raise StripeError("A phase needs an end_date or a duration.", param="phases")
    return add_intervals(start, duration["interval"], duration.get("interval_count", 1))


def plan(world: World, schedule: dict) -> None:
    """Put the start of every phase and the end on the agenda."""
    for moment in (schedule["phases"][0]["start_date"], *_ends(schedule)):
        if moment > world.now:
            world.agenda.add(moment, proceed, schedule["id"])


def _ends(schedule: dict) -> list[int]:
    return [phase["end_date"] for phase in schedule["phases"]]


def proceed(world: World, schedule_id: str) -> None:
    """Enter the phase whose time has come, or finish; phases may have changed meanwhile.

    A renewal of the same second asks for this first, so that it bills the new phase.
    """
    schedule = world.get("subscription_schedule", schedule_id)
    if schedule["status"] not in ("not_started", "active"):
        return
    if _ends(schedule)[-1] <= world.now:
        finish(world, schedule)
    for phase in schedule["phases"]:
        if phase["start_date"] <= world.now < phase["end_date"]:
            _enter(world, schedule, phase)


def _enter(world: World, schedule: dict, phase: dict) -> None:
    current = schedule["current_phase"]
    if current and current["start_date"] == phase["start_date"]:
        return
    with world.updating(schedule, "subscription_schedule.updated"):
        schedule["status"] = "active"
        schedule["current_phase"] = {
            "end_date": phase["end_date"],
            "start_date": phase["start_date"],
        }
        if schedule["subscription"] is None:
            schedule["subscription"] = _subscribe(world, schedule, phase)["id"]
        elif current:
            _change(world, world.get("subscription", schedule["subscription"]), phase)


def wanted(item: dict) -> dict:
    """Price and quantity of an item; one billed by usage has no quantity."""
    return {name: item[name] for name in ("price", "quantity") if name in item}


def _subscribe(world: World, schedule: dict, phase: dict) -> dict:
    params = {name: phase[name] for name in PASSED_ON if phase[name] is not None}
    params["default_tax_rates"] = [rate["id"] for rate in phase["default_tax_rates"]]
    params["items"] = [wanted(item) for item in phase["items"]]
    params["discounts"] = [{"coupon": each["coupon"]} for each in phase["discounts"]]
    params["metadata"] = dict(phase["metadata"])
    if phase["trial_end"]:
        params["trial_end"] = phase["trial_end"]
    if phase["collection_method"] == "send_invoice":
        params["days_until_due"] = schedule["default_settings"]["invoice_settings"][
            "days_until_due"
        ]
    params = {**params, "customer": schedule["customer"], "schedule": schedule["id"]}
    return subscription_api.create(world, params)


def _change(world: World, subscription: dict, phase: dict) -> None:
    """Put the phase's items in place of the old ones, by position."""
    if period_end(subscription) <= world.now:
        _change_at_renewal(world, subscription, phase)
        return
    old, new = subscription["items"]["data"], phase["items"]
    changes = [{"id": item["id"]} for item in old[: len(new)]]
    changes += [{} for _extra in new[len(old) :]]
    for change, item in zip(changes, new, strict=True):
        change.update(wanted(item))
    changes += [{"id": item["id"], "deleted": True} for item in old[len(new) :]]
    params = {"items": changes, "proration_behavior": phase["proration_behavior"]}
    subscription_api.update(world, params, subscription["id"])


def _change_at_renewal(world: World, subscription: dict, phase: dict) -> None:
    """Between two periods nothing is prorated: the renewal of this second bills the new items."""
    items, following = subscription["items"]["data"], phase["items"]
    with world.updating(subscription, "customer.subscription.updated"):
        for item in items[len(following) :]:
            items.remove(item)
            world.store.remove(item)
        for item, entry in zip(items, following, strict=False):
            item["price"] = recurring_price(world, "items[0][price]", entry["price"])
            item.update({**wanted(entry), "price": item["price"]})
        for entry in following[len(items) :]:
            item = build_item(world, subscription, wanted(entry))
            item.update(current_period_start=world.now, current_period_end=world.now)


def finish(world: World, schedule: dict) -> None:
    """After the last phase the subscription goes on by itself, or ends."""
    if schedule["end_behavior"] == "release":
        release(world, schedule)
        return
    subscription = world.get("subscription", schedule["subscription"])
    if subscription["ended_at"] is None:
        standing.end_now(world, subscription, "cancellation_requested")
    with world.updating(schedule, "subscription_schedule.updated"):
        schedule.update(status="completed", completed_at=world.now, current_phase=None)
    world.emit("subscription_schedule.completed", schedule)


def release(world: World, schedule: dict) -> None:
    """Let the subscription go on without its schedule."""
    subscription = world.store.find("subscription", schedule["subscription"])
    with world.updating(schedule, "subscription_schedule.updated"):
        schedule.update(
            status="released",
            released_at=world.now,
            released_subscription=schedule["subscription"],
            subscription=None,
            current_phase=None,
        )
    world.emit("subscription_schedule.released", schedule)
    if subscription is not None:
        with world.updating(subscription, "customer.subscription.updated"):
            subscription["schedule"] = None


def cancel(world: World, schedule: dict) -> None:
    """End schedule and subscription at once."""
    subscription = world.store.find("subscription", schedule["subscription"])
    if subscription is not None and subscription["ended_at"] is None:
        standing.end_now(world, subscription, "cancellation_requested")
    with world.updating(schedule, "subscription_schedule.updated"):
        schedule.update(status="canceled", canceled_at=world.now, current_phase=None)
    world.emit("subscription_schedule.canceled", schedule)
