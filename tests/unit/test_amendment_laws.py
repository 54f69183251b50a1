"""Laws of changes that a person decides, on random schedules."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recognition import amendments, closed_form
from recognition.closed_form import Segment
from segment_strategies import DAYS, LENGTHS, long_after, segments

SCHEDULES = st.lists(segments(), min_size=1, max_size=4)


@st.composite
def changes(draw):
    """(segments, day of the change, segments with its additions)."""
    before = draw(SCHEDULES)
    day, days = draw(DAYS), timedelta(days=draw(LENGTHS))
    booked = draw(DAYS)
    added = draw(
        st.sampled_from(
            [
                lambda: amendments.accelerate(before, day, booked),
                lambda: amendments.extend(before, day, day + days, booked),
                lambda: amendments.redate(before, day, day + days, booked),
            ]
        )
    )()
    return before, day, [*before, *(each.segment for each in added)]


@given(changes())
def test_a_change_conserves_what_is_earned_in_the_end(change):
    before, _day, after = change
    end = long_after(*after)
    assert closed_form.recognised_to_date(after, end) == sum(each.amount for each in before)


@given(changes())
def test_before_it_is_booked_a_change_changes_nothing(change):
    before, _day, after = change
    for addition in after[len(before) :]:
        until = addition.booked
        assert closed_form.recognised_to_date(after, until) == closed_form.recognised_to_date(
            before, until
        )


@given(SCHEDULES, DAYS, DAYS)
def test_after_an_acceleration_every_month_is_exactly_zero(before, day, booked):
    added = amendments.accelerate(before, day, booked)
    running = [s for s in before if s.end > day]
    after = [*running, *(each.segment for each in added)]
    start = max([day, booked, *(s.booked for s in running)]) + timedelta(days=1)
    for days in (0, 1, 31, 400, 4000):
        on = start + timedelta(days=days)
        assert closed_form.recognised_to_date(after, on) == sum(s.amount for s in running)


@given(segments(st.integers(0, 10**9)), DAYS, DAYS, LENGTHS)
def test_an_accelerated_schedule_stays_within_what_was_billed(segment, day, on, days):
    booked = max(segment.booked, day)
    added = amendments.accelerate([segment], day, booked)
    after = [segment, *(each.segment for each in added)]
    recognised = closed_form.recognised_to_date(after, on)
    assert 0 <= recognised <= segment.amount


@given(segments(st.integers(0, 10**9)), DAYS, LENGTHS)
def test_nothing_is_earned_while_the_service_stands_still(segment, day, days):
    until = day + timedelta(days=days)
    added = amendments.extend([segment], day, until, segment.booked)
    after = [segment, *(each.segment for each in added)]
    first = max(day, segment.booked + timedelta(days=1))
    if first < until:
        earned = closed_form.recognised_before(segment, day)
        assert closed_form.recognised_to_date(after, first) == earned
        assert closed_form.recognised_to_date(after, until) == earned


@given(SCHEDULES, DAYS, LENGTHS)
def test_new_dates_earn_as_if_they_had_always_been_there(before, start, days):
    """Nothing is left of the old period, to the minor unit, on any day."""
    end, booked = start + timedelta(days=days), min(s.booked for s in before)
    added = amendments.redate(before, start, end, booked)
    after = [*before, *(each.segment for each in added)]
    right = [Segment(s.amount, start, end, s.method, s.booked) for s in before]
    last = max(s.booked for s in before)
    for days_later in (1, 40, 500, 5000):
        on = last + timedelta(days=days_later)
        assert closed_form.recognised_to_date(after, on) == closed_form.recognised_to_date(
            right, on
        )


def test_a_pause_or_a_period_without_days_is_refused():
    first, third = date(2026, 1, 1), date(2026, 1, 3)
    with pytest.raises(ValueError, match="has no days"):
        amendments.extend([], third, third, first)
    with pytest.raises(ValueError, match="no day is served"):
        amendments.redate([], third, third, first)


def test_published_case_cancelled_and_accelerated():
    """90.00 over a quarter, cancelled on 1 February: January as it was, the rest in February."""
    quarter = Segment(9000, date(2026, 1, 1), date(2026, 4, 1), "daily", date(2026, 1, 1))
    added = amendments.accelerate([quarter], date(2026, 2, 1), date(2026, 2, 1))
    months = closed_form.by_month([quarter, *(each.segment for each in added)])
    assert list(months.values()) == [3100, 5900]


def test_published_case_paused_for_february():
    quarter = Segment(9000, date(2026, 1, 1), date(2026, 4, 1), "daily", date(2026, 1, 1))
    added = amendments.extend([quarter], date(2026, 2, 1), date(2026, 3, 1), date(2026, 2, 1))
    months = closed_form.by_month([quarter, *(each.segment for each in added)])
    assert months == {date(2026, 1, 1): 3100, date(2026, 3, 1): 3100, date(2026, 4, 1): 2800}
