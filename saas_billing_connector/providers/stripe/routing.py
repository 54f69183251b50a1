"""One line per event type: what it becomes, or why it becomes nothing.

`docs/06_stripe_coverage.md` shows this table to people; a test keeps the two equal.
"""

from dataclasses import dataclass

from ..routes import ACCOUNTING, SERVICE, Ignored, Route
from .readers import family_of


@dataclass(frozen=True, slots=True)
class ByFamily:
    """An event type that means one thing in the families named and another in all later ones."""

    families: frozenset[str]
    before: Route | Ignored
    after: Route | Ignored


def _routes(track, *canonical_types):
    return {name: Route(name, track) for name in canonical_types}


#: canonical type -> its route: the table below and imported objects go by it.
CANONICAL = {
    **_routes(
        SERVICE,
        "customer",
        "card_expiry",
        "tax_id",
        "product",
        "price",
        "coupon",
        "tax_rate",
        "subscription_schedule",
        "subscription",
    ),
    **_routes(
        ACCOUNTING,
        "credit_grant",
        "credit_balance_transaction",
        "invoice_item",
        "invoice",
        "payment",
        "charge",
        "credit_note",
        "refund",
        "dispute",
        "balance_transaction",
        "payout",
        "payout_contents",
    ),
}

FROM_PAYMENT = Ignored(
    "The money itself arrives as invoice_payment.paid, or as charge.succeeded before basil."
)
FROM_REFUND = Ignored("The refund itself arrives as refund.created.")
FROM_PAID = Ignored("invoice.paid says the same and covers out-of-band payments too.")
FROM_FINALIZED = Ignored("Nothing is booked before the invoice is finalised.")
FROM_INVOICE_LINES = Ignored("Discounts are carried on the invoice lines.")
FROM_PRICE = Ignored("The price of the same id says the same.")
ATTEMPT = Ignored("A failed attempt moves no money; the invoice tells of it.")
REMINDER = Ignored("A reminder; the change itself follows.")
NO_BOOKS = Ignored("No effect on subscriptions or books.")
NOT_BILLING = Ignored("A means of payment or its set-up; what it pays arrives by itself.")
NOT_OURS = Ignored("Part of another Stripe product than billing.")

