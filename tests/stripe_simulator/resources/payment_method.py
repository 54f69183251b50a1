"""Cards: Stripe's test cards attached to customers, working or declining."""

from ..errors import bad_reference
from ..world import World
from .common import address

CARDS = {
    "pm_card_visa": ("visa", "4242"),
    "pm_card_mastercard": ("mastercard", "4444"),
    "pm_card_chargeCustomerFail": ("visa", "0341"),
    "pm_card_createDispute": ("visa", "0259"),
    "pm_card_createDisputeProductNotReceived": ("visa", "2685"),
    "pm_card_createDisputeInquiry": ("visa", "1976"),
    "pm_card_pendingRefund": ("visa", "7726"),
    "pm_card_refundFail": ("visa", "5126"),
}
"""Brand and last digits of each test card; 0341 attaches well and then declines every charge."""
DECLINING = frozenset({"0341"})
DISPUTES = {
    "0259": {"reason": "fraudulent"},
    "2685": {"reason": "product_not_received"},
    "1976": {"reason": "fraudulent", "inquiry": True},
}
"""How every charge of a card is disputed."""
REFUNDS = {"7726": ("pending", "succeed"), "5126": ("succeeded", "fail")}
"""How refunds to a card begin, and how they end."""


def card_details(brand: str, last4: str) -> dict:
    """The card as a payment method shows it."""
    return {
        "brand": brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "pass",
        },
        "country": "US",
        "display_brand": brand,
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": f"fingerprint{last4}",
        "funding": "credit",
        "generated_from": None,
        "last4": last4,
        "networks": {"available": [brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def empty_billing_details() -> dict:
    """Billing details of a card that was entered without any."""
    return {
        "address": address({"city": None}),
        "email": None,
        "name": None,
        "phone": None,
        "tax_id": None,
    }


def attached(world: World, method_id: str, customer_id: str) -> dict:
    """The customer's payment method: a test card is copied for the customer, an own one is kept."""
    existing = world.store.find("payment_method", method_id)
    if existing is not None and existing["customer"] == customer_id:
        return existing
    if method_id not in CARDS:
        raise bad_reference("payment_method", "PaymentMethod", method_id)
    method = {
        "id": world.ids.new("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": empty_billing_details(),
        "card": card_details(*CARDS[method_id]),
        "created": world.now,
        "customer": customer_id,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }
    return world.create(method, "payment_method.attached")


def attach(world: World, params: dict, method_id: str) -> dict:
    """POST /v1/payment_methods/:id/attach"""
    customer = world.refer("customer", "customer", params.get("customer"))
    return attached(world, method_id, customer["id"])


def declines(world: World, method: dict) -> bool:
    """Whether a charge of this card fails."""
    return method["customer"] in world.declined_cards or method["card"]["last4"] in DECLINING


ROUTES = [("POST", "/v1/payment_methods/:id/attach", attach, {"customer"})]
