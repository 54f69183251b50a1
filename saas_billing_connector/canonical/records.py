"""One frozen dataclass per canonical type.

Ids are the provider's. A field that the provider left empty is `None` (or an empty tuple); amounts
are `Decimal` in major units of the record's `currency` and carry the provider's sign: positive
where the customer owes, negative where the customer is credited.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from .period import Period


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `country` and `state` are ISO codes as far as the provider knows them."""

    street: str | None = None
    street2: str | None = None
    city: str | None = None
    zip: str | None = None
    state: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """Who is billed. `tax_exempt` is none, exempt or reverse; `tax_ids` are (kind, value) pairs."""

    external_id: str
    name: str | None
    email: str | None
    phone: str | None = None
    address: Address = field(default_factory=Address)
    language: str | None = None
    currency: str | None = None
    tax_exempt: str = "none"
    tax_ids: tuple[tuple[str, str], ...] = ()
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Product:
    """What is sold."""

    external_id: str
    name: str
    description: str | None = None
    active: bool = True
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Price:
    """How a product is sold: `interval` is day, week, month, year or None for one-off.

    `unit_amount` is None for tiered and custom prices.
    """

    external_id: str
    product_id: str
    currency: str
    unit_amount: Decimal | None
    nickname: str | None = None
    interval: str | None = None
    interval_count: int = 1
    metered: bool = False
    tax_behavior: str | None = None
    active: bool = True
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One tax: `percentage` is 20 for 20 %; `inclusive` means contained in the amounts."""

    external_id: str
    name: str
    percentage: Decimal
    inclusive: bool
    country: str | None = None
    jurisdiction: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class SubscriptionItem:
    """One price of a subscription with its own current period.

    `unit_amount` is per unit and interval; None for metered and tiered prices, which count
    nothing towards MRR.
    """

    external_id: str
    price_id: str
    product_id: str
    currency: str
    quantity: Decimal
    unit_amount: Decimal | None
    interval: str
    interval_count: int
    metered: bool
    period: Period | None

    @property
    def mrr(self) -> Decimal:
        """Monthly recurring revenue in `currency`, unrounded; discounts are not taken off."""
        if self.unit_amount is None or self.metered:
            return Decimal(0)
        months = {"day": Decimal(12) / 365, "week": Decimal(84) / 365, "month": 1, "year": 12}
        return self.unit_amount * self.quantity / (months[self.interval] * self.interval_count)


@dataclass(frozen=True, slots=True)
class Subscription:
    """`status` is one of the canonical states of docs/architecture.md.

    `cancel_at` is when it will end if nothing changes; `cancelled_at` when that was asked for;
    `ended_at` when it really ended.
    """

    external_id: str
    customer_id: str
    status: str
    currency: str
    started_at: datetime
    items: tuple[SubscriptionItem, ...]
    trial: Period | None = None
    cancel_at: datetime | None = None
    cancelled_at: datetime | None = None
    ended_at: datetime | None = None
    collection_method: str = "charge_automatically"
    latest_invoice_id: str | None = None


@dataclass(frozen=True, slots=True)
class LineTax:
    """Tax on one line: `amount` beside the line's own, or within it when `inclusive`."""

    rate_id: str | None
    amount: Decimal
    taxable_amount: Decimal
    inclusive: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """`amount` is before discounts, and after tax only where a tax is inclusive.

    `discount_amount` is positive and lowers it. `period` is the service period of this line.
    """

    external_id: str
    description: str
    amount: Decimal
    quantity: Decimal
    period: Period
    discount_amount: Decimal = Decimal(0)
    taxes: tuple[LineTax, ...] = ()
    price_id: str | None = None
    product_id: str | None = None
    subscription_id: str | None = None
    subscription_item_id: str | None = None
    proration: bool = False
    metered: bool = False

    @property
    def net_amount(self) -> Decimal:
        """Revenue of the line: discounts and inclusive taxes taken off."""
        inclusive = sum((tax.amount for tax in self.taxes if tax.inclusive), Decimal(0))
        return self.amount - self.discount_amount - inclusive


@dataclass(frozen=True, slots=True)
class Invoice:
    """A bill. `status` is draft, open, paid, void or uncollectible.

    `total` includes taxes and excludes the customer balance; `accounting_at` is the effective or
    finalisation instant; `balance_applied` is the part of `total` settled from the customer's
    balance (positive lowers what is due).
    """

    external_id: str
    number: str | None
    status: str
    customer_id: str
    currency: str
    accounting_at: datetime | None
    total: Decimal
    lines: tuple[InvoiceLine, ...]
    due_at: datetime | None = None
    voided_at: datetime | None = None
    uncollectible_at: datetime | None = None
    subtotal: Decimal = Decimal(0)
    amount_paid: Decimal = Decimal(0)
    amount_due: Decimal = Decimal(0)
    balance_applied: Decimal = Decimal(0)
    subscription_id: str | None = None
    billing_reason: str | None = None
    replaces_id: str | None = None
    customer_name: str | None = None
    customer_email: str | None = None
    customer_address: Address = field(default_factory=Address)
    hosted_url: str | None = None
    attempts: int = 0
    next_attempt_at: datetime | None = None
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Payment:
    """Money applied to one invoice, once per application (not per charge)."""

    external_id: str
    invoice_id: str
    amount: Decimal
    currency: str
    paid_at: datetime
    payment_intent_id: str | None = None
    charge_id: str | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """Money taken; `amount` is what was captured. `status`: succeeded, pending or failed."""

    external_id: str
    status: str
    amount: Decimal
    currency: str
    created_at: datetime
    customer_id: str | None = None
    payment_intent_id: str | None = None


@dataclass(frozen=True, slots=True)
class CreditNoteLine:
    """`amount` is positive and includes inclusive taxes only; takes back `invoice_line_id`."""

    external_id: str
    description: str
    amount: Decimal
    quantity: Decimal
    invoice_line_id: str | None
    discount_amount: Decimal = Decimal(0)
    taxes: tuple[LineTax, ...] = ()

    @property
    def net_amount(self) -> Decimal:
        """Revenue taken back: discounts and inclusive taxes taken off."""
        inclusive = sum((tax.amount for tax in self.taxes if tax.inclusive), Decimal(0))
        return self.amount - self.discount_amount - inclusive


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A credit against one invoice; `total` is positive, with tax. `status`: issued or void."""

    external_id: str
    number: str | None
    status: str
    invoice_id: str
    customer_id: str
    currency: str
    issued_at: datetime
    total: Decimal
    lines: tuple[CreditNoteLine, ...]
    voided_at: datetime | None = None
    reason: str | None = None
    refund_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back. `status`: pending, succeeded, failed or canceled; `amount` is positive."""

    external_id: str
    status: str
    amount: Decimal
    currency: str
    created_at: datetime
    payment_intent_id: str | None = None
    charge_id: str | None = None
    failed_at: datetime | None = None
