"""Stripe's `charge`."""

from ....canonical import Charge
from ..fields import instant, ref, require
from ..money import from_minor


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
        refunded_amount=from_minor(obj.get("amount_refunded") or 0, currency),
        balance_transaction_id=ref(obj.get("balance_transaction")),
        failure_balance_transaction_id=ref(obj.get("failure_balance_transaction")),
        failure_code=obj.get("failure_code"),
    )
