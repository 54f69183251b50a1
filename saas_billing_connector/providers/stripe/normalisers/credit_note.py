"""Stripe's `credit_note` and its lines."""

from decimal import Decimal

from ....canonical import CreditNote, CreditNoteLine, CreditNoteRefund, InvalidData
from ..fields import instant, listed, owner, ref, require
from ..money import from_minor
from .line import applied_credits, discount, quantity, taxes

STATUSES = frozenset({"issued", "void"})


def normalise(obj):
    currency = require(obj, "currency").upper()
    status = require(obj, "status")
    if status not in STATUSES:
        raise InvalidData(f"Unknown credit note status “{status}”.", key="credit_note.status")
    refunds = tuple(_refund(each, currency) for each in listed(obj.get("refunds")))
    after = from_minor(require(obj, "post_payment_amount"), currency)
    outside = from_minor(obj.get("out_of_band_amount") or 0, currency)
    return CreditNote(
        external_id=require(obj, "id"),
        number=obj.get("number") or None,
        status=status,
        invoice_id=ref(require(obj, "invoice")),
        customer_id=owner(obj),
        currency=currency,
        issued_at=instant(obj.get("effective_at") or require(obj, "created")),
        total=from_minor(require(obj, "total"), currency),
        lines=tuple(_line(line, currency) for line in listed(require(obj, "lines"))),
        voided_at=instant(obj.get("voided_at")),
        reason=obj.get("reason"),
        refunds=refunds,
        pre_payment_amount=from_minor(require(obj, "pre_payment_amount"), currency),
        post_payment_amount=after,
        out_of_band_amount=outside,
        balance_credited=_to_balance(after - outside, refunds),
    )


def _refund(obj, currency):
    return CreditNoteRefund(
        refund_id=ref(obj.get("refund")), amount=from_minor(obj.get("amount_refunded"), currency)
    )


def _to_balance(amount, refunds):
    """What neither a refund nor anything outside Stripe gave back went to the balance."""
    amounts = [each.amount for each in refunds]
    return None if None in amounts else amount - sum(amounts, Decimal(0))


def _line(obj, currency):
    return CreditNoteLine(
        external_id=require(obj, "id"),
        description=obj.get("description") or "",
        amount=from_minor(require(obj, "amount"), currency),
        quantity=quantity(obj),
        invoice_line_id=ref(obj.get("invoice_line_item")),
        discount_amount=discount(obj, currency),
        taxes=taxes(obj, currency),
        credits=applied_credits(obj, currency),
    )
