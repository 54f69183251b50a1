"""Stripe's `coupon`."""

from ....canonical import Coupon
from ..fields import require
from ..money import from_minor, number


def normalise(obj):
    currency = (obj.get("currency") or "").upper() or None
    percent, amount = obj.get("percent_off"), obj.get("amount_off")
    return Coupon(
        external_id=require(obj, "id"),
        name=obj.get("name") or None,
        percent_off=None if percent is None else number(percent),
        amount_off=None if amount is None else from_minor(amount, require(obj, "currency")),
        currency=currency,
        duration=require(obj, "duration"),
        months=obj.get("duration_in_months"),
        valid=bool(obj.get("valid", True)),
        deleted=bool(obj.get("deleted")),
    )
