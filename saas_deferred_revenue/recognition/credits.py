"""What a credit note takes back where its rule does not spread it over the whole service.

Amounts are minor units in the sense of the schedule: a credit of a positive schedule is negative.

===========  =================================================================================
prospective  what was earned before the day of the credit stays earned; the credit lowers what is
             to come, and what it exceeds that by is taken back on its day
immediate    what was earned is taken back first, on the day; the remainder lowers what is to come
===========  =================================================================================

A segment that gets less to come is taken out by its mirror image and put back smaller. So what is
recognised stays between zero and what was billed net of credits on every day, each segment changes
once, and a credit of all that is to come leaves exactly nothing.

What is decided is decided in the document's currency. What was to come leaves at the rate at which
it was billed; where the credit's own rate is another one, the difference is earned on its day.
"""

from dataclasses import dataclass, replace

from . import calendar
from .additions import KEPT, MOVED, RELEASED, at_once, earned_before, is_running, whole_of
from .closed_form import Segment, allocate, recognised_before, share

TAKEN_BACK, RATE = "credit", "rate"
PROSPECTIVE, IMMEDIATE = "prospective", "immediate"


@dataclass(frozen=True)
class Change:
    """A segment to add, in both currencies at once.

    :ivar origin: position of the segment that changes; none where something is earned at once
    :ivar kind: released, kept or moved; credit (taken back at once) or rate (the difference that
        the credit's own exchange rate makes)
    :ivar segment: in the currency of the document
    :ivar company_amount: minor units of the company's currency
    """

    origin: int | None
    kind: str
    segment: Segment
    company_amount: int

    @property
    def company_segment(self):
        return replace(self.segment, amount=self.company_amount)


def take_back(policy, own, company, amount, company_amount, day):
    """What a credit note booked on `day` adds.

    :param policy: prospective or immediate
    :param own: effective segments in the document's currency, in any order
    :param company: the same segments in the company's currency
    :param amount: what the credit adds up to, of the opposite sign of the schedule
    :param company_amount: the same at the credit's own rate
    :return: list of :class:`Change` that add up to both amounts
    """
    past = _clip(amount, sum(earned_before(s, day) for s in own)) if policy == IMMEDIATE else 0
    changes = []
    if remainder := amount - past:
        running = [i for i, segment in enumerate(own) if is_running(segment, day)]
        rests = [own[i].amount - recognised_before(own[i], day) for i in running]
        rest = sum(rests)
        left = rest + remainder
        if left * rest <= 0:
            # Nothing is to come any more; what the credit exceeds it by is taken back at once.
            past, left = past + left, 0
        lefts = allocate(left, rests) if left else [0] * len(rests)
        for i, before, after in zip(running, rests, lefts, strict=True):
            changes += _lower(i, own[i], company[i], before, after, day)
    if past:
        company_past = share(company_amount, abs(past), abs(amount))
        changes.append(Change(None, TAKEN_BACK, at_once(past, day), company_past))
    if difference := company_amount - sum(change.company_amount for change in changes):
        changes.append(Change(None, RATE, at_once(0, day), difference))
    return changes


def _clip(amount, earned):
    """The part of a credit that what was earned can bear."""
    if amount * earned >= 0:
        return 0
    return max(amount, -earned) if amount < 0 else min(amount, -earned)


def _lower(origin, own, company, rest, left, day):
    """Take a segment out and put it back with less to come; its past stays as it is.

    :param rest, left: what was and what is now to come of it, in the document's currency
    """
    company_rest = company.amount - recognised_before(company, day)
    company_left = share(company_rest, abs(left), abs(rest)) if left else 0
    if (left, company_left) == (rest, company_rest):
        return []
    period = own.method, own.start, own.end
    served, total = calendar.served_units(*period, day), calendar.total_units(*period)
    moved = [
        segment.amount if after == before else whole_of(after, served, total)
        for segment, before, after in ((own, rest, left), (company, company_rest, company_left))
    ]
    kept = [
        share(segment.amount, served, total) - share(size, served, total)
        for segment, size in zip((own, company), moved, strict=True)
    ]
    booked = replace(own, booked=day)
    changes = [
        Change(origin, RELEASED, replace(booked, amount=-own.amount), -company.amount),
        Change(origin, MOVED, replace(booked, amount=moved[0]), moved[1]),
    ]
    if any(kept):
        changes.append(Change(origin, KEPT, replace(booked, amount=kept[0], end=day), kept[1]))
    return [change for change in changes if change.segment.amount or change.company_amount]
