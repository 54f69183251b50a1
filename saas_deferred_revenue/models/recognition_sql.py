"""The closed form as SQL expressions, for sets of rows.

Twin of `recognition/`: the same integers, so that a statement over a million segments and the
plain functions agree to the minor unit (a test compares them on thousands of random segments).
Every argument is an SQL expression; `before` is the first day that does not count yet.
"""

from odoo.tools import SQL

from ..recognition.calendar import UNITS_PER_MONTH


def served_units(method, start, end, before):
    """Units served in `[start, end)` before `before` (see `recognition.calendar`)."""
    clamped = SQL("LEAST(GREATEST(%s, %s), %s)", before, start, end)
    return SQL(
        "(CASE %(method)s"
        " WHEN 'daily' THEN (%(clamped)s - %(start)s)::bigint"
        " WHEN 'monthly' THEN %(position)s - %(start_position)s"
        " WHEN 'full_months' THEN %(started)s"
        " ELSE (%(before)s > %(start)s)::int::bigint END)",
        method=method,
        start=start,
        before=before,
        clamped=clamped,
        position=_month_position(clamped),
        start_position=_month_position(start),
        started=_started_months(start, end, clamped),
    )


def total_units(method, start, end):
    """Units of the whole period."""
    return served_units(method, start, end, end)


def share(amount, served, total, quantum):
    """`round_half_away(amount * served / total)` at the currency's smallest amount `quantum`.

    Only integers are divided (`div` is exact), so ties are seen exactly as Python sees them.
    """
    return SQL(
        "(CASE WHEN %(served)s >= %(total)s THEN %(amount)s WHEN %(served)s <= 0 THEN 0"
        " ELSE sign(%(amount)s) * %(quantum)s * div("
        "2 * round(abs(%(amount)s) / %(quantum)s) * %(served)s + %(total)s, 2 * %(total)s) END)",
        amount=amount,
        served=served,
        total=total,
        quantum=quantum,
    )


def proportion(amount, part, whole, quantum):
    """`round_half_away(amount * part / whole)` for any signs, as `recognition.allocate` rounds."""
    return SQL(
        "(sign(%(amount)s) * sign(%(part)s) * sign(%(whole)s) * %(quantum)s * div("
        "2 * round(abs(%(amount)s) / %(quantum)s) * abs(%(part)s) + abs(%(whole)s),"
        " 2 * abs(%(whole)s)))",
        amount=amount,
        part=part,
        whole=whole,
        quantum=quantum,
    )


def month_index(day):
    """Months since the year 0."""
    return SQL(
        "(EXTRACT(YEAR FROM %(day)s)::bigint * 12 + EXTRACT(MONTH FROM %(day)s)::bigint - 1)",
        day=day,
    )


def _month_position(day):
    return SQL(
        "(%(index)s * %(units)s + (EXTRACT(DAY FROM %(day)s)::bigint - 1) * (%(units)s"
        " / EXTRACT(DAY FROM date_trunc('month', %(day)s::timestamp)"
        " + interval '1 month - 1 day')::bigint))",
        index=month_index(day),
        units=UNITS_PER_MONTH,
        day=day,
    )


def _started_months(start, end, before):
    return SQL(
        "(CASE WHEN %(before)s <= %(start)s THEN 0 ELSE LEAST("
        "%(last)s - %(first)s + 1,"
        " %(final)s - %(first)s + (EXTRACT(DAY FROM %(end)s) > EXTRACT(DAY FROM %(start)s))::int)"
        " END)",
        before=before,
        start=start,
        end=end,
        first=month_index(start),
        last=month_index(SQL("(%s - 1)", before)),
        final=month_index(end),
    )
