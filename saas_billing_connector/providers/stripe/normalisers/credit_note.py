"""Stripe's `credit_note` and its lines."""

from decimal import Decimal

from ....canonical import CreditNote, CreditNoteLine
from ..money import from_minor
from ..reader import instant, listed, ref, require
from .line import discount, taxes


def normalise(obj):
    currency = require(obj, "currency").upper()
    return CreditNote(
        external_id=require(obj, "id"),
        number=obj.get("number") or None,
        status=require(obj, "status"),
        invoice_id=ref(require(obj, "invoice")),
        customer_id=ref(require(obj, "customer")),
        currency=currency,
        issued_at=instant(obj.get("effective_at") or require(obj, "created")),
        total=from_minor(require(obj, "total"), currency),
        lines=tuple(_line(line, currency) for line in listed(require(obj, "lines"))),
        voided_at=instant(obj.get("voided_at")),
        reason=obj.get("reason"),
        refund_ids=tuple(ref(each.get("refund")) for each in obj.get("refunds") or ()),
    )


def _line(obj, currency):
    return CreditNoteLine(
        external_id=require(obj, "id"),
        description=obj.get("description") or "",
        amount=from_minor(require(obj, "amount"), currency),
        quantity=Decimal(str(obj["quantity"] if obj.get("quantity") is not None else 1)),
        invoice_line_id=ref(obj.get("invoice_line_item")),
        discount_amount=discount(obj, currency),
        taxes=taxes(obj, currency),
    )
