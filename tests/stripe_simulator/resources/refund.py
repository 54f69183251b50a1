"""Refunds of charges."""

from .. import ledger
from ..world import World
from .common import merge_metadata, metadata, refuse

CREATE = {"amount", "charge", "metadata", "payment_intent", "reason"}


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
    refund = {
        "id": world.ids.new("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": world.now,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "destination_details": {
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number",
                     "type": "refund"},
            "type": "card",
        },
        "metadata": tags or {},
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }  # fmt: skip
    refund["balance_transaction"] = ledger.record_refund(world, refund)["id"]
    world.create(refund, "refund.created")
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    world.emit("charge.refunded", charge)
    return refund


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
