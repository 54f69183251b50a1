"""Balance transactions: one movement of the Stripe balance, in the settlement currency."""

from ..fees import total
from ..world import World

REPORTING_CATEGORIES = {
    "adjustment": "other_adjustment",
    "charge": "charge",
    "payment": "charge",
    "payment_failure_refund": "charge_failure",
    "payment_refund": "refund",
    "payout": "payout",
    "payout_cancel": "payout_reversal",
    "payout_failure": "payout_reversal",
    "refund": "refund",
    "refund_failure": "refund_failure",
    "reserve_hold": "risk_reserved_funds",
    "reserve_release": "risk_reserved_funds",
    "stripe_fee": "fee",
    "tax_fee": "tax",
}
"""By type; an adjustment for a dispute says so itself."""
PAYMENTS, RESERVED = "payments", "risk_reserved"


def build(
    world: World,
    *,
    kind: str,
    amount: int,
    currency: str,
    fees: list[dict],
    source: str | None,
    description: str | None,
    available_on: int,
    exchange_rate: float | None,
    category: str | None = None,
    balance_type: str = PAYMENTS,
) -> dict:
    """A balance transaction; `amount` and `net` are positive when the balance grows."""
    fee = total(fees)
    return {
        "id": world.ids.new("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": available_on,
        "balance_type": balance_type,
        "created": world.now,
        "currency": currency,
        "description": description,
        "exchange_rate": exchange_rate,
        "fee": fee,
        "fee_details": fees,
        "net": amount - fee,
        "reporting_category": category or REPORTING_CATEGORIES[kind],
        "source": source,
        "status": "available" if available_on <= world.now else "pending",
        "type": kind,
    }


ROUTES = []
