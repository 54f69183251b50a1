"""Invoices: their shape. What happens to them is in `invoicing`, their routes in `invoice_api`."""

from ..world import World
from .common import list_object, metadata

AUTOMATIC_TAX_OFF = {
    "disabled_reason": None,
    "enabled": False,
    "liability": None,
    "provider": None,
    "status": None,
}
TRANSITIONS = ("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")


def subscription_parent(subscription: dict | None) -> dict | None:
    """The parent of a subscription's invoice."""
    if subscription is None:
        return None
    return {
        "quote_details": None,
        "subscription_details": {
            "metadata": dict(subscription["metadata"]),
            "subscription": subscription["id"],
        },
        "type": "subscription_details",
    }


def build(
    world: World,
    customer: dict,
    reason: str,
    subscription: dict | None,
    collected: dict,
    fields: dict,
) -> dict:
    """A draft without lines; `fields` are what the request or the subscription decides."""
    identifier = world.ids.new("in")
    settings = world.settings
    return {
        "id": identifier,
        "object": "invoice",
        "account_country": settings.account_country,
        "account_name": settings.account_name,
        "account_tax_ids": None,
        "amount_due": 0,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_paid_off_stripe": 0,
        "amount_remaining": 0,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": fields.get("auto_advance", True),
        "automatic_tax": dict(AUTOMATIC_TAX_OFF),
        "automatically_finalizes_at": None,
        "billing_reason": reason,
        "collection_method": fields.get("collection_method", "charge_automatically"),
        "created": world.now,
        "currency": fields["currency"],
        "custom_fields": None,
        "customer": customer["id"],
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": None,
        "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": [],
        "default_payment_method": fields.get("default_payment_method"),
        "default_source": None,
        "default_tax_rates": list(fields.get("default_tax_rates", ())),
        "description": fields.get("description"),
        "discounts": list(fields.get("discounts", ())),
        "due_date": fields.get("due_date"),
        "effective_at": fields.get("effective_at"),
        "ending_balance": None,
        "footer": fields.get("footer"),
        "from_invoice": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "issuer": {"type": "self"},
        "last_finalization_error": None,
        "latest_revision": None,
        "lines": list_object([], f"/v1/invoices/{identifier}/lines"),
        "livemode": False,
        "metadata": metadata(fields),
        "next_payment_attempt": None,
        "number": fields.get("number"),
        "on_behalf_of": None,
        "parent": subscription_parent(subscription),
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "period_end": collected["end"],
        "period_start": collected["start"],
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "rendering": None,
        "shipping_cost": None,
        "shipping_details": None,
        "starting_balance": customer["balance"],
        "statement_descriptor": None,
        "status": "draft",
        "status_transitions": dict.fromkeys(TRANSITIONS),
        "subtotal": 0,
        "subtotal_excluding_tax": 0,
        "test_clock": None,
        "total": 0,
        "total_discount_amounts": [],
        "total_excluding_tax": 0,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": None,
    }
