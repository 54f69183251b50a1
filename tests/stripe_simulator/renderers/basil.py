"""2025 basil: discounts hold their coupon."""

from .tools import found, without

SINCE = "2025-03-31"
ABSENT = frozenset()


def discount(obj, world):
    coupon = obj["source"]["coupon"]
    if isinstance(coupon, str):
        coupon = found(world, "coupon", coupon)
    return {**without(obj, "source"), "coupon": coupon}


def line_item(obj, world):
    return without(obj, "subtotal")


def invoiceitem(obj, world):
    return without(obj, "net_amount", "proration_details")


def subscription(obj, world):
    return {**obj, "billing_mode": without(obj["billing_mode"], "flexible")}


def credit_note(obj, world):
    refunds = [without(each, "type", "payment_record_refund") for each in obj["refunds"]]
    return {**obj, "refunds": refunds}


CHANGES = {
    "credit_note": credit_note,
    "discount": discount,
    "invoiceitem": invoiceitem,
    "line_item": line_item,
    "subscription": subscription,
}
