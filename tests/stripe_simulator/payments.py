"""Payment of invoices: payment intent, invoice payment, charge, balance transaction."""

from . import debits, disputes, ledger, standing
from .resources import charge as charges
from .resources import invoice_payment as invoice_payments
from .resources import payment_intent as intents
from .resources.payment_method import DISPUTES, declines, last4_of
from .world import World

DESCRIPTIONS = {"subscription_create": "Subscription creation", "manual": "Payment for Invoice"}
DEFAULT_DESCRIPTION = "Subscription update"
TRANSACTIONS = {"card": "charge"}
"""The type of a charge's balance transaction by payment method; all others are payments."""


def prepare(world: World, invoice: dict) -> None:
    """The payment intent of an open invoice, and its place among the invoice's payments."""
    description = DESCRIPTIONS.get(invoice["billing_reason"], DEFAULT_DESCRIPTION)
    intent = intents.build(
        world,
        amount=invoice["amount_remaining"],
        currency=invoice["currency"],
        customer=invoice["customer"],
        description=description,
        order_reference=invoice["id"],
    )
    world.create(intent, "payment_intent.created")
    payment = {"payment_intent": intent["id"], "type": "payment_intent"}
    world.create(invoice_payments.build(world, invoice, payment, intent["amount"], default=True))


def payments_of(world: World, invoice: dict, *statuses: str) -> list[dict]:
    """The payments of an invoice in some statuses, oldest first."""
    found = world.store.where("invoice_payment", "invoice", invoice["id"])
    return [each for each in found if each["status"] in statuses]


def default_of(world: World, invoice: dict) -> dict | None:
    """The open or paid payment that Stripe made by itself."""
    found = payments_of(world, invoice, "open", "paid")
    return next((each for each in found if each["is_default"]), None)


def intent_of(world: World, invoice: dict) -> dict:
    """The invoice's payment intent, made now if finalisation made none."""
    if default_of(world, invoice) is None:
        prepare(world, invoice)
    return world.get("payment_intent", default_of(world, invoice)["payment"]["payment_intent"])


def method_for(world: World, invoice: dict) -> dict | None:
    """What to charge: the invoice's method, else the subscription's, else the customer's."""
    subscription = standing.subscription_of(world, invoice) or {}
    customer = world.get("customer", invoice["customer"])
    method_id = (
        invoice["default_payment_method"]
        or subscription.get("default_payment_method")
        or customer["invoice_settings"]["default_payment_method"]
    )
    return world.store.find("payment_method", method_id)


def attempt(world: World, invoice: dict) -> dict | None:
    """Charge what remains of an invoice; returns the charge, None when there is no method."""
    world.attempts.setdefault(invoice["id"], world.now)
    method = method_for(world, invoice)
    intent = intent_of(world, invoice)
    if method is None:
        return None
    return charge_intent(world, intent, method, invoice["amount_remaining"])


def charge_intent(world: World, intent: dict, method: dict, amount: int) -> dict:
    """One attempt to charge `amount` for a payment intent; a bank account answers days later."""
    if method["type"] != "card":
        return debits.start(world, intent, method, amount)
    status = "failed" if declines(world, method) else "succeeded"
    charge = charges.build(world, intent, method, amount, status)
    if status == "succeeded":
        charge["balance_transaction"] = ledger.record_charge(world, charge)["id"]
    world.create(charge, f"charge.{status}")
    outcome = intents.fail if status == "failed" else intents.succeed
    outcome(world, intent, charge, method)
    if last4_of(method) in DISPUTES and status == "succeeded":
        world.agenda.add(world.now + world.settings.dispute_delay, dispute, charge["id"])
    return charge


def dispute(world: World, charge_id: str) -> None:
    """What comes after a charge of a test card that disputes."""
    last4 = world.get("charge", charge_id)["payment_method_details"]["card"]["last4"]
    disputes.open_on(world, charge_id, **DISPUTES[last4])


def mark_paid(world: World, payment: dict, amount: int) -> None:
    """Close an invoice payment."""
    payment.update(amount_paid=amount, status="paid")
    payment["status_transitions"]["paid_at"] = world.now
    world.emit("invoice_payment.paid", payment)


def register_failure(world: World, invoice: dict, attempts: int = 1) -> None:
    """Count a failed attempt and say when the next one comes."""
    following = _next_attempt(world, invoice)
    with world.updating(invoice, "invoice.updated"):
        invoice.update(
            attempted=True,
            attempt_count=invoice["attempt_count"] + attempts,
            next_payment_attempt=following,
        )
    world.emit("invoice.payment_failed", invoice)
    standing.after_failure(world, invoice, last=following is None and _is_retried(invoice))


def register_processing(world: World, invoice: dict) -> None:
    """Count an attempt whose outcome is not known yet; nothing is tried meanwhile."""
    with world.updating(invoice, "invoice.updated"):
        invoice.update(
            attempted=True,
            attempt_count=invoice["attempt_count"] + 1,
            next_payment_attempt=None,
        )
    standing.while_processing(world, invoice)


def _is_retried(invoice: dict) -> bool:
    """Only renewals and the like are retried by themselves."""
    return invoice["billing_reason"] != "subscription_create" and invoice["auto_advance"]


def _next_attempt(world: World, invoice: dict) -> int | None:
    """The first retry after now."""
    if not _is_retried(invoice):
        return None
    first = world.attempts[invoice["id"]]
    retries = (first + offset for offset in world.settings.dunning_offsets)
    return next((retry for retry in retries if retry > world.now), None)


def fit(world: World, invoice: dict) -> None:
    """Let the open default payment ask for what remains; nothing remaining cancels it."""
    if invoice["amount_remaining"] == 0:
        cancel(world, invoice, "automatic")
        return
    for payment in payments_of(world, invoice, "open"):
        if payment["is_default"]:
            payment["amount_requested"] = invoice["amount_remaining"]
            intent = world.get("payment_intent", payment["payment"]["payment_intent"])
            intent["amount"] = invoice["amount_remaining"]


def cancel(world: World, invoice: dict, reason: str) -> None:
    """Cancel the unpaid default payment of an invoice; a debit on its way cannot be."""
    for payment in payments_of(world, invoice, "open"):
        intent = world.get("payment_intent", payment["payment"]["payment_intent"])
        if payment["is_default"] and intent["status"] != "processing":
            payment["status"] = "canceled"
            payment["status_transitions"]["canceled_at"] = world.now
            intents.cancel(world, intent, reason)
