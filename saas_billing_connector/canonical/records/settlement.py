"""The provider's own account: movements of its balance and payouts to the bank."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Fee:
    """Part of what the provider kept of one movement.

    :ivar kind: stripe_fee, application_fee, payment_method_passthrough_fee, tax, withheld_tax…
    :ivar amount: positive where it is taken, in `currency`
    """

    kind: str
    amount: Decimal
    currency: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class BalanceTransaction:
    """One movement of the provider's balance, in the currency of settlement.

    :ivar category: what it is to accountants (Stripe's `reporting_category`): charge, refund,
        dispute, dispute_reversal, fee, tax, payout, payout_reversal, charge_failure…
    :ivar kind: the provider's own word (Stripe's `type`)
    :ivar amount: gross; positive where the balance grows
    :ivar fee: taken off, positive; the sum of `fees`
    :ivar net: `amount` − `fee`
    :ivar available_at: when it can be paid out
    :ivar status: pending or available
    :ivar source_id: charge, refund, dispute, payout… that caused it
    :ivar exchange_rate: amount of the source in its currency × rate = `amount`; None for the same
        currency
    :ivar balance: which of the provider's balances moved; all but “payments” are kept apart from
        the money that can be paid out, such as a reserve
    :ivar source_amount: of the source as the customer sees it, positive, in `source_currency`;
        None where the provider did not tell it along
    :ivar payment_intent_id: of the source, where it is a payment
    """

    external_id: str
    category: str
    kind: str
    amount: Decimal
    fee: Decimal
    net: Decimal
    currency: str
    created_at: datetime
    available_at: datetime
    status: str
    source_id: str | None = None
    exchange_rate: Decimal | None = None
    description: str | None = None
    fees: tuple[Fee, ...] = ()
    balance: str = "payments"
    source_amount: Decimal | None = None
    source_currency: str | None = None
    payment_intent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Payout:
    """A transfer between the provider's balance and the bank.

    :ivar status: pending, in_transit, paid, failed or canceled; paid may still become failed
    :ivar amount: positive to the bank, negative where the bank is debited
    :ivar arrival_at: day on which the bank should show it
    :ivar automatic: only automatic payouts can be itemised
    :ivar itemised: whether the movements it contains can be listed by now
    :ivar reverses_id: the payout that this one takes back
    :ivar bank_reference: what the bank's line carries, as far as the provider knows
    """

    external_id: str
    status: str
    amount: Decimal
    currency: str
    created_at: datetime
    arrival_at: datetime
    automatic: bool
    itemised: bool = False
    balance_transaction_id: str | None = None
    failure_balance_transaction_id: str | None = None
    failure_code: str | None = None
    reverses_id: str | None = None
    reversed_by_id: str | None = None
    description: str | None = None
    statement_descriptor: str | None = None
    bank_reference: str | None = None


@dataclass(frozen=True, slots=True)
class PayoutContents:
    """Which movements of the balance a payout contains, its own among them."""

    external_id: str
    payout_id: str
    transaction_ids: tuple[str, ...]
