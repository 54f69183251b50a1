"""What Stripe takes for its work, as `fee_details` of a balance transaction."""

from .money import half_up
from .settings import Settings

TAX = "Tax on Stripe fees"


def detail(amount: int, currency: str, description: str, kind: str = "stripe_fee") -> dict:
    """One entry of `fee_details`."""
    return {
        "amount": amount,
        "application": None,
        "currency": currency,
        "description": description,
        "type": kind,
    }


def taxed(settings: Settings, amount: int, currency: str, description: str) -> list[dict]:
    """A fee and the tax on it; a fee given back is negative, and so is its tax."""
    if not amount:
        return []
    tax = half_up(amount * settings.fee_tax_percent / 100)
    fee = detail(amount, currency, description)
    return [fee, detail(tax, currency, TAX, "tax")] if tax else [fee]


def of_charge(settings: Settings, amount: int, currency: str) -> list[dict]:
    """The fees of a charge of `amount`, in the settlement currency."""
    fee = half_up(amount * settings.fee_percent / 100) + settings.fee_fixed
    return taxed(settings, fee, currency, "Stripe processing fees")


def of_dispute(settings: Settings, currency: str, *, returned: bool = False) -> list[dict]:
    """The fee of a dispute, or its return."""
    fee = -settings.dispute_fee if returned else settings.dispute_fee
    return taxed(settings, fee, currency, "Dispute fee")


def returned(details: list[dict]) -> list[dict]:
    """The same fees given back."""
    return [{**entry, "amount": -entry["amount"]} for entry in details]


def total(details: list[dict]) -> int:
    """All fees together."""
    return sum(entry["amount"] for entry in details)
