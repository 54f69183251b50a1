"""Payouts to the bank account."""

from .. import settlement
from ..clock import midnight
from ..world import World
from .common import merge_metadata, need, refuse


def build(
    world: World,
    amount: int,
    currency: str,
    *,
    automatic: bool,
    description: str | None = None,
) -> dict:
    """A payout of `amount`, on its way unless the account's payouts are submitted later."""
    return {
        "id": world.ids.new("po"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": midnight(world.now),
        "automatic": automatic,
        "balance_transaction": None,
        "created": world.now,
        "currency": currency,
        "description": description or "STRIPE PAYOUT",
        "destination": "ba_1SimulatedBankAccount",
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "in_progress" if automatic else "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "pending" if world.settings.payout_submission else "in_transit",
        "trace_id": None,
        "type": "bank_account",
    }


def create(world: World, params: dict) -> dict:
    """POST /v1/payouts: a manual payout."""
    need(params, "amount", "currency")
    description = params.get("description")
    payout = build(
        world,
        params["amount"],
        params["currency"].lower(),
        automatic=False,
        description=description,
    )
    merge_metadata(payout, params)
    settlement.pay_out_manually(world, payout)
    return payout


def update(world: World, params: dict, payout_id: str) -> dict:
    """POST /v1/payouts/:id"""
    payout = world.get("payout", payout_id)
    with world.updating(payout, "payout.updated"):
        merge_metadata(payout, params)
    return payout


def cancel(world: World, params: dict, payout_id: str) -> dict:
    """POST /v1/payouts/:id/cancel: a manual one that is still pending."""
    payout = world.get("payout", payout_id)
    if payout["automatic"] or payout["status"] != "pending":
        refuse(
            "Only manual payouts that are pending can be canceled.", code="payout_not_cancelable"
        )
    settlement.cancel(world, payout)
    return payout


ROUTES = [
    ("POST", "/v1/payouts", create, {"amount", "currency", "description", "metadata"}),
    ("POST", "/v1/payouts/:id", update, {"metadata"}),
    ("POST", "/v1/payouts/:id/cancel", cancel, set()),
]
