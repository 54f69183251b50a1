"""What becomes of an event of one type.

The *track* keeps what customers feel (access, master data) apart from what the books need, so
that a month start full of invoices never delays a suspension.
"""

from dataclasses import dataclass

SERVICE = "service"
ACCOUNTING = "accounting"


@dataclass(frozen=True, slots=True)
class Route:
    """An event type that becomes a canonical record of type `canonical_type`."""

    canonical_type: str
    track: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event type that is kept but has no effect, with the reason."""

    reason: str
    track: str = SERVICE
