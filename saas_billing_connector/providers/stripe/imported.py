"""An object that was read, in the envelope of an event of our own.

So that what was read goes the way of what was sent: through the inbox, once, with its evidence. An
object that has not changed since it was last read has the same id and is a duplicate.
"""

import hashlib
import json

from .routing import IMPORTED

#: ASCII, so that no half surrogate of the provider's can break storing it.
COMPACT = {"separators": (",", ":")}


def imported_event(obj, read_at, *, api_version, livemode):
    """The event of one object as a dict.

    :param dict obj: Stripe's object
    :param int read_at: Unix seconds by Stripe's clock; not later than the object's state
    :param livemode: of the connection, for objects that do not say
    """
    return {
        "id": f"import:{obj['id']}:{_digest(obj)}",
        "object": "event",
        "type": f"{obj['object']}.{IMPORTED}",
        "api_version": api_version,
        "created": read_at,
        "livemode": obj.get("livemode", livemode),
        "data": {"object": obj},
    }


def dump(event):
    """An event as the text that the inbox keeps."""
    return json.dumps(event, **COMPACT)


def _digest(obj):
    text = json.dumps(obj, sort_keys=True, **COMPACT)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
