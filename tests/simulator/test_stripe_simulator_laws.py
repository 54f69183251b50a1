"""Laws of the simulator's arithmetic, held for random input."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulator.simulated_business import Business
from tests.stripe_simulator import forms
from tests.stripe_simulator.changes import plain_copy, previous_attributes
from tests.stripe_simulator.clock import (
    add_intervals,
    add_months,
    from_unix,
    period_containing,
    to_unix,
)
from tests.stripe_simulator.ids import IdGenerator
from tests.stripe_simulator.money import allocate, convert, display, half_up, percent_of
from tests.stripe_simulator.proration import remaining_amount, unused_amount
from tests.stripe_simulator.taxes import line_taxes

AMOUNTS = st.integers(-10_000_000, 10_000_000)
PRICES = st.integers(0, 10_000_000)
ANCHORS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC)).map(
    to_unix
)
INTERVALS = st.sampled_from(["day", "week", "month", "year"])


def utc(*parts: int) -> int:
    """Unix seconds of a moment in UTC."""
    return to_unix(datetime(*parts, tzinfo=UTC))


# Calendar


@pytest.mark.parametrize(
    ("anchor", "boundaries"),
    [
        ((2025, 1, 31), [(2025, 2, 28), (2025, 3, 31), (2025, 4, 30)]),
        ((2024, 1, 30), [(2024, 2, 29), (2024, 3, 30), (2024, 4, 30)]),
        ((2025, 12, 15), [(2026, 1, 15), (2026, 2, 15), (2026, 3, 15)]),
    ],
)
def test_months_from_an_anchor(anchor, boundaries):
    found = [add_intervals(utc(*anchor), "month", count) for count in (1, 2, 3)]
    assert found == [utc(*boundary) for boundary in boundaries]


def test_leap_day_comes_back():
    anchor = utc(2024, 2, 29)
    years = [from_unix(add_intervals(anchor, "year", count)) for count in (1, 2, 3, 4)]
    assert [(year.month, year.day) for year in years] == [(2, 28)] * 3 + [(2, 29)]


def test_naive_times_are_refused():
    with pytest.raises(ValueError, match="no time zone"):
        to_unix(datetime(2026, 1, 1))


@given(ANCHORS, INTERVALS, st.integers(1, 6), st.integers(0, 5_000 * 86_400))
def test_periods_tile_time(anchor, interval, count, after):
    moment = anchor + after
    start, end = period_containing(anchor, interval, count, moment)
    assert start <= moment < end
    assert period_containing(anchor, interval, count, end)[0] == end
    assert period_containing(anchor, interval, count, start) == (start, end)


@given(ANCHORS, st.integers(0, 120))
def test_a_boundary_keeps_the_day_or_takes_the_last(anchor, months):
    day = from_unix(anchor).day
    moved = add_months(from_unix(anchor), months)
    following = add_months(moved.replace(day=1), 1)
    last = (following - moved.replace(day=1)).days
    assert moved.day == min(day, last)


# Money


@pytest.mark.parametrize(
    ("value", "rounded"), [("1/2", 1), ("-1/2", -1), ("3/2", 2), ("49/100", 0), ("-149/100", -1)]
)
def test_halves_go_away_from_zero(value, rounded):
    assert half_up(Fraction(value)) == rounded


@given(AMOUNTS, st.decimals(0, 100, places=3))
def test_percentages_are_symmetric(amount, percentage):
    assert percent_of(-amount, percentage) == -percent_of(amount, percentage)


@given(PRICES, st.lists(st.integers(0, 10_000), min_size=1, max_size=12))
def test_allocation_is_exact_and_fair(total, weights):
    parts = allocate(total, weights)
    whole = sum(weights)
    if not whole:
        assert parts == [0] * len(weights)
        return
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, whole)) < 1


def test_conversion_minds_the_exponents():
    assert convert(10_000, "jpy", "usd", Fraction("0.00672")) == 67_20
    assert convert(1_000, "kwd", "usd", Fraction("3.251")) == 3_25
    assert convert(100_00, "eur", "usd", Fraction("1.0845")) == 108_45


def test_amounts_as_people_read_them():
    assert display(1_234_56, "usd") == "$1,234.56"
    assert display(-500, "jpy") == "-JPY 500"
    assert display(1_500, "kwd") == "KWD 1.500"


# Prorations and taxes


@given(PRICES, st.integers(0, 2**31), st.integers(1, 400 * 86_400), st.data())
def test_used_and_unused_make_the_whole(price, start, length, data):
    end = start + length
    moment = data.draw(st.integers(start, end))
    unused = unused_amount(price, start, end, moment)
    used = remaining_amount(Fraction(price), start, end, start + end - moment)
    assert -price <= unused <= 0
    assert abs(used - unused - price) <= 1
    assert unused == -remaining_amount(Fraction(price), start, end, moment)


@given(AMOUNTS, st.lists(st.decimals(0, 30, places=2), min_size=1, max_size=3), st.booleans())
def test_taxes_of_a_credit_mirror_those_of_the_charge(amount, percentages, inclusive):
    rates = [
        {"id": f"txr_{number}", "percentage": percentage, "inclusive": inclusive}
        for number, percentage in enumerate(percentages)
    ]
    charged = [tax["amount"] for tax in line_taxes(amount, rates, "none")]
    credited = [tax["amount"] for tax in line_taxes(-amount, rates, "none")]
    assert credited == [-tax for tax in charged]
    if inclusive:
        assert abs(sum(charged)) <= abs(amount)


CHANGES = st.lists(
    st.tuples(st.integers(1, 27), st.integers(1, 20), st.booleans()), min_size=1, max_size=6
)


@settings(max_examples=40, deadline=None)
@given(CHANGES)
def test_any_changes_of_seats_bill_what_was_used(changes):
    """However often and however billed: within a cent per line of seats times seconds."""
    shop = Business()
    price, length = 31_00, 31 * 86_400
    subscription = shop.subscribe(shop.price(price), quantity=3)
    quantity, since, used = 3, utc(2026, 1, 1), Fraction(0)
    for day, wanted, at_once in sorted(changes):
        shop.advance(2026, 1, day + 1)
        now = shop.simulator.world.now
        used += Fraction(quantity * price * (now - since), length)
        shop.change(
            subscription, "always_invoice" if at_once else "create_prorations", quantity=wanted
        )
        quantity, since = wanted, now
    shop.advance(2026, 2, 2)
    used += Fraction(quantity * price * (utc(2026, 2, 1) - since), length)
    lines = [line for invoice in shop.invoices(subscription) for line in shop.lines(invoice)]
    lines = [line for line in lines if line["period"]["end"] <= utc(2026, 2, 1)]
    assert abs(sum(line["amount"] for line in lines) - used) <= len(lines)


# Requests, changes, identifiers

NAMES = st.text("abcdefgh_", min_size=1, max_size=6).filter(lambda name: name not in forms.INTEGERS)
TREES = st.recursive(
    st.text("xyz é&=[]", min_size=1, max_size=8),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(NAMES, inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(NAMES, TREES, min_size=1, max_size=4))
def test_forms_make_the_round_trip(params):
    assert forms.decode(forms.encode(params)) == params


def test_forms_give_typed_leaves():
    text = "items[0][quantity]=2&expand[]=a&expand[]=b&active=true&metadata[amount]=7&cancel_at="
    assert forms.decode(text) == {
        "items": [{"quantity": 2}],
        "expand": ["a", "b"],
        "active": True,
        "metadata": {"amount": "7"},
        "cancel_at": None,
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=3), JSON))
def test_a_copy_is_equal_and_unchanged(obj):
    copied = plain_copy(obj)
    assert copied == obj
    assert previous_attributes(copied, obj) == {}


def test_previous_attributes_keep_arrays_whole():
    before = {"a": 1, "list": [1, 2], "inner": {"x": 1, "y": 2}, "gone": 5, "same": 0}
    after = {"a": 2, "list": [1, 3], "inner": {"x": 1, "y": 3}, "new": 6, "same": 0}
    assert previous_attributes(before, after) == {
        "a": 1,
        "list": [1, 2],
        "inner": {"y": 2},
        "gone": 5,
        "new": None,
    }


def test_identifiers_are_unique_and_repeatable():
    first = [IdGenerator(1).new("in") for _copy in range(2)]
    ids = IdGenerator(1)
    many = [ids.new("in") for _number in range(2_000)]
    assert first == [many[0]] * 2
    assert len(set(many)) == 2_000
    assert IdGenerator(2).new("in") not in many
