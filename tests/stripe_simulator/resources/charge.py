"""Charges: one attempt to take money from a card."""

from ..world import World
from .common import merge_metadata
from .payment_method import empty_billing_details

APPROVED = {
    "advice_code": None,
    "network_advice_code": None,
    "network_decline_code": None,
    "network_status": "approved_by_network",
    "reason": None,
    "risk_level": "normal",
    "risk_score": 23,
    "seller_message": "Payment complete.",
    "type": "authorized",
}
DECLINED = {
    **APPROVED,
    "advice_code": "try_again_later",
    "network_decline_code": "01",
    "network_status": "declined_by_network",
    "reason": "generic_decline",
    "seller_message": "The bank did not return any further details with this decline.",
    "type": "issuer_declined",
}


PENDING = {
    **APPROVED,
    "risk_level": "not_assessed",
}
OUTCOMES = {"succeeded": APPROVED, "failed": DECLINED, "pending": PENDING}
ACCOUNT = (
    "account_holder_type", "account_type", "bank_code", "bank_name", "branch_code", "country",
    "fingerprint", "last4", "routing_number",
)  # fmt: skip
"""What a charge shows of a bank account."""
FAILURES = {
    "account_closed": "The customer's bank account has been closed.",
    "card_declined": "Your card was declined.",
    "insufficient_funds": "The customer's account has insufficient funds to cover this payment.",
}


def _card(method: dict, amount: int) -> dict:
    card = method["card"]
    kept = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding")
    return {
        **{name: card[name] for name in kept},
        "amount_authorized": amount,
        "installments": None,
        "last4": card["last4"],
        "mandate": None,
        "network": card["brand"],
        "three_d_secure": None,
        "wallet": None,
    }


def _bank_account(method: dict, amount: int) -> dict:
    account = method[method["type"]]
    return {name: account[name] for name in ACCOUNT if name in account}


def _method_details(method: dict, amount: int) -> dict:
    details = _card if method["type"] == "card" else _bank_account
    return {method["type"]: details(method, amount), "type": method["type"]}


def build(world: World, intent: dict, method: dict, amount: int, status: str) -> dict:
    """A charge of `amount` in the intent's currency: succeeded, failed or pending."""
    identifier = world.ids.new("ch" if method["type"] == "card" else "py")
    failed = status == "failed"
    return {
        "id": identifier,
        "object": "charge",
        "amount": amount,
        "amount_captured": 0 if failed else amount,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": empty_billing_details(),
        "calculated_statement_descriptor": "SIMULATED",
        "captured": not failed,
        "created": world.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": "card_declined" if failed else None,
        "failure_message": FAILURES["card_declined"] if failed else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": {},
        "on_behalf_of": None,
        "outcome": dict(OUTCOMES[status]),
        "paid": status == "succeeded",
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": _method_details(method, amount),
        "radar_options": {},
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None if failed else f"https://pay.stripe.com/receipts/{identifier}",
        "refunded": False,
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": status,
        "transfer_data": None,
        "transfer_group": None,
    }


def fail(charge: dict, code: str) -> None:
    """A pending charge comes to nothing."""
    charge.update(
        amount_captured=0,
        captured=False,
        failure_code=code,
        failure_message=FAILURES[code],
        outcome=dict(DECLINED),
        receipt_url=None,
        status="failed",
    )


def update(world: World, params: dict, charge_id: str) -> dict:
    """POST /v1/charges/:id"""
    charge = world.get("charge", charge_id)
    with world.updating(charge, "charge.updated"):
        merge_metadata(charge, params)
        if "description" in params:
            charge["description"] = params["description"]
    return charge


ROUTES = [("POST", "/v1/charges/:id", update, {"description", "metadata"})]
