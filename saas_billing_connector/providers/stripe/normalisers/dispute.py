"""Stripe's `dispute`."""

from ....canonical import Dispute
from ..fields import instant, listed, path, ref, require
from ..money import from_minor
from . import balance_transaction


def normalise(obj):
    currency = require(obj, "currency").upper()
    return Dispute(
        external_id=require(obj, "id"),
        status=require(obj, "status"),
        amount=from_minor(require(obj, "amount"), currency),
        currency=currency,
        created_at=instant(require(obj, "created")),
        charge_id=ref(require(obj, "charge")),
        payment_intent_id=ref(obj.get("payment_intent")),
        reason=obj.get("reason"),
        balance_transactions=tuple(
            balance_transaction.normalise(each) for each in listed(obj.get("balance_transactions"))
        ),
        due_at=instant(path(obj, "evidence_details", "due_by")),
    )
