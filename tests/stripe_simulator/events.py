"""The log of Event objects: a snapshot of each changed object at the moment of its change."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from .errors import missing

COMPACT = (",", ":")
NONE_PENDING = '"pending_webhooks":0'
"""How every event is recorded, before anybody has to be told."""


@dataclass(slots=True)
class EventRecord:
    """One event; `text` is its JSON, kept as text so that later changes cannot reach it."""

    id: str
    type: str
    created: int
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

    def __init__(self, keep_seconds: int | None = None):
        self.keep_seconds = keep_seconds
        self.total = 0
        """Events ever recorded; each has its ordinal below this."""
        self._records: dict[int, EventRecord] = {}
        self._ordinals: dict[str, int] = {}
        self._oldest = 0

    def add(self, body: dict) -> EventRecord:
        """Record one event."""
        record = EventRecord(
            id=body["id"],
            type=body["type"],
            created=body["created"],
            text=json.dumps(body, separators=COMPACT, ensure_ascii=False),
        )
        self._records[self.total] = record
        self._ordinals[record.id] = self.total
        self.total += 1
        self._forget(record.created)
        return record

    def _forget(self, now: int) -> None:
        if self.keep_seconds is None:
            return
        while self._records[self._oldest].created < now - self.keep_seconds:
            del self._ordinals[self._records.pop(self._oldest).id]
            self._oldest += 1

    def find(self, identifier: str) -> EventRecord | None:
        """One event by id, None when it is unknown or forgotten."""
        return self._records.get(self._ordinals.get(identifier, -1))

    def get(self, identifier: str) -> EventRecord:
        """One event by id, or a 404."""
        record = self.find(identifier)
        if record is None:
            raise missing("event", identifier)
        return record

    def oldest_first(self, after: str | None = None) -> Iterator[EventRecord]:
        """The events kept that happened after the one named, or all."""
        first = self._oldest if after is None else self._ordinals[self.get(after).id] + 1
        return (self._records[ordinal] for ordinal in range(first, self.total))

    def newest_first(self, before: str | None = None) -> Iterator[EventRecord]:
        """The events kept that happened before the one named, or all, the latest first."""
        last = self.total if before is None else self._ordinals[self.get(before).id]
        return (self._records[ordinal] for ordinal in range(last - 1, self._oldest - 1, -1))
