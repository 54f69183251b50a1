"""Stripe's `price`."""

from ....canonical import Price
from ..money import from_minor_decimal
from ..reader import path, ref, require


def normalise(obj):
    currency = require(obj, "currency").upper()
    amount = obj.get("unit_amount_decimal")
    if amount is None:
        amount = obj.get("unit_amount")
    return Price(
        external_id=require(obj, "id"),
        product_id=ref(require(obj, "product")),
        currency=currency,
        unit_amount=from_minor_decimal(amount, currency),
        nickname=obj.get("nickname") or None,
        interval=path(obj, "recurring", "interval"),
        interval_count=path(obj, "recurring", "interval_count") or 1,
        metered=path(obj, "recurring", "usage_type") == "metered",
        tax_behavior=obj.get("tax_behavior"),
        active=bool(obj.get("active", True)),
        deleted=bool(obj.get("deleted")),
    )
