"""Subscription schedules: shape and requests. What they do is in `schedules`."""

from .. import schedules
from ..world import World
from .common import merge_metadata, metadata, need, refuse
from .price import is_metered
from .tax_rate_lookup import tax_rates

CREATE = {
    "customer", "default_settings", "end_behavior", "from_subscription", "metadata", "phases",
    "start_date",
}  # fmt: skip
UPDATE = {"end_behavior", "metadata", "phases"}
BILLING_MODE = {"flexible": {"proration_discounts": "included"}, "type": "flexible"}


def _phases(world: World, params: list[dict], start: int) -> list[dict]:
    """The phases in a row, each from the end of the one before."""
    phases = []
    for entry in params:
        end = schedules.end_of_phase(start, entry)
        phases.append(_phase(world, entry, start, end))
        start = end
    return phases


def _phase(world: World, params: dict, start: int, end: int) -> dict:
    items = [_item(world, each) for each in params["items"]]
    currency = world.get("price", items[0]["price"])["currency"]
    return {
        "add_invoice_items": [],
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": None,
        "billing_thresholds": None,
        "collection_method": params.get("collection_method"),
        "currency": currency,
        "default_payment_method": params.get("default_payment_method"),
        "default_tax_rates": tax_rates(world, params.get("default_tax_rates")),
        "description": params.get("description"),
        "discounts": [
            {"coupon": each["coupon"], "discount": None, "promotion_code": None}
            for each in params.get("discounts") or ()
        ],
        "end_date": end,
        "invoice_settings": None,
        "items": items,
        "metadata": metadata(params),
        "on_behalf_of": None,
        "proration_behavior": params.get("proration_behavior", "create_prorations"),
        "start_date": start,
        "transfer_data": None,
        "trial_end": end if params.get("trial") else params.get("trial_end"),
    }


def _item(world: World, params: dict) -> dict:
    price = world.refer("phases[0][items][0][price]", "price", params.get("price"))
    return {
        "billing_thresholds": None,
        "discounts": [],
        "metadata": {},
        "price": price["id"],
        "tax_rates": [],
        **({} if is_metered(price) else {"quantity": params.get("quantity", 1)}),
    }


def _settings(params: dict) -> dict:
    days = (params.get("invoice_settings") or {}).get("days_until_due")
    return {
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": "automatic",
        "billing_thresholds": None,
        "collection_method": params.get("collection_method", "charge_automatically"),
        "default_payment_method": params.get("default_payment_method"),
        "description": params.get("description"),
        "invoice_settings": {
            "account_tax_ids": None,
            "custom_fields": None,
            "days_until_due": days,
            "description": None,
            "footer": None,
            "issuer": {"type": "self"},
        },
        "on_behalf_of": None,
        "transfer_data": None,
    }


def create(world: World, params: dict) -> dict:
    """POST /v1/subscription_schedules"""
    if params.get("from_subscription"):
        return _create_from(world, params)
    need(params, "customer", "phases")
    start = params.get("start_date", "now")
    start = world.now if start == "now" else start
    schedule = _build(world, params, _phases(world, params["phases"], start))
    world.create(schedule, "subscription_schedule.created")
    schedules.plan(world, schedule)
    schedules.proceed(world, schedule["id"])
    return schedule


def _create_from(world: World, params: dict) -> dict:
    """Put a running subscription under a schedule, whose only phase is its current period."""
    found = world.refer("from_subscription", "subscription", params["from_subscription"])
    if found["schedule"]:
        refuse("This subscription already has a schedule.", param="from_subscription")
    items = found["items"]["data"]
    entry = {
        "items": [{**schedules.wanted(each), "price": each["price"]["id"]} for each in items],
        "end_date": items[0]["current_period_end"],
    }
    phases = _phases(world, [entry], items[0]["current_period_start"])
    schedule = _build(world, {**params, "customer": found["customer"]}, phases)
    schedule["subscription"] = found["id"]
    world.create(schedule, "subscription_schedule.created")
    with world.updating(found, "customer.subscription.updated"):
        found["schedule"] = schedule["id"]
    schedules.plan(world, schedule)
    schedules.proceed(world, schedule["id"])
    return schedule


def _build(world: World, params: dict, phases: list[dict]) -> dict:
    return {
        "id": world.ids.new("sub_sched"),
        "object": "subscription_schedule",
        "application": None,
        "billing_mode": dict(BILLING_MODE),
        "canceled_at": None,
        "completed_at": None,
        "created": world.now,
        "current_phase": None,
        "customer": params["customer"],
        "default_settings": _settings(params.get("default_settings") or {}),
        "end_behavior": params.get("end_behavior", "release"),
        "livemode": False,
        "metadata": metadata(params),
        "phases": phases,
        "released_at": None,
        "released_subscription": None,
        "status": "not_started",
        "subscription": None,
        "test_clock": None,
    }


def _running(world: World, schedule_id: str) -> dict:
    schedule = world.get("subscription_schedule", schedule_id)
    if schedule["status"] not in ("not_started", "active"):
        refuse(f"This schedule is {schedule['status']}.", code="resource_missing")
    return schedule


def update(world: World, params: dict, schedule_id: str) -> dict:
    """POST /v1/subscription_schedules/:id: all phases are given anew, the current one first."""
    schedule = _running(world, schedule_id)
    with world.updating(schedule, "subscription_schedule.updated"):
        merge_metadata(schedule, params)
        schedule["end_behavior"] = params.get("end_behavior", schedule["end_behavior"])
        if "phases" in params:
            start = schedule["phases"][0]["start_date"]
            schedule["phases"] = _phases(world, params["phases"], start)
    if "phases" in params:
        schedules.plan(world, schedule)
    return schedule


def release(world: World, params: dict, schedule_id: str) -> dict:
    """POST /v1/subscription_schedules/:id/release"""
    schedule = _running(world, schedule_id)
    schedules.release(world, schedule)
    return schedule


def cancel(world: World, params: dict, schedule_id: str) -> dict:
    """POST /v1/subscription_schedules/:id/cancel"""
    schedule = _running(world, schedule_id)
    schedules.cancel(world, schedule)
    return schedule


PATH = "/v1/subscription_schedules"
ROUTES = [
    ("POST", PATH, create, CREATE),
    ("POST", f"{PATH}/:id", update, UPDATE),
    ("POST", f"{PATH}/:id/release", release, set()),
    ("POST", f"{PATH}/:id/cancel", cancel, set()),
]
