"""Stripe's `billing.credit_balance_transaction`."""

from ....canonical import CreditBalanceTransaction, InvalidData
from ..fields import instant, ref, require
from .credit_grant import money

#: `type` → sign of the amount, as the customer's credit grows or shrinks.
SIGNS = {"credit": 1, "debit": -1}


def normalise(obj):
    side = require(obj, "type")
    if side not in SIGNS:
        raise InvalidData(
            f"Unknown type of credit balance transaction “{side}”.",
            key="credit_balance_transaction.type",
        )
    moved = require(obj, side)
    amount, currency = money(require(moved, "amount"))
    kind = require(moved, "type")
    # Applied to an invoice, or given back by its voiding: the object of that name says which.
    applied = moved.get(kind) or {}
    return CreditBalanceTransaction(
        external_id=require(obj, "id"),
        grant_id=ref(require(obj, "credit_grant")),
        kind=kind,
        amount=SIGNS[side] * amount,
        currency=currency,
        effective_at=instant(require(obj, "effective_at")),
        invoice_id=ref(applied.get("invoice")),
        invoice_line_id=ref(applied.get("invoice_line_item")),
    )
