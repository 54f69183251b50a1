"""Stripe's `customer`."""

from ....canonical import Customer
from ..reader import listed, require
from . import address


def normalise(obj):
    """A deleted customer comes with little more than its id."""
    locales = obj.get("preferred_locales") or []
    return Customer(
        external_id=require(obj, "id"),
        name=obj.get("name") or None,
        email=obj.get("email") or None,
        phone=obj.get("phone") or None,
        address=address.normalise(obj.get("address")),
        language=locales[0] if locales else None,
        currency=(obj.get("currency") or "").upper() or None,
        tax_exempt=obj.get("tax_exempt") or "none",
        tax_ids=tuple((tax["type"], tax["value"]) for tax in listed(obj.get("tax_ids"))),
        deleted=bool(obj.get("deleted")),
    )
