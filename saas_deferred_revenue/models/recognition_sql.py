"""The closed form as SQL expressions, for sets of rows.

Twin of `recognition/`: the same integers, so that a statement over a million segments and the
plain functions agree to the minor unit (a test compares them on thousands of random segments).
Every argument is an SQL expression; `before` is the first day that does not count yet. Expressions
repeat their arguments, so give them columns (`CROSS JOIN LATERAL (… OFFSET 0)` makes some).
"""

from odoo.tools import SQL

from ..recognition.calendar import UNITS_PER_MONTH

#: Minor units × units of time up to which `share` stays in `bigint` (twice this, and a bit).
SAFE_PRODUCT = SQL("4000000000000000000")


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


def minor_units(amount, quantum):
    """An amount in minor units, as `bigint`: arithmetic on it costs a tenth of that on `numeric`.

    :param quantum: the currency's smallest amount
    :raise: "bigint out of range" beyond nine quintillions, a thousand times what Odoo's own floats
        hold exactly
    """
    return SQL("(%s / %s)::bigint", amount, quantum)


def share(minor, served, total):
    """`round_half_away(minor * served / total)` in minor units.

    Only integers are divided, so ties are seen exactly as Python sees them. Where the product
    would leave `bigint`, `numeric` computes the same.
    """
    return SQL(
        "(CASE WHEN %(served)s >= %(total)s THEN %(minor)s WHEN %(served)s <= 0 THEN 0"
        " WHEN abs(%(minor)s) < %(safe)s / %(total)s THEN (2 * %(minor)s * %(served)s"
        " + CASE WHEN %(minor)s < 0 THEN -%(total)s ELSE %(total)s END) / (2 * %(total)s)"
        " ELSE div(2 * %(minor)s::numeric * %(served)s"
        " + CASE WHEN %(minor)s < 0 THEN -%(total)s ELSE %(total)s END, 2 * %(total)s)::bigint"
        " END)",
        minor=minor,
        served=served,
        total=total,
        safe=SAFE_PRODUCT,
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
