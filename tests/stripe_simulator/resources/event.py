"""Events of the last 30 days."""

from itertools import islice, takewhile

from ..clock import DAY
from ..errors import missing
from ..events import EventRecord, subscribed
from ..lists import BOUNDS
from ..world import World
from .common import list_object

LIFETIME = 30 * DAY
LIST = {"created", "ending_before", "limit", "starting_after", "type", "types"}


def retrieve(world: World, params: dict, event_id: str) -> dict:
    """GET /v1/events/:id"""
    record = world.log.get(event_id)
    if record.created < world.now - LIFETIME:
        raise missing("event", event_id)
    return record.as_dict()


def list_events(world: World, params: dict) -> dict:
    """GET /v1/events: newest first."""
    limit, newer = params.get("limit", 10), params.get("ending_before")
    oldest = world.now - LIFETIME
    if newer:
        candidates = world.log.oldest_first(newer)
    else:
        younger = world.log.newest_first(params.get("starting_after"))
        candidates = takewhile(lambda record: record.created >= oldest, younger)
    wanted = (record for record in candidates if _wanted(record, params))
    found = list(islice(wanted, limit + 1))
    page = [record.as_dict() for record in found[:limit]]
    listed = list_object(page[::-1] if newer else page, "/v1/events")
    return {**listed, "has_more": len(found) > limit}


def _wanted(record: EventRecord, params: dict) -> bool:
    types = params.get("types") or ([params["type"]] if params.get("type") else ["*"])
    created = params.get("created") or {}
    bounds = created if isinstance(created, dict) else {"gte": created, "lte": created}
    return subscribed(types, record.type) and all(
        BOUNDS[name](record.created, seconds) for name, seconds in bounds.items()
    )


ROUTES = [
    ("GET", "/v1/events", list_events, LIST),
    ("GET", "/v1/events/:id", retrieve, set()),
]
