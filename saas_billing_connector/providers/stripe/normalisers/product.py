"""Stripe's `product`."""

from ....canonical import Product
from ..fields import require


def normalise(obj):
    return Product(
        external_id=require(obj, "id"),
        name=require(obj, "name"),
        description=obj.get("description") or None,
        active=bool(obj.get("active", True)),
        deleted=bool(obj.get("deleted")),
    )
