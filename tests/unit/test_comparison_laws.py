"""The laws of comparing two sides: every difference has a line, and the lines add up."""

import sys
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[2] / "saas_subscription_sync"))

from rules.comparison import KINDS, Entry, differences, totals

MONTHS = [(2026, 1), (2026, 2)]
ENTRIES = st.lists(
    st.builds(
        Entry,
        key=st.sampled_from([f"invoice:in_{number}" for number in range(4)]),
        month=st.sampled_from(MONTHS),
        currency=st.sampled_from(["EUR", "USD"]),
        amount=st.integers(-300, 300).map(lambda cents: Decimal(cents) / 100),
        state=st.sampled_from([None, "open"]),
    ),
    max_size=12,
)


@given(ENTRIES, ENTRIES, st.sampled_from(MONTHS))
def test_differences_add_up_to_that_of_the_totals(left, right, month):
    found = differences(left, right, month)
    mine, theirs = totals(left, month), totals(right, month)
    for currency in ("EUR", "USD"):
        explained = sum(
            each.left_amount - each.right_amount for each in found if each.currency == currency
        )
        assert explained == mine.get(currency, 0) - theirs.get(currency, 0)
    assert {each.kind for each in found} <= KINDS.keys()


@given(ENTRIES, st.randoms(), st.sampled_from(MONTHS))
def test_sides_that_are_equal_differ_in_nothing_in_any_order(entries, generator, month):
    other = list(entries)
    generator.shuffle(other)
    assert {each.kind for each in differences(entries, other, month)} <= {"state"}


@given(ENTRIES, ENTRIES, st.sampled_from(MONTHS))
def test_both_sides_see_the_same_keys(left, right, month):
    there = {(each.key, each.currency) for each in differences(left, right, month)}
    back = {(each.key, each.currency) for each in differences(right, left, month)}
    assert there == back
