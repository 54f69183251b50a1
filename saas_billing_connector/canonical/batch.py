"""Changes that are processed together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .errors import Outcome


@dataclass(slots=True, eq=False)
class Change:
    """One received event, normalised.

    :ivar event: the `saas.billing.event` row (a record; opaque to the core)
    :ivar external_id: the provider's id of the event
    :ivar type: what happened to what, such as `subscription.created` (see `Adapter.happened`)
    :ivar occurred_at: when the provider says it happened (aware, one-second resolution)
    :ivar record: the canonical snapshot
    :ivar previous: the snapshot before the change, where the event tells it
    :ivar version: sorts snapshots of one object from old to new
    """

    event: Any
    external_id: str
    type: str
    occurred_at: datetime
    record: Any
    version: str
    previous: Any = None
    outcome: Outcome | None = None

    def reject(self, outcome: Outcome) -> None:
        """End this change without effect; the rest of its batch goes on."""
        self.outcome = outcome


@dataclass(slots=True)
class Batch:
    """Changes of one canonical type under one connection, oldest first."""

    connection: Any
    changes: list[Change] = field(default_factory=list)

    def __iter__(self) -> Iterator[Change]:
        """The changes that nobody has rejected yet."""
        return iter([change for change in self.changes if change.outcome is None])

    def __len__(self) -> int:
        return sum(change.outcome is None for change in self.changes)

    def by_object(self) -> dict[str, list[Change]]:
        """Changes that are still open, by external id of their object, oldest version first."""
        grouped: dict[str, list[Change]] = {}
        for change in sorted(self, key=lambda each: each.version):
            grouped.setdefault(change.record.external_id, []).append(change)
        return grouped

    def reject(self, changes: Iterable[Change], outcome: Outcome) -> None:
        """End several changes alike."""
        for change in changes:
            change.reject(outcome)
