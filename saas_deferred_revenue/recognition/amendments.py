"""Changes of treatment that a person decides: what is added to the segments of a schedule.

Nothing is ever overwritten. A change takes a segment out by its mirror image, which cancels it to
the minor unit on every day, and puts its amount back in another shape: what was earned before the
day of the change stays where it was, the rest moves. So every later month of a stopped schedule is
exactly zero, and the additions of one change add up to nothing.

==========  ==================================================================================
accelerate  the rest is earned on the day of the change (cancelled, nothing credited)
extend      the rest is earned as much later as the service stood still (paused)
redate      everything is earned over another period (the dates were wrong)
==========  ==================================================================================
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from .closed_form import Segment, recognised_before

RELEASED, KEPT, MOVED = "released", "kept", "moved"


@dataclass(frozen=True)
class Addition:
    """A segment to add because of `origin`, the position of the segment that changes.

    :ivar kind: released (the mirror image), kept (earned before the change) or moved (the rest)
    """

    origin: int
    kind: str
    segment: Segment


def accelerate(segments: list[Segment], day: date, booked: date) -> list[Addition]:
    """What is not earned by the beginning of `day` is earned on it."""

    def moved(segment):
        return replace(segment, start=day, end=day + timedelta(days=1), method="point_in_time")

    return _move_rest(segments, day, booked, moved)


def extend(segments: list[Segment], day: date, until: date, booked: date) -> list[Addition]:
    """The service stood still from `day` until it went on on `until`; its rest shifts by that.

    :raise ValueError: when it went on before it stood still
    """
    if until <= day:
        raise ValueError(f"a pause from {day} to {until} has no days")

    def moved(segment):
        pause = until - day
        return replace(segment, start=max(segment.start, day) + pause, end=segment.end + pause)

    return _move_rest(segments, day, booked, moved)


def redate(segments: list[Segment], start: date, end: date, booked: date) -> list[Addition]:
    """Everything is earned over `[start, end)`.

    :raise ValueError: when that serves no day
    """
    if end <= start:
        raise ValueError(f"no day is served from {start} to {end}")
    additions = []
    for origin, segment in enumerate(segments):
        whole = replace(segment, booked=booked)
        if (segment.start, segment.end) != (start, end):
            additions += [
                Addition(origin, RELEASED, replace(whole, amount=-segment.amount)),
                Addition(origin, MOVED, replace(whole, start=start, end=end)),
            ]
    return additions


def _move_rest(segments, day, booked, moved):
    """Additions for every segment that still has something to serve on `day`."""
    additions = []
    for origin, segment in enumerate(segments):
        if segment.end > day:
            earned = recognised_before(segment, day)
            whole = replace(segment, booked=booked)
            additions += [
                Addition(origin, RELEASED, replace(whole, amount=-segment.amount)),
                Addition(origin, MOVED, moved(replace(whole, amount=segment.amount - earned))),
            ]
            if segment.start < day:
                kept = replace(whole, amount=earned, end=day)
                additions.append(Addition(origin, KEPT, kept))
    return additions
