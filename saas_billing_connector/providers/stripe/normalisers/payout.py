"""Stripe's `payout`."""

from ....canonical import Payout, PayoutContents
from ..fields import instant, path, ref, require
from ..money import from_minor


def normalise(obj):
    currency = require(obj, "currency").upper()
    return Payout(
        external_id=require(obj, "id"),
        status=require(obj, "status"),
        amount=from_minor(require(obj, "amount"), currency),
        currency=currency,
        created_at=instant(require(obj, "created")),
        arrival_at=instant(require(obj, "arrival_date")),
        automatic=bool(require(obj, "automatic")),
        itemised=obj.get("reconciliation_status") == "completed",
        balance_transaction_id=ref(obj.get("balance_transaction")),
        failure_balance_transaction_id=ref(obj.get("failure_balance_transaction")),
        failure_code=obj.get("failure_code"),
        reverses_id=ref(obj.get("original_payout")),
        reversed_by_id=ref(obj.get("reversed_by")),
        description=obj.get("description") or None,
        statement_descriptor=obj.get("statement_descriptor") or None,
        bank_reference=path(obj, "trace_id", "value") or None,
    )


def normalise_contents(obj):
    """What the reader put together of a payout and the list of what it contains."""
    return PayoutContents(
        external_id=require(obj, "id"),
        payout_id=require(obj, "payout"),
        transaction_ids=tuple(require(obj, "balance_transactions")),
    )
