"""Billing meters and the events that customers' usage reports to them."""

from ..errors import StripeError
from ..lists import page_of
from ..usage import total
from ..world import World
from .common import assign, need, refuse

METER = "billing.meter"
CREATE = {
    "customer_mapping", "default_aggregation", "display_name", "event_name", "event_time_window",
    "value_settings",
}  # fmt: skip


def create(world: World, params: dict) -> dict:
    """POST /v1/billing/meters"""
    need(params, "default_aggregation", "display_name", "event_name")
    if _named(world, params["event_name"]):
        refuse("There is already a meter of this event name.", param="event_name")
    mapping = params.get("customer_mapping") or {}
    value = params.get("value_settings") or {}
    meter = {
        "id": world.ids.new("mtr"),
        "object": METER,
        "created": world.now,
        "customer_mapping": {
            "event_payload_key": mapping.get("event_payload_key", "stripe_customer_id"),
            "type": "by_id",
        },
        "default_aggregation": {"formula": params["default_aggregation"]["formula"]},
        "display_name": params["display_name"],
        "event_name": params["event_name"],
        "event_time_window": params.get("event_time_window"),
        "livemode": False,
        "status": "active",
        "status_transitions": {"deactivated_at": None},
        "updated": world.now,
        "value_settings": {"event_payload_key": value.get("event_payload_key", "value")},
    }
    return world.create(meter, "billing.meter.created")


def _named(world: World, event_name: str) -> dict | None:
    return next((each for each in world.store.all(METER) if each["event_name"] == event_name), None)


def update(world: World, params: dict, meter_id: str) -> dict:
    """POST /v1/billing/meters/:id"""
    meter = world.get(METER, meter_id)
    with world.updating(meter, "billing.meter.updated"):
        assign(meter, params, "display_name")
    return meter


def report(world: World, params: dict) -> dict:
    """POST /v1/billing/meter_events; an identifier reported before is refused."""
    need(params, "event_name", "payload")
    meter = _named(world, params["event_name"])
    if meter is None:
        raise StripeError(f"No active meter found for event name {params['event_name']}.")
    payload, identifier = params["payload"], params.get("identifier") or world.ids.new("mtrev")
    customer = payload.get(meter["customer_mapping"]["event_payload_key"])
    world.refer("payload", "customer", customer)
    if identifier in world.usage_identifiers:
        refuse("An event already exists with this identifier.", param="identifier")
    world.usage_identifiers.add(identifier)
    timestamp = params.get("timestamp", world.now)
    value = int(payload.get(meter["value_settings"]["event_payload_key"], 1))
    world.usage[meter["id"], customer].append((timestamp, value))
    return {
        "object": "billing.meter_event",
        "created": world.now,
        "event_name": params["event_name"],
        "identifier": identifier,
        "livemode": False,
        "payload": {key: str(each) for key, each in payload.items()},
        "timestamp": timestamp,
    }


def summaries(world: World, params: dict, meter_id: str) -> dict:
    """GET /v1/billing/meters/:id/event_summaries: one for the whole time asked for."""
    need(params, "customer", "start_time", "end_time")
    meter = world.get(METER, meter_id)
    start, end = params["start_time"], params["end_time"]
    summary = {
        "id": f"mtrusg_{meter_id}_{start}_{end}",
        "object": "billing.meter_event_summary",
        "aggregated_value": total(world, meter, params["customer"], start, end),
        "end_time": end,
        "livemode": False,
        "meter": meter_id,
        "start_time": start,
    }
    return page_of([summary], f"/v1/billing/meters/{meter_id}/event_summaries", {})


PATH = "/v1/billing/meters"
ROUTES = [
    ("POST", PATH, create, CREATE),
    ("POST", f"{PATH}/:id", update, {"display_name"}),
    ("POST", "/v1/billing/meter_events", report,
     {"event_name", "identifier", "payload", "timestamp"}),
    ("GET", f"{PATH}/:id/event_summaries", summaries, {"customer", "end_time", "start_time"}),
]  # fmt: skip
