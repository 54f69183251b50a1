"""What is added to the segments of a schedule because something has changed.

Nothing is ever overwritten. A change takes a segment out by its mirror image, which cancels it to
the minor unit on every day, and puts back what stays: what was earned before the day of the change
keeps its days. So every later month of a stopped schedule is exactly zero.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from . import calendar
from .closed_form import Segment, recognised_before, round_half_away

RELEASED, KEPT, MOVED = "released", "kept", "moved"
AT_ONCE = ("point_in_time", "on_usage")


@dataclass(frozen=True)
class Addition:
    """A segment to add because of `origin`, the position of the segment that changes.

    :ivar kind: released (the mirror image), kept (earned before the change) or moved (the rest)
    """

    origin: int
    kind: str
    segment: Segment


def stop(segments, day, booked):
    """Additions after which nothing is earned from `day` on: mirror images and what was earned.

    They add up to minus what was still to come.
    """
    additions = []
    for origin, segment in enumerate(segments):
        if segment.end > day:
            whole = replace(segment, booked=booked)
            released = replace(whole, amount=-segment.amount)
            additions.append(Addition(origin, RELEASED, released))
            if segment.start < day:
                kept = replace(whole, amount=recognised_before(segment, day), end=day)
                additions.append(Addition(origin, KEPT, kept))
    return additions


def at_once(amount, day):
    """A segment earned wholly on `day`, and booked then."""
    return Segment(amount, day, day + timedelta(days=1), "point_in_time", day)


def is_running(segment, day):
    """Whether a segment has still something to serve on `day`.

    What is earned at once on that very day has been served: a further change of the same day
    counts it as earned.
    """
    if segment.method in AT_ONCE:
        return segment.start > day
    served = calendar.served_units(segment.method, segment.start, segment.end, day)
    return served < calendar.total_units(segment.method, segment.start, segment.end)


def earned_before(segment, day):
    """Minor units earned before `day`, and at once on it."""
    return recognised_before(segment, day) if is_running(segment, day) else segment.amount


def whole_of(rest, served, total):
    """The amount of which exactly `rest` is to come after `served` of `total` units.

    What is to come of an amount climbs with it in steps of at most one, so every rest has one.
    """
    return round_half_away(rest * total, total - served)
