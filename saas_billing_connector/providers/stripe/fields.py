"""Reading Stripe's JSON: ids that may be expanded, instants, lists, and clear complaints."""

from datetime import UTC, datetime

from ...canonical import InvalidData, Period


def require(obj, name):
    """The value of a field that must be there and not null."""
    value = obj.get(name) if isinstance(obj, dict) else None
    if value is None:
        kind = obj.get("object", "object") if isinstance(obj, dict) else "object"
        raise InvalidData(
            f"Stripe's {kind} {obj.get('id', '') if isinstance(obj, dict) else ''} lacks “{name}”.",
            key=f"{kind}.{name}",
        )
    return value


def ref(value):
    """The id behind an expandable field: a string, an object, or None."""
    return value.get("id") if isinstance(value, dict) else value


def owner(obj):
    """The id of the customer an object belongs to.

    Since 2025-12-15.clover `customer` may be null and `customer_account` name the owner instead.
    """
    return ref(obj.get("customer")) or ref(obj.get("customer_account")) or require(obj, "customer")


def instant(seconds):
    """An aware UTC datetime from Unix seconds; None stays None."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def period(obj):
    """A half-open period from {start, end}; an end before the start is invalid."""
    start, end = instant(require(obj, "start")), instant(require(obj, "end"))
    if end < start:
        raise InvalidData(f"A period ends ({end}) before it starts ({start}).", key="period")
    return Period(start, end)


def listed(value):
    """Items of a Stripe list, of a plain list, or of nothing.

    A list that goes on is refused: half a document must not be booked.
    """
    if isinstance(value, dict):
        if value.get("has_more"):
            raise InvalidData(
                f"Stripe cut a list after {len(value.get('data') or ())} entries. Give the "
                "connection a read key, so that the rest can be fetched, then replay.",
                key="has_more",
            )
        value = value.get("data")
    return value or ()


def path(obj, *names):
    """The value down a path of objects, or None as soon as one is missing."""
    for name in names:
        if not isinstance(obj, dict):
            return None
        obj = obj.get(name)
    return obj
