"""The outside of an event: what the inbox needs to know before anybody interprets the object."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any


class MalformedEvent(ValueError):
    """The body is verified but is no event that can be read; the message says what to change."""


class SignatureError(Exception):
    """The body must not be believed; the message is safe to log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One event's outside, read from its text by an adapter's `parse`.

    :ivar track: which drain processes it (see `routes`)
    :ivar lane: groups what belongs to one customer
    :ivar body: all of the event
    :ivar account: set where the event names the account that it is of
    """

    external_id: str
    type: str
    track: str
    livemode: bool
    created_at: datetime
    object_type: str
    object_id: str
    lane: str
    body: dict[str, Any]
    api_version: str | None = None
    account: str | None = None

    @property
    def version_unknown(self):
        """Whether it was rendered at an API version that this release does not know."""
        return False

    @property
    def content_sha256(self):
        """Digest of what the event says, whatever its bytes: the same when it is sent again."""
        return self._digest(self.body)

    def minimise(self):
        """Take out of `body`, in place, what is not kept; whether anything was."""
        return False

    @staticmethod
    def _digest(content):
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
