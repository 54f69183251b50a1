"""Stripe's `invoice_payment`: money applied to one invoice."""

from ....canonical import InvalidData, Payment
from ..fields import instant, path, ref, require
from ..money import from_minor

#: What the money came from, the word that names it first: one of them is the payment's identity.
SOURCES = ("payment_intent", "charge", "payment_record")


def normalise(obj):
    currency = require(obj, "currency").upper()
    if obj.get("status") != "paid":
        raise InvalidData(
            f"Invoice payment {obj.get('id')} is “{obj.get('status')}”, not paid.",
            key="invoice_payment.status",
        )
    sources = {name: ref(path(obj, "payment", name)) for name in SOURCES}
    return Payment(
        external_id=next(filter(None, sources.values()), None) or require(obj, "id"),
        invoice_id=ref(require(obj, "invoice")),
        amount=from_minor(require(obj, "amount_paid"), currency),
        currency=currency,
        paid_at=instant(path(obj, "status_transitions", "paid_at") or require(obj, "created")),
        payment_intent_id=sources["payment_intent"],
        charge_id=sources["charge"],
    )
