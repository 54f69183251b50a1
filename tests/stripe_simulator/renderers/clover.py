"""2025 clover: whole quantities, no pre-billing, nothing about payments outside Stripe."""

from .tools import without

SINCE = "2025-09-30"
ABSENT = frozenset()


def invoice(obj, world):
    return without(obj, "amount_paid_off_stripe")


def line_item(obj, world):
    return without(obj, "quantity_decimal")


def invoiceitem(obj, world):
    details = obj.get("proration_details") or {}
    return {
        **without(obj, "quantity_decimal"),
        "proration_details": without(details, "credited_items"),
    }


def subscription(obj, world):
    return without(obj, "billing_schedules")


def credit_note_line_item(obj, world):
    return without(obj, "metadata")


CHANGES = {
    "credit_note_line_item": credit_note_line_item,
    "invoice": invoice,
    "invoiceitem": invoiceitem,
    "line_item": line_item,
    "subscription": subscription,
}
