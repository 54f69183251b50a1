"""The log of Event objects: a snapshot of each changed object at the moment of its change."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from .errors import missing
from .ids import IdGenerator

COMPACT = (",", ":")
NONE_PENDING = '"pending_webhooks":0'
"""How every event is recorded, before anybody has to be told."""


@dataclass(slots=True)
class EventRecord:
    """One event; `text` is its JSON, kept as text so that later changes cannot reach it."""

    id: str
    type: str
    created: int
    customer: str | None
    text: str
    waiting: set[str] = field(default_factory=set)
    """Endpoints that have not acknowledged it."""

    def as_dict(self) -> dict:
        """The event as the API shows it now."""
        return {**json.loads(self.text), "pending_webhooks": len(self.waiting)}

    def text_now(self) -> str:
        """The same as JSON text, without reading and writing the whole of it."""
        before, _pending, after = self.text.rpartition(NONE_PENDING)
        return f'{before}"pending_webhooks":{len(self.waiting)}{after}'


def event_body(
    identifier: str,
    event_type: str,
    obj: dict,
    *,
    created: int,
    api_version: str,
    request: dict,
    previous: dict | None = None,
) -> dict:
    """An Event object."""
    data = {"object": obj}
    if previous is not None:
        data["previous_attributes"] = previous
    return {
        "id": identifier,
        "object": "event",
        "api_version": api_version,
        "created": created,
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": request,
        "type": event_type,
    }


def subscribed(enabled: list[str], event_type: str) -> bool:
    """Whether a webhook endpoint with these `enabled_events` wants the type."""
    return any(fnmatchcase(event_type, pattern) for pattern in enabled)


class EventLog:
    """Events in order of happening, forgotten after `keep_seconds` of simulated time if given."""

    def __init__(self, ids: IdGenerator, keep_seconds: int | None = None):
        self.ids = ids
        self.keep_seconds = keep_seconds
        self.records: dict[str, EventRecord] = {}
        self.total = 0

    def add(self, body: dict) -> EventRecord:
        """Record one event."""
        obj = body["data"]["object"]
        customer = obj["id"] if obj.get("object") == "customer" else obj.get("customer")
        record = EventRecord(
            id=body["id"],
            type=body["type"],
            created=body["created"],
            customer=customer,
            text=json.dumps(body, separators=COMPACT, ensure_ascii=False),
        )
        self.records[record.id] = record
        self.total += 1
        self._forget(record.created)
        return record

    def _forget(self, now: int) -> None:
        if self.keep_seconds is None:
            return
        oldest = next(iter(self.records.values()))
        while oldest.created < now - self.keep_seconds:
            del self.records[oldest.id]
            oldest = next(iter(self.records.values()))

    def get(self, identifier: str) -> EventRecord:
        """One event by id."""
        if identifier not in self.records:
            raise missing("event", identifier)
        return self.records[identifier]

    def newest_first(self) -> Iterator[EventRecord]:
        """Every event kept, the latest first."""
        return reversed(self.records.values())
