"""Stripe's `product`."""

from ....canonical import Product
from ..fields import require


def normalise(obj):
    """A deleted product comes with little more than its id."""
    return Product(
        external_id=require(obj, "id"),
        name=obj["id"] if obj.get("deleted") and not obj.get("name") else require(obj, "name"),
        description=obj.get("description") or None,
        active=bool(obj.get("active", True)),
        deleted=bool(obj.get("deleted")),
    )
