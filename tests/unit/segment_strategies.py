"""Random segments for the laws of the recognition core."""

from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from recognition import calendar
from recognition.closed_form import Segment

settings.register_profile("laws", max_examples=400, deadline=None)
settings.load_profile("laws")

DAYS = st.dates(date(2019, 1, 1), date(2032, 12, 31))
LENGTHS = st.one_of(st.integers(1, 40), st.integers(1, 1500), st.integers(1, 36600))
AMOUNTS = st.integers(-(10**11), 10**11)


@st.composite
def segments(draw, amounts=AMOUNTS):
    start = draw(DAYS)
    return Segment(
        draw(amounts),
        start,
        start + timedelta(days=draw(LENGTHS)),
        draw(st.sampled_from(calendar.METHODS)),
        draw(DAYS),
    )


def long_after(*items):
    """A day on which everything has been served and booked."""
    return max(max(s.end, s.booked) for s in items) + timedelta(days=1)
