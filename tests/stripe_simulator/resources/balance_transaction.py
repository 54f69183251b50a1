"""Balance transactions: one movement of the Stripe balance, in the settlement currency."""

from ..world import World

REPORTING_CATEGORIES = {"charge": "charge", "refund": "refund", "payout": "payout"}


def build(
    world: World,
    *,
    kind: str,
    amount: int,
    fee: int,
    source: str,
    description: str | None,
    available_on: int,
    exchange_rate: float | None,
) -> dict:
    """A balance transaction; `amount` and `net` are positive when the balance grows."""
    currency = world.settings.settlement_currency
    detail = {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }
    return {
        "id": world.ids.new("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": available_on,
        "balance_type": "payments",
        "created": world.now,
        "currency": currency,
        "description": description,
        "exchange_rate": exchange_rate,
        "fee": fee,
        "fee_details": [detail] if fee else [],
        "net": amount - fee,
        "reporting_category": REPORTING_CATEGORIES[kind],
        "source": source,
        "status": "available" if available_on <= world.now else "pending",
        "type": kind,
    }


ROUTES = []
