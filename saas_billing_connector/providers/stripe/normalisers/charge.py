"""Stripe's `charge`."""

from ....canonical import Charge
from ..money import from_minor
from ..reader import instant, ref, require


def normalise(obj):
    currency = require(obj, "currency").upper()
    captured = obj.get("amount_captured")
    return Charge(
        external_id=require(obj, "id"),
        status=require(obj, "status"),
        amount=from_minor(require(obj, "amount") if captured is None else captured, currency),
        currency=currency,
        created_at=instant(require(obj, "created")),
        customer_id=ref(obj.get("customer")),
        payment_intent_id=ref(obj.get("payment_intent")),
    )
