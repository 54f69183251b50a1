"""Stripe's `invoice` and its lines."""

from decimal import Decimal

from ....canonical import InvalidData, Invoice, InvoiceLine
from ..fields import instant, listed, owner, path, period, ref, require
from ..money import from_minor
from . import address
from .customer import tax_ids
from .line import applied_credits, discount, quantity, taxes

STATUSES = frozenset({"draft", "open", "paid", "void", "uncollectible"})


def normalise(obj):
    currency = require(obj, "currency").upper()
    status = require(obj, "status")
    if status not in STATUSES:
        raise InvalidData(f"Unknown invoice status “{status}”.", key="invoice.status")
    passed = obj.get("status_transitions") or {}

    def amount(name):
        return from_minor(obj.get(name) or 0, currency)

    starting = amount("starting_balance")
    ending = None if status == "draft" else amount("ending_balance")
    return Invoice(
        external_id=require(obj, "id"),
        number=obj.get("number") or None,
        status=status,
        customer_id=owner(obj),
        currency=currency,
        accounting_at=instant(obj.get("effective_at") or passed.get("finalized_at")),
        total=from_minor(require(obj, "total"), currency),
        lines=_lines(obj, currency, status),
        due_at=instant(obj.get("due_date")),
        voided_at=instant(passed.get("voided_at")),
        uncollectible_at=instant(passed.get("marked_uncollectible_at")),
        subtotal=amount("subtotal"),
        amount_paid=amount("amount_paid"),
        amount_due=amount("amount_due"),
        # Stripe's balance is negative where the customer holds credit; using it moves it up.
        balance_applied=Decimal(0) if ending is None else ending - starting,
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
        finalized_at=instant(passed.get("finalized_at")),
        paid_at=instant(passed.get("paid_at")),
        amount_remaining=amount("amount_remaining"),
        paid_out_of_band=amount("amount_paid_off_stripe"),
        amount_overpaid=amount("amount_overpaid"),
        starting_balance=starting,
        ending_balance=ending,
        replaced_by_id=ref(obj.get("latest_revision")),
        tax_exempt=obj.get("customer_tax_exempt") or "none",
        tax_ids=tax_ids(obj.get("customer_tax_ids") or ()),
        collection_method=obj.get("collection_method") or "charge_automatically",
        terms=obj.get("footer") or None,
        memo=obj.get("description") or None,
        pdf_url=obj.get("invoice_pdf") or None,
    )


def _lines(obj, currency, status):
    lines = tuple(_line(line, currency) for line in listed(require(obj, "lines")))
    if status == "draft":
        return lines
    # What the lines add up to must be what the customer was asked for: a cut or garbled
    # document is never booked.
    on_top = (tax.amount for line in lines for tax in line.taxes if not tax.inclusive)
    lowered = (line.amount - line.discount_amount - line.credit_amount for line in lines)
    total = sum(lowered, sum(on_top, Decimal(0)))
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
        quantity=quantity(obj),
        period=period(require(obj, "period")),
        discount_amount=discount(obj, currency),
        taxes=taxes(obj, currency),
        price_id=ref(path(obj, "pricing", "price_details", "price")),
        product_id=ref(path(obj, "pricing", "price_details", "product")),
        subscription_id=ref(details.get("subscription")) or ref(obj.get("subscription")),
        subscription_item_id=ref(details.get("subscription_item")),
        proration=bool(details.get("proration")),
        credits=applied_credits(obj, currency),
        invoice_item_id=ref(details.get("invoice_item")),
    )
