"""The credit balance of a customer: negative is money the customer has to spend."""

from ..world import World


def change(
    world: World, customer: dict, amount: int, *, kind: str, currency: str, **sources: str
) -> dict | None:
    """Add `amount` to the balance and record why; `sources` are `invoice` and `credit_note` ids."""
    if not amount:
        return None
    currency = customer["currency"] or currency
    with world.updating(customer, "customer.updated"):
        customer["balance"] += amount
        customer["currency"] = currency
    transaction = {
        "id": world.ids.new("cbtxn"),
        "object": "customer_balance_transaction",
        "amount": amount,
        "checkout_session": None,
        "created": world.now,
        "credit_note": sources.get("credit_note"),
        "currency": currency,
        "customer": customer["id"],
        "description": None,
        "ending_balance": customer["balance"],
        "invoice": sources.get("invoice"),
        "livemode": False,
        "metadata": {},
        "type": kind,
    }
    return world.create(transaction)
