"""Stripe's address object."""

from ....canonical import Address


def normalise(obj):
    """Address of {line1, line2, city, postal_code, state, country}; nothing gives an empty one."""
    obj = obj or {}
    return Address(
        street=obj.get("line1") or None,
        street2=obj.get("line2") or None,
        city=obj.get("city") or None,
        zip=obj.get("postal_code") or None,
        state=obj.get("state") or None,
        country=obj.get("country") or None,
    )
