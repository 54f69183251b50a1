"""Payment intents: one payment, however many attempts it takes."""

from .. import invoicing, payments
from ..errors import declined
from ..world import World
from . import payment_method as payment_methods
from .common import merge_metadata, metadata, need, refuse


def build(
    world: World,
    *,
    amount: int,
    currency: str,
    customer: str | None,
    description: str | None,
    order_reference: str | None,
) -> dict:
    """A payment intent that waits for a working card."""
    identifier = world.ids.new("pi")
    return {
        "id": identifier,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "client_secret": f"{identifier}_secret_simulated",
        "confirmation_method": "automatic",
        "created": world.now,
        "currency": currency,
        "customer": customer,
        "description": description,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_details": {"customer_reference": None, "order_reference": order_reference},
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": None,
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": "off_session",
        "shipping": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }


def process(world: World, intent: dict, charge: dict, method: dict) -> None:
    """A debit is on its way."""
    intent.update(
        last_payment_error=None,
        latest_charge=charge["id"],
        payment_method=method["id"],
        payment_method_types=[method["type"]],
        status="processing",
    )
    world.emit("payment_intent.processing", intent)


def succeed(world: World, intent: dict, charge: dict, method: dict) -> None:
    """The charge went through."""
    intent.update(
        amount_received=charge["amount"],
        last_payment_error=None,
        latest_charge=charge["id"],
        payment_method=method["id"],
        status="succeeded",
    )
    world.emit("payment_intent.succeeded", intent)


def fail(world: World, intent: dict, charge: dict, method: dict) -> None:
    """The charge was declined; the intent waits for another card."""
    intent.update(
        last_payment_error={
            "charge": charge["id"],
            "code": charge["failure_code"],
            "decline_code": "generic_decline",
            "message": charge["failure_message"],
            "payment_method": method,
            "type": "card_error" if method["type"] == "card" else "invalid_request_error",
        },
        latest_charge=charge["id"],
        payment_method=None,
        status="requires_payment_method",
    )
    world.emit("payment_intent.payment_failed", intent)


def cancel(world: World, intent: dict, reason: str) -> None:
    """Nobody will pay it any more."""
    intent.update(canceled_at=world.now, cancellation_reason=reason, status="canceled")
    world.emit("payment_intent.canceled", intent)


def update(world: World, params: dict, intent_id: str) -> dict:
    """POST /v1/payment_intents/:id"""
    intent = world.get("payment_intent", intent_id)
    merge_metadata(intent, params)
    if "description" in params:
        intent["description"] = params["description"]
    return intent


def create(world: World, params: dict) -> dict:
    """POST /v1/payment_intents: a payment apart from any invoice, until it is attached to one."""
    need(params, "amount", "currency")
    intent = build(
        world,
        amount=params["amount"],
        currency=params["currency"].lower(),
        customer=params.get("customer"),
        description=params.get("description"),
        order_reference=None,
    )
    intent["metadata"] = metadata(params)
    world.create(intent, "payment_intent.created")
    if params.get("confirm"):
        _charge(world, intent, params)
    return intent


def confirm(world: World, params: dict, intent_id: str) -> dict:
    """POST /v1/payment_intents/:id/confirm"""
    intent = world.get("payment_intent", intent_id)
    _charge(world, intent, params)
    return intent


def _charge(world: World, intent: dict, params: dict) -> None:
    if intent["status"] != "requires_payment_method":
        refuse(f"This PaymentIntent is {intent['status']}.", code="payment_intent_unexpected_state")
    customer = world.refer("customer", "customer", intent["customer"])
    wanted = params.get("payment_method") or customer["invoice_settings"]["default_payment_method"]
    method = payment_methods.attached(world, wanted, customer["id"])
    charge = payments.charge_intent(world, intent, method, intent["amount"])
    if charge["status"] == "failed":
        raise declined(charge, intent)
    if charge["paid"]:
        invoicing.credit_intent(world, intent)


CREATE = {
    "amount", "confirm", "currency", "customer", "description", "metadata", "off_session",
    "payment_method",
}  # fmt: skip
ROUTES = [
    ("POST", "/v1/payment_intents", create, CREATE),
    ("POST", "/v1/payment_intents/:id", update, {"description", "metadata"}),
    ("POST", "/v1/payment_intents/:id/confirm", confirm, {"off_session", "payment_method"}),
]
