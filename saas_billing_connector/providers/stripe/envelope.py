"""The outside of a snapshot event of Stripe's."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .. import envelope
from ..envelope import MalformedEvent
from .fields import ref
from .minimise import minimise
from .readers import is_known
from .routing import route_for

#: What no text in PostgreSQL can hold, and how JSON writes it: NUL, and halves of surrogate pairs.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
UNSTORABLE_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope(envelope.Envelope):
    """Stripe's part; `account` is set on events of connected accounts only (Stripe Connect)."""

    obj: dict[str, Any]
    previous_attributes: dict[str, Any] | None

    @property
    def version_unknown(self):
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
            event_type, api_version = _text(body["type"]), _version(body.get("api_version"))
            return cls(
                external_id=_text(body["id"]),
                type=event_type,
                track=route_for(event_type, api_version).track,
                api_version=api_version,
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
        """As for any provider, but for the count of the deliveries that are still unanswered."""
        return self._digest(
            {name: part for name, part in self.body.items() if name != "pending_webhooks"}
        )

    def minimise(self):
        return minimise(self.body)


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
