"""Laws of credits that stop or lower what is to come, on random schedules and credits."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recognition import additions, closed_form, credits
from recognition.closed_form import Segment
from segment_strategies import DAYS, LENGTHS, segments

POLICIES = st.sampled_from((credits.PROSPECTIVE, credits.IMMEDIATE))
SIGNS = st.sampled_from((1, -1))
#: Rates between the currencies, in hundredths.
RATES = st.integers(1, 1000)


class Books:
    """A schedule with all that credits have added, in both currencies."""

    def __init__(self, own, company):
        self.own, self.company = list(own), list(company)
        self.out = set()

    def credit(self, policy, amount, company_amount, day):
        effective = [i for i in range(len(self.own)) if i not in self.out]
        changes = credits.take_back(
            policy,
            [self.own[i] for i in effective],
            [self.company[i] for i in effective],
            amount,
            company_amount,
            day,
        )
        for change in changes:
            if change.kind == additions.RELEASED:
                self.out |= {effective[change.origin], len(self.own)}
            self.own.append(change.segment)
            self.company.append(change.company_segment)
        return changes

    def get_recognised(self, before):
        """Recognised before a day, in both currencies."""
        return tuple(
            closed_form.recognised_to_date(side, before) for side in (self.own, self.company)
        )


def convert(amount, rate):
    return closed_form.round_half_away(amount * rate, 100)


@st.composite
def books(draw, rates=RATES):
    """(sign, books of one line or of one that was amended into several segments)."""
    sign, rate = draw(SIGNS), draw(rates)
    lines = draw(st.lists(segments(st.integers(0, 10**7)), min_size=1, max_size=3))
    booked = min(line.booked for line in lines)
    own = [replace(line, amount=sign * line.amount, booked=booked) for line in lines]
    return sign, Books(own, [replace(s, amount=convert(s.amount, rate)) for s in own])


@st.composite
def credited(draw, rates=RATES):
    """(sign, books, credits in the order of their days), never more than was billed."""
    sign, ledger = draw(books(rates))
    taken, billed = [], abs(sum(segment.amount for segment in ledger.own))
    earliest = ledger.own[0].booked
    days = st.integers(0, 4000).map(lambda days: earliest + timedelta(days=days))
    for day in sorted(draw(st.lists(days, min_size=1, max_size=5))):
        amount = draw(st.one_of(st.just(billed), st.integers(0, billed)))
        billed -= amount
        rate = draw(rates)
        taken.append((-sign * amount, convert(-sign * amount, rate), day))
    return sign, ledger, taken


DATES = st.lists(DAYS, min_size=1, max_size=8)


@given(credited(), POLICIES)
def test_a_credit_takes_back_exactly_its_amount_in_both_currencies(story, policy):
    _sign, ledger, taken = story
    for amount, company_amount, day in taken:
        changes = ledger.credit(policy, amount, company_amount, day)
        assert sum(change.segment.amount for change in changes) == amount
        assert sum(change.company_amount for change in changes) == company_amount
        assert all(change.segment.booked == day for change in changes)


@given(credited(st.just(100)), POLICIES, DATES)
def test_what_is_recognised_stays_within_what_was_billed_net_of_credits(story, policy, dates):
    """On every day, in both currencies; here both are one, so no rate makes a difference."""
    sign, ledger, taken = story
    billed = ledger.own[:]
    for credit in taken:
        ledger.credit(policy, *credit)
    assert ledger.own == ledger.company
    for before in [*dates, *(day + timedelta(days=d) for *_c, day in taken for d in (1, 31))]:
        net = sum(s.amount for s in billed if s.booked < before)
        net += sum(amount for amount, _company, day in taken if day < before)
        recognised, _company = ledger.get_recognised(before)
        assert 0 <= sign * recognised <= sign * net


@given(credited(), POLICIES, DATES)
def test_both_currencies_move_in_one_direction(story, policy, dates):
    """No segment ever earns in one currency while it takes back in the other."""
    _sign, ledger, taken = story
    for credit in taken:
        ledger.credit(policy, *credit)
    for own, company in zip(ledger.own, ledger.company, strict=True):
        for before in dates:
            one, other = (closed_form.recognised_before(s, before) for s in (own, company))
            assert one * other >= 0


@given(credited(), POLICIES, st.lists(LENGTHS, min_size=1, max_size=4))
def test_after_a_full_credit_every_later_month_is_exactly_zero(story, policy, later):
    _sign, ledger, taken = story
    *partial, (_amount, company_amount, day) = taken
    for credit in partial:
        ledger.credit(policy, *credit)
    ledger.credit(policy, -sum(segment.amount for segment in ledger.own), company_amount, day)
    company = sum(segment.amount for segment in ledger.company)
    for days in later:
        before = max(day, *(s.booked for s in ledger.own)) + timedelta(days=days)
        assert ledger.get_recognised(before) == (0, company)


@given(credited(), DATES)
def test_a_prospective_credit_leaves_what_was_earned(story, dates):
    """As long as enough is to come: nothing is taken back, on no day."""
    sign, ledger, taken = story
    for amount, company_amount, day in taken:
        effective = [s for i, s in enumerate(ledger.own) if i not in ledger.out]
        earned = sum(additions.earned_before(s, day) for s in effective)
        fits = sign * (sum(s.amount for s in effective) - earned + amount) >= 0
        ledger.credit(credits.PROSPECTIVE, amount, company_amount, day)
        for before in dates:
            if fits and before > day:
                assert sign * ledger.get_recognised(before)[0] >= sign * earned


@given(credited())
def test_an_immediate_credit_takes_back_what_was_earned_first(story):
    sign, ledger, taken = story
    for amount, company_amount, day in taken:
        effective = [s for i, s in enumerate(ledger.own) if i not in ledger.out]
        earned = sum(additions.earned_before(s, day) for s in effective)
        changes = ledger.credit(credits.IMMEDIATE, amount, company_amount, day)
        at_once = sum(c.segment.amount for c in changes if c.kind == credits.TAKEN_BACK)
        assert -sign * at_once >= min(-sign * amount, sign * earned)
        if -sign * amount <= sign * earned:
            assert at_once == amount, "nothing that is to come changes"


@given(credited(), POLICIES, DATES)
def test_monthly_runs_and_one_late_run_recognise_the_same(story, policy, dates):
    """What is recognised by a day is the same whether later credits are known by then or not."""
    _sign, ledger, taken = story
    step_by_step = {}
    for before in sorted(dates):
        known = Books(ledger.own, ledger.company)
        for credit in taken:
            if credit[2] < before:
                known.credit(policy, *credit)
        step_by_step[before] = known.get_recognised(before)
    for credit in taken:
        ledger.credit(policy, *credit)
    assert step_by_step == {before: ledger.get_recognised(before) for before in sorted(dates)}


@given(books(), POLICIES, st.lists(st.tuples(st.integers(0, 10**7), DAYS), min_size=2, max_size=2))
def test_the_order_of_two_credits_makes_no_difference_in_the_end(story, policy, pair):
    sign, ledger = story
    ends = []
    for order in (pair, pair[::-1]):
        copy = Books(ledger.own, ledger.company)
        for amount, day in order:
            copy.credit(policy, -sign * amount, -sign * amount, day)
        ends.append(copy.get_recognised(date(2300, 1, 1)))
    assert ends[0] == ends[1]


@given(segments(), DAYS)
def test_a_stopped_segment_earns_nothing_any_more(segment, day):
    added = [each.segment for each in additions.stop([segment], day, day)]
    assert sum(each.amount for each in added) == (
        closed_form.recognised_before(segment, day) - segment.amount if segment.end > day else 0
    )
    earned = closed_form.recognised_before(segment, day)
    for days in (0, 1, 31, 4000):
        before = day + timedelta(days=days)
        assert sum(closed_form.recognised_before(s, before) for s in [segment, *added]) == earned


@given(st.integers(-(10**9), 10**9), st.integers(0, 4000), st.integers(1, 4000))
def test_every_rest_has_an_amount(rest, served, more):
    total = served + more
    amount = additions.whole_of(rest, served, total)
    assert amount - closed_form.share(amount, served, total) == rest


QUARTER = Segment(9000, date(2026, 1, 1), date(2026, 4, 1), "daily", date(2026, 1, 1))
PUBLISHED = [
    (credits.PROSPECTIVE, 900, [3100, 2373, 2627]),
    (credits.PROSPECTIVE, 4500, [3100, 664, 736]),
    (credits.PROSPECTIVE, 9000, [3100, -3100]),
    (credits.IMMEDIATE, 900, [3100, 1900, 3100]),
    (credits.IMMEDIATE, 4500, [3100, -964, 2364]),
    (credits.IMMEDIATE, 9000, [3100, -3100]),
]


@pytest.mark.parametrize(("policy", "amount", "months"), PUBLISHED)
def test_published_cases_credited_on_1_february(policy, amount, months):
    ledger = Books([QUARTER], [QUARTER])
    ledger.credit(policy, -amount, -amount, date(2026, 2, 1))
    assert list(closed_form.by_month(ledger.own).values()) == months
