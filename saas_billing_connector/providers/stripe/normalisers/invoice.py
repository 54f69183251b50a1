"""Stripe's `invoice` and its lines."""

from decimal import Decimal

from ....canonical import InvalidData, Invoice, InvoiceLine
from ..money import from_minor
from ..reader import instant, listed, path, period, ref, require
from . import address
from .line import discount, taxes

STATUSES = frozenset({"draft", "open", "paid", "void", "uncollectible"})


def normalise(obj):
    currency = require(obj, "currency").upper()
    status = require(obj, "status")
    if status not in STATUSES:
        raise InvalidData(f"Unknown invoice status “{status}”.", key="invoice.status")
    passed = obj.get("status_transitions") or {}
    starting = obj.get("starting_balance") or 0
    ending = obj.get("ending_balance") or 0
    return Invoice(
        external_id=require(obj, "id"),
        number=obj.get("number") or None,
        status=status,
        customer_id=ref(require(obj, "customer")),
        currency=currency,
        accounting_at=instant(obj.get("effective_at") or passed.get("finalized_at")),
        total=from_minor(require(obj, "total"), currency),
        lines=_lines(obj, currency, status),
        due_at=instant(obj.get("due_date")),
        voided_at=instant(passed.get("voided_at")),
        uncollectible_at=instant(passed.get("marked_uncollectible_at")),
        subtotal=from_minor(obj.get("subtotal"), currency) or Decimal(0),
        amount_paid=from_minor(obj.get("amount_paid"), currency) or Decimal(0),
        amount_due=from_minor(obj.get("amount_due"), currency) or Decimal(0),
        # Stripe's balance is negative where the customer holds credit; using it moves it up.
        balance_applied=from_minor(0 if status == "draft" else ending - starting, currency),
        subscription_id=ref(path(obj, "parent", "subscription_details", "subscription")),
        billing_reason=obj.get("billing_reason"),
        replaces_id=ref(path(obj, "from_invoice", "invoice")),
        customer_name=obj.get("customer_name") or None,
        customer_email=obj.get("customer_email") or None,
        customer_address=address.normalise(obj.get("customer_address")),
        hosted_url=obj.get("hosted_invoice_url") or None,
        attempts=obj.get("attempt_count") or 0,
        next_attempt_at=instant(obj.get("next_payment_attempt")),
        metadata=tuple(sorted((obj.get("metadata") or {}).items())),
    )


def _lines(obj, currency, status):
    lines = tuple(_line(line, currency) for line in listed(require(obj, "lines")))
    if status == "draft":
        return lines
    # What the lines add up to must be what the customer was asked for: a cut or garbled
    # document is never booked.
    on_top = (tax.amount for line in lines for tax in line.taxes if not tax.inclusive)
    total = sum((line.amount - line.discount_amount for line in lines), sum(on_top, Decimal(0)))
    if total != from_minor(require(obj, "total"), currency):
        raise InvalidData(
            f"The lines of invoice {obj.get('number') or obj['id']} add up to {total} {currency}, "
            f"its total is {from_minor(obj['total'], currency)}.",
            key="invoice.total",
        )
    return lines


def _line(obj, currency):
    parent = obj.get("parent") or {}
    details = parent.get(parent.get("type")) or {} if parent.get("type") else {}
    return InvoiceLine(
        external_id=require(obj, "id"),
        description=obj.get("description") or "",
        amount=from_minor(require(obj, "amount"), currency),
        quantity=Decimal(str(obj["quantity"] if obj.get("quantity") is not None else 1)),
        period=period(require(obj, "period")),
        discount_amount=discount(obj, currency),
        taxes=taxes(obj, currency),
        price_id=ref(path(obj, "pricing", "price_details", "price")),
        product_id=ref(path(obj, "pricing", "price_details", "product")),
        subscription_id=ref(details.get("subscription")) or ref(obj.get("subscription")),
        subscription_item_id=ref(details.get("subscription_item")),
        proration=bool(details.get("proration")),
    )
