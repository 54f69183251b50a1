"""The closed form: recognised to date is a function of the segments and a day.

Amounts are integers in minor units of their currency (cents, yen, fils); positive is revenue to be
earned, negative takes it back. A month is the difference of two values of the function, so the
months of a segment add up to its amount by construction and no month carries a "remainder".
"""

from dataclasses import dataclass, replace
from datetime import date

from . import calendar


@dataclass(frozen=True)
class Segment:
    """One immutable slice of a schedule: `amount` minor units earned over `[start, end)`.

    It counts from `booked` on, the accounting date of the document that brought it.
    """

    amount: int
    start: date
    end: date
    method: str = "daily"
    booked: date = date.min


def round_half_away(numerator, denominator):
    """`numerator / denominator` to the nearest integer, ties away from zero; exact."""
    quotient = (2 * abs(numerator) + denominator) // (2 * denominator)
    return quotient if numerator >= 0 else -quotient


def share(amount, served, total):
    """The part of `amount` that belongs to `served` of `total` units."""
    return round_half_away(amount * served, total)


def recognised_before(segment, before):
    """Minor units of one segment earned before the day `before`, whenever it was booked."""
    total = calendar.total_units(segment.method, segment.start, segment.end)
    served = calendar.served_units(segment.method, segment.start, segment.end, before)
    return share(segment.amount, served, total)


def taken_over(segment, day):
    """The segments with which other books go on from `day`: the whole, less what was recognised.

    The second has its days before `day`, so every later month is what it would have been.
    """
    whole = replace(segment, booked=day)
    done = recognised_before(segment, day)
    if not done:
        return [whole]
    return [whole, replace(whole, amount=-done, end=min(day, segment.end))]


def recognised_to_date(segments, before):
    """Minor units recognised before the day `before` by the segments booked until then."""
    return sum(recognised_before(s, before) for s in segments if s.booked < before)


def by_month(segments):
    """`{first day of month: minor units}` over the life of the segments.

    A segment booked after its first months brings them in the month in which it was booked.
    """
    segments = list(segments)
    if not segments:
        return {}
    first = min(max(s.start, s.booked) for s in segments)
    last = max(max(s.end, s.booked) for s in segments)
    amounts, before = {}, 0
    for month in calendar.months_between(first, last):
        to_date = recognised_to_date(segments, calendar.next_month(month))
        if to_date != before:
            amounts[month] = to_date - before
        before = to_date
    return amounts


def allocate(amount, weights):
    """`amount` spread over `weights` in proportion, exact to the minor unit.

    Cumulative rounding: each share is the difference of two rounded running totals. Weights may
    have both signs; where they add up to zero there is no proportion and the result is None.
    """
    total = sum(weights)
    if not total:
        return None
    sign = 1 if total > 0 else -1
    shares, running, given = [], 0, 0
    for weight in weights:
        running += weight
        to_date = round_half_away(amount * running * sign, total * sign)
        shares.append(to_date - given)
        given = to_date
    return shares
