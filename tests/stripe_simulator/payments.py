"""Payment of invoices: payment intent, invoice payment, charge, balance transaction."""

from . import disputes, ledger, standing
from .resources import charge as charges
from .resources import invoice_payment as invoice_payments
from .resources import payment_intent as intents
from .resources.payment_method import DISPUTES, declines
from .world import World

DESCRIPTIONS = {"subscription_create": "Subscription creation", "manual": "Payment for Invoice"}
DEFAULT_DESCRIPTION = "Subscription update"


def prepare(world: World, invoice: dict) -> None:
    """The payment intent of an open invoice, and its place among the invoice's payments."""
    description = DESCRIPTIONS.get(invoice["billing_reason"], DEFAULT_DESCRIPTION)
    intent = intents.build(
        world,
        amount=invoice["amount_due"],
        currency=invoice["currency"],
        customer=invoice["customer"],
        description=description,
        order_reference=invoice["id"],
    )
    world.create(intent, "payment_intent.created")
    world.create(invoice_payments.build(world, invoice, intent))


def payment_of(world: World, invoice: dict) -> dict | None:
    """The open or paid default payment of an invoice."""
    payments = world.store.where("invoice_payment", "invoice", invoice["id"])
    return next((each for each in payments if each["status"] != "canceled"), None)


def intent_of(world: World, invoice: dict) -> dict:
    """The invoice's payment intent, made now if finalisation made none."""
    if payment_of(world, invoice) is None:
        prepare(world, invoice)
    payment = payment_of(world, invoice)
    return world.get("payment_intent", payment["payment"]["payment_intent"])


def method_for(world: World, invoice: dict) -> dict | None:
    """The card to charge: the invoice's, else the subscription's, else the customer's default."""
    subscription = standing.subscription_of(world, invoice) or {}
    customer = world.get("customer", invoice["customer"])
    method_id = (
        invoice["default_payment_method"]
        or subscription.get("default_payment_method")
        or customer["invoice_settings"]["default_payment_method"]
    )
    return world.store.find("payment_method", method_id)


def attempt(world: World, invoice: dict) -> dict | None:
    """Charge what remains of an invoice; returns the charge, None when there is no card."""
    world.attempts.setdefault(invoice["id"], world.now)
    method = method_for(world, invoice)
    intent = intent_of(world, invoice)
    if method is None:
        return None
    return charge_intent(world, intent, method, invoice["amount_remaining"])


def charge_intent(world: World, intent: dict, method: dict, amount: int) -> dict:
    """One attempt to charge `amount` for a payment intent."""
    failed = declines(world, method)
    charge = charges.build(world, intent, method, amount, failed=failed)
    if not failed:
        transaction = ledger.record_charge(world, charge)
        charge["balance_transaction"] = transaction["id"]
    world.create(charge, "charge.failed" if failed else "charge.succeeded")
    outcome = intents.fail if failed else intents.succeed
    outcome(world, intent, charge, method)
    if method["card"]["last4"] in DISPUTES and not failed:
        world.agenda.add(world.now + world.settings.dispute_delay, dispute, charge["id"])
    return charge


def dispute(world: World, charge_id: str) -> None:
    """What comes after a charge of a test card that disputes."""
    last4 = world.get("charge", charge_id)["payment_method_details"]["card"]["last4"]
    disputes.open_on(world, charge_id, **DISPUTES[last4])


def mark_paid(world: World, invoice: dict, charge: dict) -> None:
    """Close the invoice payment that a successful charge settles."""
    payment = payment_of(world, invoice)
    payment.update(amount_paid=charge["amount"], status="paid")
    payment["status_transitions"]["paid_at"] = world.now
    world.emit("invoice_payment.paid", payment)


def register_failure(world: World, invoice: dict) -> None:
    """Count a failed attempt and say when the next one comes."""
    following = _next_attempt(world, invoice)
    with world.updating(invoice, "invoice.updated"):
        invoice.update(
            attempted=True,
            attempt_count=invoice["attempt_count"] + 1,
            next_payment_attempt=following,
        )
    world.emit("invoice.payment_failed", invoice)
    standing.after_failure(world, invoice, last=following is None and invoice["auto_advance"])


def _next_attempt(world: World, invoice: dict) -> int | None:
    """The first retry after now; only renewals and the like are retried by themselves."""
    if invoice["billing_reason"] == "subscription_create" or not invoice["auto_advance"]:
        return None
    first = world.attempts[invoice["id"]]
    retries = (first + offset for offset in world.settings.dunning_offsets)
    return next((retry for retry in retries if retry > world.now), None)


def cancel(world: World, invoice: dict, reason: str) -> None:
    """Cancel the unpaid payment of an invoice."""
    payment = payment_of(world, invoice)
    if payment is None or payment["status"] == "paid":
        return
    payment["status"] = "canceled"
    payment["status_transitions"]["canceled_at"] = world.now
    intents.cancel(world, world.get("payment_intent", payment["payment"]["payment_intent"]), reason)
