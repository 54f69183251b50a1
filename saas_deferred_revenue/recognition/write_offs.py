"""What of an uncollectible invoice was still to be earned, and how its schedules stop.

The open share of a line is `owed / net`, in minor units of the invoice's currency: what is left to
be paid of it, and what it comes to net of credits.
"""

from dataclasses import replace
from datetime import date

from .additions import KEPT, RELEASED, Addition, stop
from .closed_form import Segment, share

WRITTEN_OFF = "written_off"
KINDS = {RELEASED: WRITTEN_OFF, KEPT: KEPT}


def write_off(
    segments: list[Segment], day: date, booked: date, owed: int, net: int
) -> list[Addition]:
    """The open share of what stops each segment on `day`.

    Together they add up to minus what of it was still to be earned. A segment that is wholly open
    is taken out by its mirror image, so every later month is exactly zero.
    """
    owed, net = min(abs(owed), abs(net)), abs(net)
    if not owed:
        return []
    return [
        Addition(
            each.origin,
            KINDS[each.kind],
            replace(each.segment, amount=share(each.segment.amount, owed, net)),
        )
        for each in stop(segments, day, booked)
    ]


def get_deferred(additions: list[Addition]) -> int:
    """Minor units that were still to be earned, by what takes them out."""
    return -sum(each.segment.amount for each in additions)
