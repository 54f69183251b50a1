"""Stripe's `refund`."""

from ....canonical import Refund
from ..fields import instant, ref, require
from ..money import from_minor


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
        reason=obj.get("reason"),
        balance_transaction_id=ref(obj.get("balance_transaction")),
        failure_reason=obj.get("failure_reason"),
        failure_balance_transaction_id=ref(obj.get("failure_balance_transaction")),
    )
