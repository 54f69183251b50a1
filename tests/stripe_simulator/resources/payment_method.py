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
BANK_ACCOUNTS = {
    "pm_usBankAccount_success": ("us_bank_account", "6789"),
    "pm_usBankAccount_accountClosed": ("us_bank_account", "1113"),
    "pm_usBankAccount_insufficientFunds": ("us_bank_account", "2227"),
    "pm_sepaDebit_success": ("sepa_debit", "3000"),
    "pm_sepaDebit_insufficientFunds": ("sepa_debit", "2227"),
}
"""Kind and last digits of each test account; the names of the SEPA ones are ours."""
DEBIT_FAILURES = {"1113": "account_closed", "2227": "insufficient_funds"}
"""Why every debit of an account fails, days later."""
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


def us_bank_account(last4: str) -> dict:
    """An account at a bank of the United States."""
    return {
        "account_holder_type": "company",
        "account_type": "checking",
        "bank_name": "STRIPE TEST BANK",
        "financial_connections_account": None,
        "fingerprint": f"fingerprint{last4}",
        "last4": last4,
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": "110000000",
        "status_details": None,
    }


def sepa_debit(last4: str) -> dict:
    """An account at a bank of the euro area."""
    return {
        "bank_code": "37040044",
        "branch_code": "",
        "country": "DE",
        "fingerprint": f"fingerprint{last4}",
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": last4,
    }


DETAILS = {"us_bank_account": us_bank_account, "sepa_debit": sepa_debit}


def _details(method_id: str) -> dict:
    """Type and details of a test card or a test account."""
    if method_id in CARDS:
        return {"card": card_details(*CARDS[method_id]), "type": "card"}
    if method_id in BANK_ACCOUNTS:
        kind, last4 = BANK_ACCOUNTS[method_id]
        return {kind: DETAILS[kind](last4), "type": kind}
    raise bad_reference("payment_method", "PaymentMethod", method_id)


def attached(world: World, method_id: str, customer_id: str) -> dict:
    """The customer's payment method: a test card is copied for the customer, an own one is kept."""
    existing = world.store.find("payment_method", method_id)
    if existing is not None and existing["customer"] == customer_id:
        return existing
    details = _details(method_id)
    method = {
        "id": world.ids.new("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": empty_billing_details(),
        "created": world.now,
        "customer": customer_id,
        "livemode": False,
        "metadata": {},
        **details,
    }
    return world.create(method, "payment_method.attached")


def attach(world: World, params: dict, method_id: str) -> dict:
    """POST /v1/payment_methods/:id/attach"""
    customer = world.refer("customer", "customer", params.get("customer"))
    return attached(world, method_id, customer["id"])


def last4_of(method: dict) -> str:
    """The last digits, which decide how a test card or account behaves."""
    return method[method["type"]]["last4"]


def declines(world: World, method: dict) -> bool:
    """Whether a charge fails at once, as only cards do."""
    if method["type"] != "card":
        return False
    return method["customer"] in world.declined_cards or last4_of(method) in DECLINING


def debit_failure(world: World, method: dict) -> str | None:
    """Why the debit of an account comes back, None when it does not."""
    if method["customer"] in world.declined_cards:
        return "insufficient_funds"
    return DEBIT_FAILURES.get(last4_of(method))


ROUTES = [("POST", "/v1/payment_methods/:id/attach", attach, {"customer"})]
