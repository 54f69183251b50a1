"""Payouts to the bank account."""

from .. import ledger
from ..clock import midnight
from ..world import World
from .common import merge_metadata, need


def build(world: World, amount: int, *, automatic: bool, description: str | None = None) -> dict:
    """A payout of `amount` in the settlement currency, on its way."""
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
        "currency": world.settings.settlement_currency,
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
        "status": "in_transit",
        "trace_id": None,
        "type": "bank_account",
    }


def create(world: World, params: dict) -> dict:
    """POST /v1/payouts: a manual payout."""
    need(params, "amount", "currency")
    payout = build(world, params["amount"], automatic=False, description=params.get("description"))
    merge_metadata(payout, params)
    ledger.pay_out_manually(world, payout)
    return payout


ROUTES = [("POST", "/v1/payouts", create, {"amount", "currency", "description", "metadata"})]
