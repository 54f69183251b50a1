"""May the customer use the product? From the state of the subscription and the grace policy."""

from dataclasses import dataclass
from datetime import datetime, timedelta

GRANTED, GRACE, SUSPENDED, ENDED = "granted", "grace", "suspended", "ended"

#: Canonical state -> access, where there is nothing to decide.
GIVEN = {
    "trialing": GRANTED,
    "active": GRANTED,
    "cancelling": GRANTED,
    "cancelled": ENDED,
    "expired": ENDED,
}
#: Canonical state -> the field of the policy that says what it means.
CHOSEN = {"suspended": "unpaid", "paused": "paused", "incomplete": "incomplete"}


@dataclass(frozen=True, slots=True)
class Policy:
    """What a company grants: how long when a payment fails, and what to whom who does not pay."""

    grace: timedelta
    unpaid: str
    paused: str
    incomplete: str


def access_of(state, past_due_since, policy, now):
    """(access, instant at which it ends by itself or None).

    :param past_due_since: when the subscription became past due
    """
    if state in GIVEN:
        return GIVEN[state], None
    if state in CHOSEN:
        return getattr(policy, CHOSEN[state]), None
    until = (past_due_since or now) + policy.grace
    return (GRACE, until) if now < until else (SUSPENDED, None)


@dataclass(frozen=True, slots=True)
class Since:
    """When something began, as far as it is known.

    :ivar at: the moment
    :ivar version: of the event that told that it began; empty where it was only seen going on
    """

    at: datetime | None = None
    version: str = ""

    def joined(self, at, version, *, began):
        """With one more snapshot of it going on; any order of snapshots gives the same.

        The newest beginning counts; without one, the first time that it was seen.
        """
        if began:
            return Since(at, version) if version > self.version else self
        if self.version or (self.at and self.at <= at):
            return self
        return Since(at)
