"""2024-09-30 to 2025-02-24: the last family in which an invoice names its subscription and charge.

Basil, which it is upgraded to, moved nearly everything that billing is made of.
"""

from ..fields import path, ref
from .moves import each_item, first_of

SINCE = "2024-09-30"


def invoice(obj):
    """`subscription` → `parent`; `paid_out_of_band` → the amount paid off Stripe; its lines."""
    moved = each_item(obj, "lines", invoice_line)
    if not obj.get("parent") and obj.get("subscription"):
        details = obj.get("subscription_details") or {}
        moved["parent"] = {
            "type": "subscription_details",
            "subscription_details": {**details, "subscription": ref(obj["subscription"])},
        }
    if obj.get("paid_out_of_band") and obj.get("amount_paid_off_stripe") is None:
        # All or nothing in these versions. Basil dropped the flag, dahlia brought the amount.
        moved["amount_paid_off_stripe"] = obj.get("amount_paid") or obj.get("amount_due")
    return moved


def invoice_line(line):
    """What a line is for, what it costs and its taxes each got an object of their own."""
    moved = line_taxes(line)
    if not line.get("parent") and "type" in line:
        moved["parent"] = _line_parent(line)
    if not line.get("pricing"):
        moved["pricing"] = _pricing(line)
    return moved


def line_taxes(line):
    """`tax_amounts` → `taxes`, on lines of invoices and of credit notes."""
    if "taxes" in line or "tax_amounts" not in line:
        return dict(line)
    taxes = [
        {
            "amount": tax.get("amount"),
            "tax_behavior": "inclusive" if tax.get("inclusive") else "exclusive",
            "tax_rate_details": {"tax_rate": ref(tax.get("tax_rate"))},
            "taxability_reason": tax.get("taxability_reason"),
            "taxable_amount": tax.get("taxable_amount"),
        }
        for tax in line["tax_amounts"] or ()
    ]
    return {**line, "taxes": taxes}


def _line_parent(line):
    details = {
        "invoice_item": ref(line.get("invoice_item")),
        "proration": bool(line.get("proration")),
        "proration_details": line.get("proration_details"),
        "subscription": ref(line.get("subscription")),
    }
    # A proration is an invoice item too, yet basil shows it under the item that caused it.
    if item := ref(line.get("subscription_item")):
        return {
            "type": "subscription_item_details",
            "subscription_item_details": {**details, "subscription_item": item},
        }
    return {"type": "invoice_item_details", "invoice_item_details": details}


def _pricing(obj):
    price = first_of(obj, "price", "plan")
    if not price:
        return None
    return {
        "type": "price_details",
        "price_details": {"price": ref(price), "product": ref(path(price, "product"))},
    }


def invoice_item(obj):
    """`price` → `pricing`, `subscription` → `parent`."""
    moved = dict(obj)
    if not obj.get("pricing"):
        moved["pricing"] = _pricing(obj)
    if not obj.get("parent") and obj.get("subscription"):
        moved["parent"] = {
            "type": "subscription_details",
            "subscription_details": {
                "subscription": ref(obj["subscription"]),
                "subscription_item": ref(obj.get("subscription_item")),
            },
        }
    return moved


def credit_note(obj):
    """`refund` → `refunds` with amounts; its lines' taxes.

    The amount of the refund is what is left after the out-of-band part, unless the note also went
    to the customer's balance: how it was split is then told by an expanded refund only.
    """
    moved = each_item(obj, "lines", line_taxes)
    if "refunds" in obj or not obj.get("refund"):
        return moved
    amount = path(obj["refund"], "amount")
    if amount is None and not obj.get("customer_balance_transaction"):
        amount = _after_payment(obj) - (obj.get("out_of_band_amount") or 0)
    moved["refunds"] = [{"refund": ref(obj["refund"]), "amount_refunded": amount}]
    return moved


def _after_payment(note):
    return note["total"] if note.get("type") == "post_payment" else 0


def subscription(obj):
    """The current period → each item's own; `discount` → `discounts`."""
    period = {
        name: obj[name]
        for name in ("current_period_start", "current_period_end")
        if obj.get(name) is not None
    }
    moved = each_item(obj, "items", lambda item: {**period, **item})
    if "discounts" not in obj and obj.get("discount"):
        moved["discounts"] = [obj["discount"]]
    return moved


def payment(obj):
    """A charge that names its invoice → the invoice payment that basil makes of it.

    A charge belongs to one payment intent, which then stands for it as it does in basil.
    """
    if obj.get("object") != "charge":
        return obj
    intent = ref(obj.get("payment_intent"))
    kind, source = ("payment_intent", intent) if intent else ("charge", obj.get("id"))
    return {
        "id": obj.get("id"),
        "object": "invoice_payment",
        "amount_paid": first_of(obj, "amount_captured", "amount"),
        "created": obj.get("created"),
        "currency": obj.get("currency"),
        "invoice": obj.get("invoice"),
        "payment": {"type": kind, kind: source},
        "status": "paid" if obj.get("status") == "succeeded" else obj.get("status"),
        "status_transitions": {"paid_at": obj.get("succeeded_at")},
    }


UPGRADES = {
    "credit_note": credit_note,
    "invoice": invoice,
    "invoice_item": invoice_item,
    "payment": payment,
    "subscription": subscription,
}
