"""Money that customers pay, get back or dispute."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .settlement import BalanceTransaction


@dataclass(frozen=True, slots=True)
class Payment:
    """Money applied to one invoice, once per application.

    :ivar external_id: id of the payment intent, else of the charge, else of the payment record,
        else of the application itself: the same from every event that tells of this money
    :ivar charge_id: only for money taken without a payment intent; with neither, the provider
        never held the money: it was paid outside
    """

    external_id: str
    invoice_id: str
    amount: Decimal
    currency: str
    paid_at: datetime
    payment_intent_id: str | None = None
    charge_id: str | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """One attempt to take money; `amount` is what was captured.

    :ivar status: succeeded, pending (a debit that takes days) or failed
    :ivar refunded_amount: of `amount`, positive
    :ivar balance_transaction_id: what it did to the provider's balance
    :ivar failure_balance_transaction_id: what took it back when a debit failed after days
    """

    external_id: str
    status: str
    amount: Decimal
    currency: str
    created_at: datetime
    customer_id: str | None = None
    payment_intent_id: str | None = None
    refunded_amount: Decimal = Decimal(0)
    balance_transaction_id: str | None = None
    failure_balance_transaction_id: str | None = None
    failure_code: str | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back. `status`: pending, requires_action, succeeded, failed or canceled.

    :ivar amount: positive
    :ivar failure_reason: why the money came back to the provider's balance
    :ivar failure_balance_transaction_id: the movement with which it did
    """

    external_id: str
    status: str
    amount: Decimal
    currency: str
    created_at: datetime
    payment_intent_id: str | None = None
    charge_id: str | None = None
    reason: str | None = None
    balance_transaction_id: str | None = None
    failure_reason: str | None = None
    failure_balance_transaction_id: str | None = None


@dataclass(frozen=True, slots=True)
class Dispute:
    """A payment that the customer's bank questions.

    :ivar status: needs_response, under_review, won, lost, prevented…; `warning_…` while it is only
        an inquiry
    :ivar amount: in question, positive; need not be the whole charge
    :ivar due_at: until when an answer is taken
    :ivar balance_transactions: what it did to the provider's balance so far: first the money and a
        fee withdrawn (negative), then perhaps reinstated; empty while no money moved
    """

    external_id: str
    status: str
    amount: Decimal
    currency: str
    created_at: datetime
    charge_id: str
    payment_intent_id: str | None = None
    reason: str | None = None
    balance_transactions: tuple[BalanceTransaction, ...] = ()
    due_at: datetime | None = None

    @property
    def is_inquiry(self) -> bool:
        """A question of the bank that moves no money."""
        return self.status.startswith("warning_")
