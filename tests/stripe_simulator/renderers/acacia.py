"""2024 acacia: invoices name their subscription and charge, subscriptions have one period."""

from .tools import found, without

SINCE = "2024-09-30"
ABSENT = frozenset({"invoice.overpaid", "invoice_payment.paid"})


def _intent(world, invoice_id):
    payments = world.store.where("invoice_payment", "invoice", invoice_id)
    intent = payments[-1]["payment"].get("payment_intent") if payments else None
    return found(world, "payment_intent", intent)


def _invoice_of(world, intent_id):
    payments = world.store.where("invoice_payment", "payment.payment_intent", intent_id)
    return payments[0]["invoice"] if payments else None


def _discount(world, discounts):
    first = discounts[0] if discounts else None
    if not isinstance(first, str):
        return first
    discount = found(world, "discount", first)
    if discount is None:
        return None
    coupon = found(world, "coupon", discount["source"]["coupon"])
    return {**without(discount, "source"), "coupon": coupon}


def tax_amounts(taxes):
    """`taxes` as this family shows them."""
    return [
        {
            "amount": tax["amount"],
            "inclusive": tax["tax_behavior"] == "inclusive",
            "tax_rate": tax["tax_rate_details"]["tax_rate"],
            "taxability_reason": tax["taxability_reason"],
            "taxable_amount": tax["taxable_amount"],
        }
        for tax in taxes or ()
    ]


def invoice(obj, world):
    details = (obj["parent"] or {}).get("subscription_details") or {}
    intent = _intent(world, obj["id"])
    taxes = tax_amounts(obj["total_taxes"])
    outside = obj["status"] == "paid" and bool(obj["amount_due"]) and intent is None
    return {
        **without(
            obj, "amount_overpaid", "confirmation_secret", "parent", "payments", "total_taxes"
        ),
        "application_fee_amount": None,
        "charge": intent and intent["latest_charge"],
        "discount": _discount(world, obj["discounts"]),
        "paid": obj["status"] == "paid",
        "paid_out_of_band": outside,
        "payment_intent": intent and intent["id"],
        "quote": None,
        "subscription": details.get("subscription"),
        "subscription_details": {"metadata": details.get("metadata")} if details else None,
        "tax": sum(tax["amount"] for tax in taxes) if taxes else None,
        "total_tax_amounts": taxes,
        "transfer_data": None,
    }


def line_item(obj, world):
    parent = obj["parent"]
    details = parent[parent["type"]]
    price = (obj["pricing"] or {}).get("price_details") or {}
    item = details.get("subscription_item")
    shown = {
        **without(obj, "parent", "pricing", "taxes"),
        "amount_excluding_tax": None,
        "plan": None,
        "price": found(world, "price", price.get("price")),
        "proration": details["proration"],
        "proration_details": details["proration_details"],
        "subscription": details.get("subscription"),
        "tax_amounts": tax_amounts(obj["taxes"]),
        "tax_rates": [],
        "type": "invoiceitem" if details.get("invoice_item") else "subscription",
        "unit_amount_excluding_tax": None,
    }
    for name, value in (("invoice_item", details.get("invoice_item")), ("subscription_item", item)):
        if value:
            shown[name] = value
    return shown


def invoiceitem(obj, world):
    details = (obj["parent"] or {}).get("subscription_details") or {}
    price = (obj["pricing"] or {}).get("price_details") or {}
    shown = {
        **without(obj, "parent", "pricing"),
        "plan": None,
        "price": found(world, "price", price.get("price")),
        "subscription": details.get("subscription"),
        "unit_amount": None,
        "unit_amount_decimal": None,
    }
    if details.get("subscription_item"):
        shown["subscription_item"] = details["subscription_item"]
    return shown


def credit_note(obj, world):
    refunds = obj["refunds"]
    return {
        **without(obj, "post_payment_amount", "pre_payment_amount", "refunds", "total_taxes"),
        "refund": refunds[0]["refund"] if refunds else None,
        "tax_amounts": tax_amounts(obj["total_taxes"]),
        "type": "pre_payment" if obj["pre_payment_amount"] else "post_payment",
    }


def credit_note_line_item(obj, world):
    return {
        **without(obj, "taxes"),
        "amount_excluding_tax": None,
        "tax_amounts": tax_amounts(obj["taxes"]),
        "unit_amount_excluding_tax": None,
    }


def subscription(obj, world):
    items = obj["items"]["data"]
    return {
        **without(obj, "billing_mode"),
        "current_period_end": min(item["current_period_end"] for item in items) if items else None,
        "current_period_start": max(item["current_period_start"] for item in items)
        if items
        else None,
        "discount": _discount(world, obj["discounts"]),
        "items": {**obj["items"], "data": [_item(item) for item in items]},
    }


def _item(item):
    return without(item, "current_period_end", "current_period_start")


def price(obj, world):
    if not obj["recurring"]:
        return obj
    return {**obj, "recurring": {**obj["recurring"], "aggregate_usage": None}}


def charge(obj, world):
    return {**obj, "invoice": _invoice_of(world, obj["payment_intent"])}


def payment_intent(obj, world):
    return {**obj, "invoice": _invoice_of(world, obj["id"])}


CHANGES = {
    "charge": charge,
    "credit_note": credit_note,
    "credit_note_line_item": credit_note_line_item,
    "invoice": invoice,
    "invoiceitem": invoiceitem,
    "line_item": line_item,
    "payment_intent": payment_intent,
    "price": price,
    "subscription": subscription,
}
