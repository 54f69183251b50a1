"""Debits from bank accounts: pending for days, then paid or returned."""

from . import fees, invoicing, ledger, payments
from .resources import charge as charges
from .resources import payment_intent as intents
from .resources.payment_method import debit_failure
from .world import World


def start(world: World, intent: dict, method: dict, amount: int) -> dict:
    """Ask the bank; the money counts as pending until it answers."""
    charge = charges.build(world, intent, method, amount, "pending")
    wait = world.settings.debit_settlement
    entry = ledger.record_charge(world, charge, "payment", wait=wait)
    charge["balance_transaction"] = entry["id"]
    world.create(charge, "charge.pending")
    intents.process(world, intent, charge, method)
    world.agenda.add(world.now + wait, finish, charge["id"])
    return charge


def finish(world: World, charge_id: str) -> None:
    """The bank's answer."""
    charge = world.get("charge", charge_id)
    method = world.get("payment_method", charge["payment_method"])
    intent = world.get("payment_intent", charge["payment_intent"])
    failure = debit_failure(world, method)
    if failure:
        _fail(world, charge, intent, method, failure)
    else:
        _succeed(world, charge, intent, method)


def _succeed(world: World, charge: dict, intent: dict, method: dict) -> None:
    charge.update(status="succeeded", paid=True)
    world.emit("charge.succeeded", charge)
    intents.succeed(world, intent, charge, method)
    invoicing.credit_intent(world, intent)


def _fail(world: World, charge: dict, intent: dict, method: dict, failure: str) -> None:
    """The money leaves the balance again, and the fee comes back."""
    charges.fail(charge, failure)
    first = world.get("balance_transaction", charge["balance_transaction"])
    returned = fees.returned(first["fee_details"])
    entry = ledger.record(world, charge, "payment_failure_refund", -first["amount"], returned)
    charge["failure_balance_transaction"] = entry["id"]
    world.emit("charge.failed", charge)
    intents.fail(world, intent, charge, method)
    for payment in world.store.where("invoice_payment", "payment.payment_intent", intent["id"]):
        invoice = world.get("invoice", payment["invoice"])
        if payment["status"] == "open" and invoice["status"] in ("open", "uncollectible"):
            payments.register_failure(world, invoice, attempts=0)
