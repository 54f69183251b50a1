"""Stripe's `invoice_payment`: money applied to one invoice."""

from ....canonical import InvalidData, Payment
from ..money import from_minor
from ..reader import instant, path, ref, require


def normalise(obj):
    currency = require(obj, "currency").upper()
    if obj.get("status") != "paid":
        raise InvalidData(
            f"Invoice payment {obj.get('id')} is “{obj.get('status')}”, not paid.",
            key="invoice_payment.status",
        )
    return Payment(
        external_id=require(obj, "id"),
        invoice_id=ref(require(obj, "invoice")),
        amount=from_minor(require(obj, "amount_paid"), currency),
        currency=currency,
        paid_at=instant(path(obj, "status_transitions", "paid_at") or require(obj, "created")),
        payment_intent_id=ref(path(obj, "payment", "payment_intent")),
        charge_id=ref(path(obj, "payment", "charge")),
    )
