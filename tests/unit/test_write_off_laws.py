"""Laws of write-offs, on random schedules and random open shares."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from recognition import closed_form, write_offs
from segment_strategies import DAYS, segments

SCHEDULES = st.lists(segments(), min_size=1, max_size=4)
AMOUNTS = st.integers(1, 10**9)


def get_later_days(before, day):
    start = max([day, *(segment.booked for segment in before)]) + timedelta(days=1)
    return [start + timedelta(days=days) for days in (0, 1, 31, 400, 4000)]


@given(SCHEDULES, DAYS, AMOUNTS)
def test_wholly_open_every_later_month_is_exactly_zero(before, day, net):
    added = write_offs.write_off(before, day, day, net, net)
    after = [*before, *(each.segment for each in added)]
    earned = sum(closed_form.recognised_before(segment, day) for segment in before)
    for on in get_later_days(before, day):
        assert closed_form.recognised_to_date(after, on) == earned


@given(SCHEDULES, DAYS, AMOUNTS)
def test_wholly_open_all_that_was_still_to_be_earned_leaves(before, day, net):
    added = write_offs.write_off(before, day, day, net, net)
    rest = sum(s.amount - closed_form.recognised_before(s, day) for s in before)
    assert write_offs.get_deferred(added) == rest


@given(SCHEDULES, DAYS, AMOUNTS, AMOUNTS)
def test_it_never_takes_more_than_is_there(before, day, owed, net):
    for segment in before:
        added = write_offs.write_off([segment], day, day, owed, net)
        rest = segment.amount - closed_form.recognised_before(segment, day)
        deferred = write_offs.get_deferred(added)
        # Each of both segments is rounded on its own.
        assert abs(deferred) <= abs(rest) + 1
        assert deferred * rest >= 0 or abs(deferred) == 1


@given(SCHEDULES, DAYS, AMOUNTS, AMOUNTS)
def test_mirrored_it_is_as_if_nothing_had_been(before, day, owed, net):
    added = write_offs.write_off(before, day, day, owed, net)
    for each in added:
        mirror = closed_form.Segment(
            -each.segment.amount, each.segment.start, each.segment.end, each.segment.method, day
        )
        for on in get_later_days(before, day):
            assert not closed_form.recognised_to_date([each.segment, mirror], on)


@given(SCHEDULES, DAYS, AMOUNTS)
def test_what_is_paid_is_not_written_off(before, day, net):
    assert write_offs.write_off(before, day, day, 0, net) == []