#: event type -> canonical type, or why not
TABLE = {
    # Master data: the newest snapshot wins.
    "customer.created": "customer",
    "customer.updated": "customer",
    "customer.deleted": "customer",
    "customer.tax_id.created": "tax_id",
    "customer.tax_id.updated": "tax_id",
    "customer.tax_id.deleted": "tax_id",
    "customer.discount.created": FROM_INVOICE_LINES,
    "customer.discount.updated": FROM_INVOICE_LINES,
    "customer.discount.deleted": FROM_INVOICE_LINES,
    "customer.source.created": NOT_BILLING,
    "customer.source.updated": NOT_BILLING,
    "customer.source.deleted": NOT_BILLING,
    "customer.source.expiring": "card_expiry",
    "product.created": "product",
    "product.updated": "product",
    "product.deleted": "product",
    "price.created": "price",
    "price.updated": "price",
    "price.deleted": "price",
    "plan.created": FROM_PRICE,
    "plan.updated": FROM_PRICE,
    "plan.deleted": FROM_PRICE,
    "tax_rate.created": "tax_rate",
    "tax_rate.updated": "tax_rate",
    "coupon.created": "coupon",
    "coupon.updated": "coupon",
    "coupon.deleted": "coupon",
    "promotion_code.created": FROM_INVOICE_LINES,
    "promotion_code.updated": FROM_INVOICE_LINES,
    # Subscriptions: the newest snapshot wins, every movement is kept.
    "customer.subscription.created": "subscription",
    "customer.subscription.updated": "subscription",
    "customer.subscription.deleted": "subscription",
    "customer.subscription.paused": "subscription",
    "customer.subscription.resumed": "subscription",
    "customer.subscription.pending_update_applied": "subscription",
    "customer.subscription.pending_update_expired": "subscription",
    "customer.subscription.trial_will_end": REMINDER,
    "subscription_schedule.created": "subscription_schedule",
    "subscription_schedule.updated": "subscription_schedule",
    "subscription_schedule.canceled": "subscription_schedule",
    "subscription_schedule.completed": "subscription_schedule",
    "subscription_schedule.released": "subscription_schedule",
    "subscription_schedule.aborted": "subscription_schedule",
    "subscription_schedule.expiring": REMINDER,
    "entitlements.active_entitlement_summary.updated": NOT_OURS,
    # Invoices: facts only ever add up, so every snapshot may be applied in any order.
    "invoice.created": FROM_FINALIZED,
    "invoice.deleted": FROM_FINALIZED,
    "invoice.upcoming": Ignored("A preview without an invoice id."),
    "invoice.finalized": "invoice",
    "invoice.updated": "invoice",
    "invoice.paid": "invoice",
    "invoice.payment_failed": "invoice",
    "invoice.overpaid": "invoice",
    "invoice.voided": "invoice",
    "invoice.marked_uncollectible": "invoice",
    "invoice.payment_succeeded": FROM_PAID,
    "invoice.payment_action_required": "invoice",
    "invoice.finalization_failed": FROM_FINALIZED,
    "invoice.sent": NO_BOOKS,
    "invoice.overdue": REMINDER,
    "invoice.will_be_due": REMINDER,
    "invoice.payment_attempt_required": REMINDER,
    "invoiceitem.created": "invoice_item",
    "invoiceitem.updated": "invoice_item",
    "invoiceitem.deleted": "invoice_item",
    # Money.
    "invoice_payment.paid": "payment",
    "charge.succeeded": ByFamily(
        # Basil moved the charge's invoice to the invoice payment.
        frozenset({"dated", "acacia"}),
        before=CANONICAL["payment"],
        after=CANONICAL["charge"],
    ),
    "charge.pending": "charge",
    "charge.updated": "charge",
    "charge.captured": "charge",
    "charge.expired": ATTEMPT,
    "charge.failed": "charge",
    "charge.refunded": FROM_REFUND,
    "payment_intent.created": FROM_PAYMENT,
    "payment_intent.processing": FROM_PAYMENT,
    "payment_intent.succeeded": FROM_PAYMENT,
    "payment_intent.canceled": FROM_PAYMENT,
    "payment_intent.amount_capturable_updated": FROM_PAYMENT,
    "payment_intent.partially_funded": FROM_PAYMENT,
    "payment_intent.requires_action": ATTEMPT,
    "payment_intent.payment_failed": ATTEMPT,
    "credit_note.created": "credit_note",
    "credit_note.updated": "credit_note",
    "credit_note.voided": "credit_note",
    "refund.created": "refund",
    "refund.updated": "refund",
    "refund.failed": "refund",
    "charge.refund.updated": FROM_REFUND,
    "charge.dispute.created": "dispute",
    "charge.dispute.updated": "dispute",
    "charge.dispute.closed": "dispute",
    "charge.dispute.funds_withdrawn": "dispute",
    "charge.dispute.funds_reinstated": "dispute",
    "billing.credit_grant.created": "credit_grant",
    "billing.credit_grant.updated": "credit_grant",
    "billing.credit_balance_transaction.created": "credit_balance_transaction",
    "billing.alert.triggered": NO_BOOKS,
    "billing.meter.created": NO_BOOKS,
    "billing.meter.updated": NO_BOOKS,
    "billing.meter.deactivated": NO_BOOKS,
    "billing.meter.reactivated": NO_BOOKS,
    # Settlement.
    "payout.created": "payout",
    "payout.updated": "payout",
    "payout.paid": "payout",
    "payout.failed": "payout",
    "payout.canceled": "payout",
    "payout.reconciliation_completed": "payout",
    "balance.available": NO_BOOKS,
    # What comes along where an endpoint is set to every type.
    "checkout.session.completed": NO_BOOKS,
    "checkout.session.expired": NO_BOOKS,
    "checkout.session.async_payment_succeeded": NO_BOOKS,
    "checkout.session.async_payment_failed": NO_BOOKS,
    "mandate.updated": NOT_BILLING,
    "payment_link.created": NO_BOOKS,
    "payment_link.updated": NO_BOOKS,
    "payment_method.attached": NOT_BILLING,
    "payment_method.automatically_updated": NOT_BILLING,
    "payment_method.detached": NOT_BILLING,
    "payment_method.updated": NOT_BILLING,
    "quote.accepted": NO_BOOKS,
    "quote.canceled": NO_BOOKS,
    "quote.created": NO_BOOKS,
    "quote.finalized": NO_BOOKS,
    "setup_intent.canceled": NOT_BILLING,
    "setup_intent.created": NOT_BILLING,
    "setup_intent.requires_action": NOT_BILLING,
    "setup_intent.setup_failed": NOT_BILLING,
    "setup_intent.succeeded": NOT_BILLING,
    "test_helpers.test_clock.advancing": NO_BOOKS,
    "test_helpers.test_clock.created": NO_BOOKS,
    "test_helpers.test_clock.deleted": NO_BOOKS,
    "test_helpers.test_clock.internal_failure": NO_BOOKS,
    "test_helpers.test_clock.ready": NO_BOOKS,
}

ROUTES = {
    name: CANONICAL[entry] if isinstance(entry, str) else entry for name, entry in TABLE.items()
}

#: Last word of the event types that stand for objects that were read instead of sent.
IMPORTED = "imported"
#: Stripe's name of an object -> canonical type, where the two differ.
OBJECTS = {
    "billing.credit_balance_transaction": "credit_balance_transaction",
    "billing.credit_grant": "credit_grant",
    "invoice_payment": "payment",
    "invoiceitem": "invoice_item",
}

UNKNOWN = Ignored("This event type is not handled; it is kept so that it can be replayed.")


def route_for(event_type, api_version=None):
    """The Route or Ignored of an event type; unknown types are ignored, never refused.

    :param api_version: the event's own; a few types mean different things in different families
    """
    name, _dot, happened = event_type.rpartition(".")
    if happened == IMPORTED:
        return CANONICAL.get(OBJECTS.get(name, name), UNKNOWN)
    route = ROUTES.get(event_type, UNKNOWN)
    if isinstance(route, ByFamily):
        return route.before if family_of(api_version).name in route.families else route.after
    return route
