"""How much of a service period has been served by a given day, in integer units.

A period is half-open: `start` is the first day served, `end` the first day not served any more.
`before` is the first day that does not count yet, so "by the end of day d" is `before = d + 1`.

Each method measures time with its own integer unit, so that a share `served / total` is exact:

==============  =============================================================================
daily           a day
monthly         a 1/377580 of a calendar month: full months are equal, the first and the last
                one count by their days
full_months     a calendar month, counted whole from its first day of service
point_in_time   the first day of service, all at once
on_usage        as point_in_time: usage is billed in arrears, nothing is left to defer
==============  =============================================================================
"""

from datetime import date, timedelta

UNITS_PER_MONTH = 377_580
"""The least common multiple of 28, 29, 30 and 31: a day of any month is a whole number of units."""


def month_index(day):
    """Months since the year 0; consecutive months differ by one."""
    return day.year * 12 + day.month - 1


def first_of_month(index):
    """The first day of the month with this index."""
    return date(index // 12, index % 12 + 1, 1)


def month_start(day):
    return day.replace(day=1)


def next_month(day):
    """The first day of the month after that of `day`."""
    return first_of_month(month_index(day) + 1)


def days_in_month(day):
    return (next_month(day) - month_start(day)).days


def months_between(first, last):
    """First days of the months from that of `first` to that of `last`, both included."""
    return [first_of_month(i) for i in range(month_index(first), month_index(last) + 1)]


def served_units(method, start, end, before):
    """Units served in `[start, end)` before the day `before`, from 0 to `total_units`."""
    return _MEASURES[method](start, end, min(max(before, start), end))


def total_units(method, start, end):
    """Units of the whole period, at least 1.

    :raise ValueError: when the period serves no day
    """
    if end <= start:
        raise ValueError(f"no day is served from {start} to {end}")
    return served_units(method, start, end, end)


def _days(start, _end, before):
    return (before - start).days


def _month_fractions(start, _end, before):
    return _month_position(before) - _month_position(start)


def _month_position(day):
    """Units from the year 0 to the beginning of `day`."""
    units_per_day = UNITS_PER_MONTH // days_in_month(day)
    return month_index(day) * UNITS_PER_MONTH + (day.day - 1) * units_per_day


def _started_months(start, end, before):
    """Calendar months begun, at most the length of the period in months rounded up.

    A year from 15 January touches thirteen calendar months and is twelve months long: the
    thirteenth counts nothing.
    """
    if before <= start:
        return 0
    length = month_index(end) - month_index(start) + (end.day > start.day)
    begun = month_index(before - timedelta(days=1)) - month_index(start) + 1
    return min(begun, length)


def _at_start(start, _end, before):
    return int(before > start)


_MEASURES = {
    "daily": _days,
    "monthly": _month_fractions,
    "full_months": _started_months,
    "point_in_time": _at_start,
    "on_usage": _at_start,
}
METHODS = tuple(_MEASURES)
