"""Changes of treatment that a person decides: what is added to the segments of a schedule.

A change stops a segment and puts its rest back in another shape (see `additions`): what was earned
before the day of the change stays where it was, the rest moves. The additions of one change add up
to nothing.

==========  ==================================================================================
accelerate  the rest is earned on the day of the change (cancelled, nothing credited)
extend      the rest is earned as much later as the service stood still (paused)
redate      everything is earned over another period (the dates were wrong)
==========  ==================================================================================
"""

from dataclasses import replace
from datetime import date, timedelta

from .additions import MOVED, RELEASED, Addition, stop
from .closed_form import Segment, recognised_before


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
    """Stop every segment that still has something to serve on `day`, and move its rest."""
    additions = stop(segments, day, booked)
    for origin, segment in enumerate(segments):
        if segment.end > day:
            rest = segment.amount - recognised_before(segment, day)
            additions.append(
                Addition(origin, MOVED, moved(replace(segment, booked=booked, amount=rest)))
            )
    return additions
