"""Refunds of charges, which may be pending for days and may fail in the end."""

from .. import ledger
from ..world import World
from .common import merge_metadata, metadata, refuse
from .payment_method import REFUNDS

CREATE = {"amount", "charge", "metadata", "payment_intent", "reason"}
TRANSACTIONS = {"charge": "refund", "payment": "payment_refund"}
"""The type of a refund's balance transaction by that of its charge."""


def _charge(world: World, params: dict) -> dict:
    if params.get("charge"):
        return world.refer("charge", "charge", params["charge"])
    intent = world.refer("payment_intent", "payment_intent", params.get("payment_intent"))
    if not intent["latest_charge"]:
        refuse("This PaymentIntent does not have a successful charge to refund.")
    return world.get("charge", intent["latest_charge"])


def create(world: World, params: dict) -> dict:
    """POST /v1/refunds"""
    charge = _charge(world, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = params.get("amount") or left
    if not 0 < amount <= left:
        refuse(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount",
        )
    return refund_charge(world, charge, amount, params.get("reason"), metadata(params))


def refund_charge(
    world: World, charge: dict, amount: int, reason: str | None, tags: dict | None = None
) -> dict:
    """Give `amount` of a charge back, in the charge's currency."""
    status, ending = REFUNDS.get(_last4(charge), ("succeeded", None))
    refund = {
        "id": world.ids.new("re" if _is_card(charge) else "pyr"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": world.now,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "destination_details": _destination(charge),
        "metadata": tags or {},
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }
    kind = TRANSACTIONS[world.get("balance_transaction", charge["balance_transaction"])["type"]]
    refund["balance_transaction"] = ledger.record_refund(world, refund, kind)["id"]
    world.create(refund, "refund.created")
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    world.emit("charge.refunded", charge)
    if ending:
        due = world.now + world.settings.refund_settlement
        world.agenda.add(due, ENDINGS[ending], refund["id"])
    return refund


def _is_card(charge: dict) -> bool:
    return charge["payment_method_details"]["type"] == "card"


def _last4(charge: dict) -> str:
    details = charge["payment_method_details"]
    return details[details["type"]]["last4"]


def _destination(charge: dict) -> dict:
    if not _is_card(charge):
        return {"type": charge["payment_method_details"]["type"]}
    return {
        "card": {
            "reference_status": "pending",
            "reference_type": "acquirer_reference_number",
            "type": "refund",
        },
        "type": "card",
    }


def succeed(world: World, refund_id: str) -> None:
    """A pending refund reaches the customer."""
    refund = world.get("refund", refund_id)
    if refund["status"] == "pending":
        with world.updating(refund, "refund.updated"):
            refund["status"] = "succeeded"
        world.emit("charge.refund.updated", refund)


def fail(world: World, refund: str, reason: str = "expired_or_canceled_card") -> dict:
    """The customer's bank returns a refund, even one that had succeeded; the money comes back."""
    found = world.refer("refund", "refund", refund)
    if found["status"] not in ("pending", "succeeded"):
        refuse(f"The refund {refund} is {found['status']}.", param="refund")
    amount = ledger.settled(world, found["amount"], found["currency"])
    with world.updating(found, "refund.updated"):
        found.update(status="failed", failure_reason=reason)
        entry = ledger.record(world, found, "refund_failure", amount, [])
        found["failure_balance_transaction"] = entry["id"]
    world.emit("charge.refund.updated", found)
    world.emit("refund.failed", found)
    charge = world.get("charge", found["charge"])
    with world.updating(charge, "charge.updated"):
        charge["amount_refunded"] -= found["amount"]
        charge["refunded"] = False
    return found


def return_later(world: World, refund_id: str) -> None:
    """The refund to a closed card comes back, unless it did before."""
    if world.get("refund", refund_id)["status"] != "failed":
        fail(world, refund_id)


ENDINGS = {"succeed": succeed, "fail": return_later}


def update(world: World, params: dict, refund_id: str) -> dict:
    """POST /v1/refunds/:id"""
    refund = world.get("refund", refund_id)
    with world.updating(refund, "refund.updated"):
        merge_metadata(refund, params)
    return refund


ROUTES = [
    ("POST", "/v1/refunds", create, CREATE),
    ("POST", "/v1/refunds/:id", update, {"metadata"}),
]
