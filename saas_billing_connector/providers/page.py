"""Part of a list of a provider's objects."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Page:
    """Objects as the provider shows them, newest first.

    :ivar after: cursor of the next page, or None where the list ends
    :ivar read_at: Unix seconds by the provider's clock; no object is older than this
    :ivar reached_at: when the oldest of the objects was created (aware), or None where unknown
    """

    objects: list[dict[str, Any]]
    after: str | None
    read_at: int
    reached_at: datetime | None = None
