"""Events of the last 30 days."""

from ..clock import DAY
from ..errors import missing
from ..events import EventRecord, subscribed
from ..world import World
from .common import list_object, refuse

LIFETIME = 30 * DAY
LIST = {"created", "ending_before", "limit", "starting_after", "type", "types"}
BOUNDS = {
    "gt": int.__gt__,
    "gte": int.__ge__,
    "lt": int.__lt__,
    "lte": int.__le__,
}


def retrieve(world: World, params: dict, event_id: str) -> dict:
    """GET /v1/events/:id"""
    record = world.log.get(event_id)
    if record.created < world.now - LIFETIME:
        raise missing("event", event_id)
    return record.as_dict()


def list_events(world: World, params: dict) -> dict:
    """GET /v1/events: newest first."""
    records = [record for record in _young(world) if _wanted(record, params)]
    limit = params.get("limit", 10)
    if params.get("ending_before"):
        records = records[: _position(records, params["ending_before"])]
        page = records[max(len(records) - limit, 0) :]
    else:
        cursor = params.get("starting_after")
        records = records[_position(records, cursor) + 1 :] if cursor else records
        page = records[:limit]
    listed = list_object([record.as_dict() for record in page], "/v1/events")
    return {**listed, "has_more": len(page) < len(records)}


def _young(world: World) -> list[EventRecord]:
    young = []
    for record in world.log.newest_first():
        if record.created < world.now - LIFETIME:
            break
        young.append(record)
    return young


def _wanted(record: EventRecord, params: dict) -> bool:
    types = params.get("types") or ([params["type"]] if params.get("type") else ["*"])
    created = params.get("created") or {}
    bounds = created if isinstance(created, dict) else {"gte": created, "lte": created}
    return subscribed(types, record.type) and all(
        BOUNDS[name](record.created, seconds) for name, seconds in bounds.items()
    )


def _position(records: list[EventRecord], cursor: str) -> int:
    for position, record in enumerate(records):
        if record.id == cursor:
            return position
    refuse(f"No such event: '{cursor}'", code="resource_missing")
    return 0


ROUTES = [
    ("GET", "/v1/events", list_events, LIST),
    ("GET", "/v1/events/:id", retrieve, set()),
]
