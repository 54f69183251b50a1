"""Time of the simulation: unix seconds in UTC, and Stripe's calendar arithmetic from an anchor."""

import calendar
from datetime import UTC, datetime, timedelta

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MONTHS_IN = {"month": 1, "year": 12}
DAYS_IN = {"day": 1, "week": 7}


def to_unix(moment: datetime) -> int:
    """Unix seconds of an aware datetime; a naive one is an error because its zone is unknown."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return int(moment.timestamp())


def from_unix(seconds: int) -> datetime:
    """The aware UTC datetime of unix seconds."""
    return datetime.fromtimestamp(seconds, UTC)


def midnight(seconds: int) -> int:
    """The start of the UTC day that holds `seconds`."""
    return seconds - seconds % DAY


def add_months(moment: datetime, months: int) -> datetime:
    """`moment` moved by whole months; a day the month does not have becomes its last day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def add_intervals(anchor: int, interval: str, count: int) -> int:
    """The boundary `count` intervals after `anchor` (before it, when negative)."""
    if interval in DAYS_IN:
        return anchor + int(timedelta(days=DAYS_IN[interval] * count).total_seconds())
    return to_unix(add_months(from_unix(anchor), MONTHS_IN[interval] * count))


def _estimated_periods(anchor: int, interval: str, interval_count: int, moment: int) -> int:
    """Whole periods between `anchor` and `moment`, right to within one."""
    if interval in DAYS_IN:
        return (moment - anchor) // (DAYS_IN[interval] * interval_count * DAY)
    start, end = from_unix(anchor), from_unix(moment)
    months = (end.year - start.year) * 12 + end.month - start.month
    return months // (MONTHS_IN[interval] * interval_count)


def period_containing(
    anchor: int, interval: str, interval_count: int, moment: int
) -> tuple[int, int]:
    """The half-open billing period `[start, end)` on the anchor's grid that holds `moment`.

    Boundaries are always counted from the anchor, so 31 January goes to 28 February and back to
    31 March.
    """
    index = _estimated_periods(anchor, interval, interval_count, moment) - 1
    start = add_intervals(anchor, interval, index * interval_count)
    while True:
        index += 1
        end = add_intervals(anchor, interval, index * interval_count)
        if start <= moment < end:
            return start, end
        start = end
