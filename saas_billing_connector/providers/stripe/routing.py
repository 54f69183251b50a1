"""One line per event type: what it becomes, or why it becomes nothing.

The *track* keeps what customers feel (access, master data) apart from what the books need, so
that a month start full of invoices never delays a suspension.
"""

from dataclasses import dataclass

SERVICE = "service"
ACCOUNTING = "accounting"


@dataclass(frozen=True, slots=True)
class Route:
    """An event type that becomes a canonical record of type `canonical_type`."""

    canonical_type: str
    track: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event type that is kept but has no effect, with the reason."""

    reason: str
    track: str = SERVICE


CUSTOMER = Route("customer", SERVICE)
PRODUCT = Route("product", SERVICE)
PRICE = Route("price", SERVICE)
TAX_RATE = Route("tax_rate", SERVICE)
SUBSCRIPTION = Route("subscription", SERVICE)
INVOICE = Route("invoice", ACCOUNTING)
PAYMENT = Route("payment", ACCOUNTING)
CREDIT_NOTE = Route("credit_note", ACCOUNTING)
REFUND = Route("refund", ACCOUNTING)

FROM_INVOICE_PAYMENT = Ignored("Money is booked from invoice_payment.paid, once per application.")
FROM_REFUND = Ignored("The refund itself arrives as refund.created.")
FROM_PAID = Ignored("invoice.paid says the same and covers out-of-band payments too.")
FROM_FINALIZED = Ignored("Nothing is booked before the invoice is finalised.")
NO_BOOKS = Ignored("No effect on subscriptions or books.")
LATER = Ignored("Kept for replay: handling of this object comes with a later release.")

ROUTES = {
    # Master data: the newest snapshot wins.
    "customer.created": CUSTOMER,
    "customer.updated": CUSTOMER,
    "customer.deleted": CUSTOMER,
    "product.created": PRODUCT,
    "product.updated": PRODUCT,
    "product.deleted": PRODUCT,
    "price.created": PRICE,
    "price.updated": PRICE,
    "price.deleted": PRICE,
    "tax_rate.created": TAX_RATE,
    "tax_rate.updated": TAX_RATE,
    "coupon.created": Ignored("Discounts are carried on the invoice lines."),
    "coupon.updated": Ignored("Discounts are carried on the invoice lines."),
    "coupon.deleted": Ignored("Discounts are carried on the invoice lines."),
    # Subscriptions: the newest snapshot wins, every movement is kept.
    "customer.subscription.created": SUBSCRIPTION,
    "customer.subscription.updated": SUBSCRIPTION,
    "customer.subscription.deleted": SUBSCRIPTION,
    "customer.subscription.paused": SUBSCRIPTION,
    "customer.subscription.resumed": SUBSCRIPTION,
    "customer.subscription.trial_will_end": Ignored("A reminder; the change itself follows."),
    # Invoices: facts only ever add up, so every snapshot may be applied in any order.
    "invoice.created": FROM_FINALIZED,
    "invoice.deleted": FROM_FINALIZED,
    "invoice.upcoming": Ignored("A preview without an invoice id."),
    "invoice.finalized": INVOICE,
    "invoice.updated": INVOICE,
    "invoice.paid": INVOICE,
    "invoice.payment_failed": INVOICE,
    "invoice.voided": INVOICE,
    "invoice.marked_uncollectible": INVOICE,
    "invoice.payment_succeeded": FROM_PAID,
    "invoice.payment_action_required": NO_BOOKS,
    "invoice.finalization_failed": LATER,
    "invoice.overpaid": LATER,
    # Money.
    "invoice_payment.paid": PAYMENT,
    "charge.succeeded": FROM_INVOICE_PAYMENT,
    "charge.updated": FROM_INVOICE_PAYMENT,
    "charge.failed": Ignored("A failed attempt moves no money; the invoice tells of it."),
    "charge.refunded": FROM_REFUND,
    "payment_intent.created": FROM_INVOICE_PAYMENT,
    "payment_intent.succeeded": FROM_INVOICE_PAYMENT,
    "payment_intent.payment_failed": Ignored(
        "A failed attempt moves no money; the invoice tells of it."
    ),
    "credit_note.created": CREDIT_NOTE,
    "credit_note.updated": CREDIT_NOTE,
    "credit_note.voided": CREDIT_NOTE,
    "refund.created": REFUND,
    "refund.updated": REFUND,
    "refund.failed": REFUND,
    "charge.refund.updated": FROM_REFUND,
    # Settlement.
    "payout.created": LATER,
    "payout.updated": LATER,
    "payout.paid": LATER,
    "payout.failed": LATER,
    "payout.canceled": LATER,
    "payout.reconciliation_completed": LATER,
    "balance.available": NO_BOOKS,
}

UNKNOWN = Ignored("This event type is not handled; it is kept so that it can be replayed.")


def route_for(event_type):
    """The Route or Ignored of an event type; unknown types are ignored, never refused."""
    return ROUTES.get(event_type, UNKNOWN)
