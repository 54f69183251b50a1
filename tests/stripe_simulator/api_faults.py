"""What can go wrong when somebody calls the API: too many requests, an outage, a cut connection."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from .errors import StripeError

RATE_LIMITED = 429
CUT = 0
"""A status that no server answers with: the connection is closed instead."""


class ConnectionCut(Exception):
    """The caller gets no answer at all."""


@dataclass
class ApiFault:
    """The next `count` requests whose path matches are answered with `status`."""

    status: int
    count: int = 1
    path: str = "*"
    retry_after: int | None = None
    """Seconds in the header of that name."""

    def hit(self, path: str) -> bool:
        """Whether this request is spoiled; counts down."""
        if not self.count or not fnmatchcase(path, self.path):
            return False
        self.count -= 1
        return True

    def error(self) -> StripeError:
        """The answer."""
        if self.status == RATE_LIMITED:
            text = "Request rate limit exceeded."
            return StripeError(text, status=self.status, code="rate_limit")
        return StripeError("An unknown error occurred.", status=self.status, kind="api_error")


class ApiFaults:
    """The faults of the API, none at first."""

    def __init__(self):
        self.active: list[ApiFault] = []

    def add(self, status: int, **options) -> ApiFault:
        """Spoil coming requests: `count`, `path` (a pattern), `retry_after`."""
        fault = ApiFault(status, **options)
        self.active.append(fault)
        return fault

    def check(self, path: str) -> ApiFault | None:
        """The fault that spoils a request, if any."""
        return next((fault for fault in self.active if fault.hit(path)), None)
