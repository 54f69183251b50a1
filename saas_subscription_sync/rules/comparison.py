"""Comparing what the biller says with the books: control totals and classed differences."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """One document or movement of money on one side.

    :ivar key: what both sides know it by
    :ivar month: accounting month as (year, month)
    :ivar amount: signed, major units of `currency`
    :ivar owner: what to open to see it: any value, carried through
    """

    key: str
    month: tuple[int, int]
    currency: str
    amount: Decimal
    label: str = ""
    owner: object = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One key whose sides disagree; `kind` is missing, unexpected, duplicate, amount or timing."""

    kind: str
    left: Entry | None
    right: Entry | None
    left_amount: Decimal
    right_amount: Decimal


def totals(entries):
    """Sum of amounts by (month, currency)."""
    sums = defaultdict(Decimal)
    for entry in entries:
        sums[entry.month, entry.currency] += entry.amount
    return dict(sums)


def differences(left, right):
    """Differences between two sides, by key; keys that agree in amount and month give none.

    A key whose amounts agree and whose months do not gives one difference of kind timing.
    """
    left_by_key, right_by_key = _by_key(left), _by_key(right)
    found = []
    for key in sorted(left_by_key.keys() | right_by_key.keys()):
        mine, theirs = left_by_key.get(key, []), right_by_key.get(key, [])
        kind = _kind(mine, theirs)
        if kind:
            found.append(
                Difference(
                    kind=kind,
                    left=mine[0] if mine else None,
                    right=theirs[-1] if theirs else None,
                    left_amount=_sum(mine),
                    right_amount=_sum(theirs),
                )
            )
    return found


def _by_key(entries):
    grouped = defaultdict(list)
    for entry in entries:
        grouped[entry.key].append(entry)
    return grouped


def _sum(entries):
    return sum((entry.amount for entry in entries), Decimal(0))


def _kind(left, right):
    if not right:
        return "missing"
    if not left:
        return "unexpected"
    if _sum(left) != _sum(right):
        return "duplicate" if len(right) > len(left) else "amount"
    if totals(left) != totals(right):
        return "timing"
    return None
