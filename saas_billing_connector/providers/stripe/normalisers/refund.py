"""Stripe's `refund`."""

from ....canonical import Refund
from ..money import from_minor
from ..reader import instant, ref, require


def normalise(obj):
    currency = require(obj, "currency").upper()
    return Refund(
        external_id=require(obj, "id"),
        status=obj.get("status") or "pending",
        amount=from_minor(require(obj, "amount"), currency),
        currency=currency,
        created_at=instant(require(obj, "created")),
        payment_intent_id=ref(obj.get("payment_intent")),
        charge_id=ref(obj.get("charge")),
    )
