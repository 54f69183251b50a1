"""Reading Stripe's balance: what is asked for with a movement of it, and what is kept of that."""

from collections import defaultdict
from decimal import Decimal

from .money import from_minor

#: The charge, refund or dispute behind a movement tells what the customer paid and in which
#: currency; the movement itself only knows the currency of settlement.
EXPANDED = {"expand": ["data.source"]}
#: What is kept of it. The rest arrives by itself, changes, and would make the movement look new.
KEPT = ("id", "object", "amount", "amount_captured", "currency", "payment_intent", "charge")
#: What a payout contains, as an object of our own: Stripe only has a list of it.
CONTENTS = "payout_contents"
#: Parts of the balance that are the account's money.
PARTS = ("available", "pending")


def trimmed(obj):
    """A balance transaction, in place, with no more of its source than is needed."""
    source = obj.get("source")
    if obj.get("object") == "balance_transaction" and isinstance(source, dict):
        obj["source"] = {name: source[name] for name in KEPT if name in source}
    return obj


def contents_of(payout_id, transactions):
    """The object that says what a payout contains."""
    return {
        "id": f"{payout_id}:contents",
        "object": CONTENTS,
        "payout": payout_id,
        "balance_transactions": sorted(each["id"] for each in transactions),
    }


def amounts_by_currency(balance):
    """Stripe's `balance` as {currency: amount in major units}."""
    amounts = defaultdict(Decimal)
    for part in PARTS:
        for each in balance.get(part) or ():
            currency = each["currency"].upper()
            amounts[currency] += from_minor(each["amount"], currency)
    return dict(amounts)
