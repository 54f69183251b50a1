"""Stripe's `invoiceitem`: what waits for the next invoice."""

from ....canonical import InvoiceItem
from ..fields import instant, owner, path, period, ref, require
from ..money import from_minor
from .line import quantity


def normalise(obj):
    currency = require(obj, "currency").upper()
    details = path(obj, "parent", "subscription_details") or {}
    return InvoiceItem(
        external_id=require(obj, "id"),
        customer_id=owner(obj),
        amount=from_minor(require(obj, "amount"), currency),
        currency=currency,
        quantity=quantity(obj),
        period=period(require(obj, "period")),
        description=obj.get("description") or "",
        proration=bool(obj.get("proration")),
        invoice_id=ref(obj.get("invoice")),
        subscription_id=ref(details.get("subscription")),
        subscription_item_id=ref(details.get("subscription_item")),
        price_id=ref(path(obj, "pricing", "price_details", "price")),
        product_id=ref(path(obj, "pricing", "price_details", "product")),
        deleted=bool(obj.get("deleted")),
        created_at=instant(obj.get("date")),
    )
