"""The laws of the recognition core on random schedules (accounting policy, "Laws")."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from recognition import calendar, closed_form
from recognition.closed_form import Segment
from segment_strategies import AMOUNTS, DAYS, LENGTHS, long_after, segments


@given(st.lists(segments(), min_size=1, max_size=6))
def test_conservation(items):
    everything = sum(s.amount for s in items)
    assert closed_form.recognised_to_date(items, long_after(*items)) == everything
    assert sum(closed_form.by_month(items).values()) == everything


@given(segments(), DAYS)
def test_bounds(segment, day):
    recognised = closed_form.recognised_before(segment, day)
    assert 0 <= recognised * (1 if segment.amount >= 0 else -1) <= abs(segment.amount)


@given(segments(st.integers(0, 10**9)), st.fractions(0, 1), DAYS)
def test_bounds_net_of_a_credit_over_the_same_period(segment, part, day):
    credited = Segment(
        -int(segment.amount * part), segment.start, segment.end, segment.method, segment.booked
    )
    recognised = closed_form.recognised_to_date([segment, credited], day)
    assert 0 <= recognised <= segment.amount + credited.amount


@given(segments(), DAYS, DAYS)
def test_recognised_never_runs_backwards(segment, one, other):
    earlier, later = sorted((one, other))
    sign = 1 if segment.amount >= 0 else -1
    before = closed_form.recognised_before(segment, earlier) * sign
    assert before <= closed_form.recognised_before(segment, later) * sign


@given(st.lists(segments(), min_size=1, max_size=4), st.sets(DAYS, max_size=8), DAYS)
def test_path_independence(items, run_days, last):
    """Posting target minus already posted gives the same sum whatever runs came before."""
    posted = 0
    for day in sorted(d for d in run_days if d <= last):
        posted += closed_form.recognised_to_date(items, day) - posted
    posted += closed_form.recognised_to_date(items, last) - posted
    assert posted == closed_form.recognised_to_date(items, last)


@given(segments(), DAYS)
def test_a_counter_segment_is_exactly_zero_every_day(segment, day):
    counter = Segment(-segment.amount, segment.start, segment.end, segment.method, segment.booked)
    assert closed_form.recognised_to_date([segment, counter], day) == 0


@given(st.sampled_from(calendar.METHODS), DAYS, LENGTHS, DAYS)
def test_served_units_stay_within_the_period(method, start, length, before):
    end = start + timedelta(days=length)
    total = calendar.total_units(method, start, end)
    assert total >= 1
    assert 0 <= calendar.served_units(method, start, end, before) <= total
    assert calendar.served_units(method, start, end, end) == total
    assert calendar.served_units(method, start, end, start) == 0


@given(AMOUNTS, st.lists(AMOUNTS, min_size=1, max_size=8))
def test_allocation_conserves(amount, weights):
    shares = closed_form.allocate(amount, weights)
    assert (shares is None) == (sum(weights) == 0)
    if shares is not None:
        assert sum(shares) == amount


@given(segments(), DAYS)
def test_what_other_books_go_on_with_is_what_the_old_ones_left(segment, cutover):
    """Old recognised + opening remainder = amount, and every later day is what it would be."""
    taken = closed_form.taken_over(segment, cutover)
    old = closed_form.recognised_before(segment, cutover)
    assert old + sum(each.amount for each in taken) == segment.amount
    assert all(each.booked == cutover for each in taken)


@given(segments(), DAYS, DAYS)
def test_months_after_a_cutover_are_those_of_the_whole_story(segment, cutover, day):
    taken = closed_form.taken_over(segment, cutover)
    later = max(cutover, day) + timedelta(days=1)
    old = closed_form.recognised_before(segment, cutover)
    whole = closed_form.recognised_before(segment, later)
    assert old + closed_form.recognised_to_date(taken, later) == whole
