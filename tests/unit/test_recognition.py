"""The recognition core against the published cases, to the minor unit."""

from datetime import date

import pytest
from recognition import calendar, closed_form
from recognition.closed_form import Segment


def months(*segments):
    """Amounts of the months in order, in minor units."""
    return list(closed_form.by_month(segments).values())


def year(amount, method="daily", first=2026):
    return Segment(amount, date(first, 1, 1), date(first + 1, 1, 1), method)


def quarter(amount, booked=date(2026, 1, 1), method="daily"):
    return Segment(amount, date(2026, 1, 1), date(2026, 4, 1), method, booked)


def test_a_year_of_365_is_the_days_of_its_months():
    assert months(year(36500))[:3] == [3100, 2800, 3100]


def test_1200_a_year_by_day():
    amounts = months(year(120000))
    assert amounts[:4] == [10192, 9205, 10192, 9863]
    assert sum(amounts) == 120000


def test_120_from_mid_june_to_mid_october():
    segment = Segment(12000, date(2026, 6, 15), date(2026, 10, 13))
    assert months(segment) == [1600, 3100, 3100, 3000, 1200]


def test_partial_credit_on_1_february():
    assert months(quarter(9000), quarter(-900, date(2026, 2, 1))) == [3100, 2520 - 310, 2790]


def test_half_credit_on_1_february():
    assert months(quarter(9000), quarter(-4500, date(2026, 2, 1))) == [3100, 1400 - 1550, 1550]


def test_full_refund_on_1_february_leaves_exactly_nothing():
    segments = quarter(9000), quarter(-9000, date(2026, 2, 1))
    assert months(*segments) == [3100, -3100]
    assert closed_form.recognised_to_date(segments, date(2026, 3, 20)) == 0


def test_cancelled_without_credit_runs_on():
    assert months(quarter(9000)) == [3100, 2800, 3100]


def test_31_from_15_january_with_5_at_once():
    period = Segment(3100, date(2026, 1, 15), date(2026, 2, 15))
    at_once = Segment(500, date(2026, 1, 15), date(2026, 1, 16), "point_in_time")
    assert months(period, at_once) == [2200, 1400]


def test_1200_a_year_by_month_leaves_400_after_august():
    segment = year(120000, "monthly")
    assert months(segment) == [10000] * 12
    assert 120000 - closed_form.recognised_before(segment, date(2026, 9, 1)) == 40000


def test_monthly_counts_partial_months_by_their_days():
    segment = Segment(120000, date(2026, 1, 15), date(2027, 1, 15), "monthly")
    amounts = months(segment)
    assert amounts[0] == 5484  # 17 of 31 days of a hundred
    assert amounts[1:12] == [10000] * 11
    assert amounts[12] == 4516


def test_daily_from_mid_month():
    segment = Segment(120000, date(2025, 1, 15), date(2026, 1, 15))
    assert months(segment)[:2] == [5589, 9206]


def test_full_months_count_the_first_month_whole():
    segment = Segment(120000, date(2026, 1, 15), date(2027, 1, 15), "full_months")
    assert months(segment) == [10000] * 12


@pytest.mark.parametrize("first, days", [(2024, 366), (2026, 365)])
def test_leap_years_have_a_day_more(first, days):
    assert calendar.total_units("daily", date(first, 1, 1), date(first + 1, 1, 1)) == days


@pytest.mark.parametrize(
    "numerator, denominator, expected",
    [(1, 2, 1), (-1, 2, -1), (3, 2, 2), (-3, 2, -2), (1, 3, 0), (2, 3, 1), (0, 7, 0)],
)
def test_ties_round_away_from_zero(numerator, denominator, expected):
    assert closed_form.round_half_away(numerator, denominator) == expected


def test_currencies_without_decimals_and_with_three():
    # The same rule on the integers of the currency: 100 yen and 100.000 dinar over a quarter.
    assert months(quarter(100)) == [34, 32, 34]
    assert months(quarter(100000)) == [34444, 31112, 34444]


def test_a_late_booking_catches_up_in_its_month():
    assert closed_form.by_month([quarter(9000, date(2026, 3, 5))]) == {date(2026, 3, 1): 9000}


def test_a_period_without_days_is_refused():
    with pytest.raises(ValueError, match="no day is served"):
        calendar.total_units("daily", date(2026, 1, 1), date(2026, 1, 1))


def test_allocation_is_exact_and_knows_when_there_is_no_proportion():
    assert closed_form.allocate(100, [1, 1, 1]) == [33, 34, 33]
    assert closed_form.allocate(-1000, [3000, -1000]) == [-1500, 500]
    assert closed_form.allocate(100, [5, -5]) is None
