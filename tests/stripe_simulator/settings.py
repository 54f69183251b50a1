"""What a Stripe account decides for itself, gathered in one place."""

from dataclasses import dataclass, field
from fractions import Fraction

from .clock import DAY, HOUR

API_VERSION = "2026-08-26.dahlia"


@dataclass(frozen=True)
class Settings:
    """Account, fees, exchange rates and timing. Money is in minor units, time in seconds."""

    account_id: str = "acct_1SimulatedAccount0"
    account_name: str = "Lumenboard Inc."
    account_country: str = "US"
    api_version: str = API_VERSION
    settlement_currency: str = "usd"
    fee_percent: Fraction = Fraction(29, 10)
    fee_fixed: int = 30
    """Added to every successful charge, in the settlement currency."""
    exchange_rates: dict[str, str] = field(
        default_factory=lambda: {
            "usd": "1",
            "eur": "1.0845",
            "gbp": "1.2710",
            "cad": "0.7255",
            "aud": "0.6530",
            "jpy": "0.00672",
            "kwd": "3.2510",
        }
    )
    """Settlement currency majors for one major unit of the key; constant over a whole story."""
    finalization_delay: int = HOUR
    """From the draft of a renewal invoice to its finalisation and first payment attempt."""
    dunning_offsets: tuple[int, ...] = (3 * DAY, 8 * DAY, 15 * DAY)
    """Retries of a failed payment, counted from the first attempt."""
    after_dunning: str = "canceled"
    """What a subscription becomes when the last retry fails: canceled, unpaid or past_due."""
    after_overdue: str = "past_due"
    """What a subscription becomes when a sent invoice is overdue for `overdue_limit`."""
    overdue_limit: int = 30 * DAY
    incomplete_lifetime: int = 23 * HOUR
    settlement_delay: int = 2 * DAY
    """From the UTC day of a charge to the day its money is available and paid out."""
    payout_travel: int = 6 * HOUR
    """From payout.created to payout.paid and payout.reconciliation_completed."""
    payout_interval: str = "daily"
    """Of automatic payouts: daily, weekly (Mondays), monthly (the first), or manual for none."""
    payout_submission: int = 0
    """How long a payout is pending, when it can be cancelled, before it is in transit."""
    debit_negative_balances: bool = False
    """Whether a negative balance is drawn from the bank account instead of waiting for charges."""
    own_settlement: tuple[str, ...] = ()
    """Further currencies with a bank account of their own; their charges are not converted."""
    fee_tax_percent: Fraction = Fraction(0)
    """Tax on every fee of Stripe."""
    debit_settlement: int = 4 * DAY
    """From the debit of a bank account to the bank's answer."""
    minimum_charge: int = 50
    """Less than this, in minor units, is carried on the customer's balance instead."""
    dispute_fee: int = 15_00
    """Taken with the disputed amount, given back when the dispute is won."""
    dispute_delay: int = DAY
    """From a charge of a disputing test card to its dispute."""
    dispute_response: int = 9 * DAY
    """How long evidence can be submitted."""
    dispute_decision: int = 7 * DAY
    """From submitted evidence to the bank's decision."""
    refund_settlement: int = 3 * DAY
    """From a pending or failing refund to its end."""

    def settles_in(self, currency: str) -> str:
        """The currency of the Stripe balance that a charge in `currency` reaches."""
        return currency if currency in self.own_settlement else self.settlement_currency
