"""Stripe's `balance_transaction` and its fees."""

from decimal import Decimal

from ....canonical import BalanceTransaction, Fee, InvalidData
from ..fields import instant, path, ref, require
from ..money import from_minor, number


def normalise(obj):
    currency = require(obj, "currency").upper()
    amount, fee, net = (
        from_minor(require(obj, name), currency) for name in ("amount", "fee", "net")
    )
    fees = tuple(_fee(each) for each in require(obj, "fee_details"))
    told = sum((each.amount for each in fees), Decimal(0))
    if net != amount - fee or told != fee:
        raise InvalidData(
            f"Balance transaction {obj.get('id')} does not add up: {amount} less {fee} ({told} in "
            f"detail) is not {net} {currency}.",
            key="balance_transaction.net",
        )
    rate = obj.get("exchange_rate")
    return BalanceTransaction(
        external_id=require(obj, "id"),
        category=require(obj, "reporting_category"),
        kind=require(obj, "type"),
        amount=amount,
        fee=fee,
        net=net,
        currency=currency,
        created_at=instant(require(obj, "created")),
        available_at=instant(require(obj, "available_on")),
        status=require(obj, "status"),
        source_id=ref(obj.get("source")),
        exchange_rate=None if rate is None else number(rate),
        description=obj.get("description") or None,
        fees=fees,
        balance=obj.get("balance_type") or "payments",
        **_source(obj.get("source")),
    )


def _source(source):
    """What an expanded source tells: a movement alone does not say what the customer paid."""
    currency = path(source, "currency")
    if not currency:
        return {}
    captured = source.get("amount_captured")
    amount = source.get("amount") if captured is None else captured
    return {
        "source_amount": from_minor(amount, currency),
        "source_currency": currency.upper(),
        "payment_intent_id": ref(source.get("payment_intent")),
    }


def _fee(obj):
    currency = require(obj, "currency").upper()
    return Fee(
        kind=require(obj, "type"),
        amount=from_minor(require(obj, "amount"), currency),
        currency=currency,
        description=obj.get("description") or None,
    )
