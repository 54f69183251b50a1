"""Comparing what the biller says with the books: one month, key by key, every difference classed.

The differences of a month add up to the difference of its totals; what lies in other months only
explains it. Which keys differ at all is found by SQL where there are many (see
`models/reconciliation_comparison.py`); what their difference *is*, is decided here alone.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """One document or movement of money on one side.

    :ivar key: what both sides know it by: `kind:external id`, perhaps with `:part of it`
    :ivar month: accounting month as (year, month)
    :ivar amount: signed, major units of `currency`; 1 where things are counted
    :ivar owner: what to open to see it: any value, carried through
    :ivar state: what both sides must agree on beside the amount, or None
    :ivar day: accounting day, where it is known
    """

    key: str
    month: tuple[int, int]
    currency: str
    amount: Decimal
    label: str = ""
    owner: object = None
    state: str | None = None
    day: date | None = None

    @property
    def external_id(self):
        return self.key.split(":")[1]


@dataclass(frozen=True, slots=True)
class Difference:
    """One key and currency whose sides disagree in the month that was compared.

    :ivar kind: see `KINDS`
    :ivar left: the newest entry of that side in any month, or None
    :ivar left_amount: of the compared month; `left_amount` − `right_amount` explains the totals
    :ivar day: on which it shows: the biller's, or that of the books where the biller has none
    """

    key: str
    currency: str
    kind: str
    left: Entry | None
    right: Entry | None
    left_amount: Decimal
    right_amount: Decimal
    day: date | None = None


#: The kinds of difference that comparing two sides can tell apart, in the order they are tried.
KINDS = {
    "missing": "the books have nothing",
    "unexpected": "the biller has nothing",
    "fx": "the same, in another currency",
    "timing": "the same amount, in another month",
    "duplicate": "the books have it more often",
    "tax_rounding": "within the tolerance for taxes",
    "amount": "another amount",
    "state": "the same amount, in another state",
}


def totals(entries, month):
    """Sum of the amounts of one month by currency."""
    sums = {}
    for each in entries:
        if each.month == month:
            sums[each.currency] = sums.get(each.currency, Decimal(0)) + each.amount
    return sums


def differences(left, right, month, tolerance=Decimal(0)):
    """Differences between two sides in one month, by key and currency.

    :param left: entries of any months
    :param right: entries of any months
    :param tolerance: how much two amounts may differ for `tax_rounding`
    """
    mine, theirs = _grouped(left), _grouped(right)
    found = []
    for key, currency in sorted(mine.keys() | theirs.keys()):
        ours, others = mine.get((key, currency), []), theirs.get((key, currency), [])
        if _agree(ours, others, month):
            continue
        currencies = {name for side in (mine, theirs) for other, name in side if other == key}
        found.append(
            Difference(
                key=key,
                currency=currency,
                kind=_kind(ours, others, month, tolerance, len(currencies) > 1),
                left=ours[-1] if ours else None,
                right=others[-1] if others else None,
                left_amount=_sum(_inside(ours, month)),
                right_amount=_sum(_inside(others, month)),
                day=(_inside(ours, month) or _inside(others, month))[-1].day,
            )
        )
    return found


def _grouped(entries):
    grouped = {}
    for entry in entries:
        grouped.setdefault((entry.key, entry.currency), []).append(entry)
    return grouped


def _inside(entries, month):
    return [each for each in entries if each.month == month]


def _sum(entries):
    return sum((each.amount for each in entries), Decimal(0))


def _state(entries):
    return max((each.state or "" for each in entries), default="")


def _agree(left, right, month):
    """Whether a key needs no line: both sides have it in the month, or neither has."""
    ours, others = _inside(left, month), _inside(right, month)
    if bool(ours) != bool(others):
        return False
    return _sum(ours) == _sum(others) and _state(ours) == _state(others)


def _kind(left, right, month, tolerance, has_other_currency):
    if not (left and right):
        if has_other_currency:
            return "fx"
        return "unexpected" if right else "missing"
    ours, others = _inside(left, month), _inside(right, month)
    if _sum(ours) == _sum(others) and ours and others:
        return "state"
    if _sum(left) == _sum(right):
        return "timing"
    if len(right) > len(left) and _sum(others) != _sum(ours):
        return "duplicate"
    if abs(_sum(left) - _sum(right)) <= tolerance:
        return "tax_rounding"
    return "amount"
