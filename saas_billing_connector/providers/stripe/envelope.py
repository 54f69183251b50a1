"""The outside of an event: what the inbox needs to know before anybody interprets the object."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .fields import ref
from .readers import is_known

#: What no text in PostgreSQL can hold, and how JSON writes it: NUL, and halves of surrogate pairs.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
UNSTORABLE_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


class MalformedEvent(ValueError):
    """The body is verified but is no snapshot event; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event's outside. `lane` groups what belongs to one customer; `body` is all of it.

    `account` is set on events of connected accounts only (Stripe Connect).
    """

    external_id: str
    type: str
    api_version: str | None
    livemode: bool
    created_at: datetime
    object_type: str
    object_id: str
    lane: str
    obj: dict[str, Any]
    previous_attributes: dict[str, Any] | None
    body: dict[str, Any]
    account: str | None = None

    @property
    def version_unknown(self):
        """Whether it was rendered at an API version that this release does not know."""
        return not is_known(self.api_version)

    @classmethod
    def parse(cls, text):
        """Read an event from its JSON text.

        :raises MalformedEvent: not JSON, not an event, a thin event, or without its id or object
        """
        try:
            body = json.loads(text)
            if UNSTORABLE_ESCAPE.search(text):
                body = _storable(body)
        except (ValueError, RecursionError) as error:
            raise MalformedEvent("the body is not JSON") from error
        if _is_thin(body):
            raise MalformedEvent(
                "this is a thin event: set the endpoint's payload style to “Snapshot” in Stripe"
            )
        try:
            obj = body["data"]["object"]
            return cls(
                external_id=_text(body["id"]),
                type=_text(body["type"]),
                api_version=_version(body.get("api_version")),
                livemode=bool(body["livemode"]),
                created_at=datetime.fromtimestamp(int(body["created"]), UTC),
                object_type=_text(obj["object"]),
                object_id=_text(obj.get("id") or body["id"]),
                lane=_lane(obj) or _text(obj.get("id") or body["id"]),
                obj=obj,
                previous_attributes=body["data"].get("previous_attributes"),
                body=body,
                account=body.get("account"),
            )
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
            raise MalformedEvent(f"this is no Stripe event ({error!r})") from error

    @property
    def content_sha256(self):
        """Digest of what the event says, whatever its bytes.

        The same event sent again differs in spacing and in `pending_webhooks`, which counts the
        deliveries that are still unanswered.
        """
        content = {name: part for name, part in self.body.items() if name != "pending_webhooks"}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _storable(value):
    """A JSON value whose texts the database can hold; the body as received keeps the escapes."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, list):
        return [_storable(part) for part in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(part) for name, part in value.items()}
    return value


def _is_thin(body):
    """Thin events name their type by the API's namespace, as in `v1.invoice.paid`."""
    if not isinstance(body, dict):
        return False
    return body.get("object") == "v2.core.event" or str(body.get("type")).startswith(("v1.", "v2."))


def _version(value):
    return None if value is None else _text(value)


def _text(value):
    if not isinstance(value, str) or not value:
        raise ValueError(f"expected text, got {value!r}")
    return value


def _lane(obj):
    if obj["object"] == "customer":
        return obj.get("id")
    return ref(obj.get("customer")) or ref(obj.get("customer_account"))
