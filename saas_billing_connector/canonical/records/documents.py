"""Invoices, credit notes, their lines, and what waits to be invoiced."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from ..period import Period
from .parties import Address


@dataclass(frozen=True, slots=True)
class LineTax:
    """Tax on one line: `amount` beside the line's own, or within it when `inclusive`.

    :ivar reason: why it is what it is: standard_rated, reverse_charge, customer_exempt, zero_rated…
    """

    rate_id: str | None
    amount: Decimal
    taxable_amount: Decimal
    inclusive: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class LineCredit:
    """Credit (of a credit grant, not a discount) that lowers a line before tax.

    :ivar amount: positive, lowers the line
    :ivar transaction_id: the `CreditBalanceTransaction` that took it from the customer's credits
    """

    amount: Decimal
    transaction_id: str | None


def _net(line):
    inclusive = sum((tax.amount for tax in line.taxes if tax.inclusive), Decimal(0))
    return line.amount - line.discount_amount - inclusive


def _credit(line):
    return sum((each.amount for each in line.credits), Decimal(0))


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """`amount` is before discounts and credits, and after tax only where a tax is inclusive.

    :ivar period: service period of this line; equal instants for a point in time
    :ivar discount_amount: positive, lowers the line; the line's share of every discount
    :ivar credits: what credit grants paid of the line, apart from discounts
    :ivar proration: time not used (negative) or left (positive) after a change in mid-period
    :ivar invoice_item_id: the `InvoiceItem` that waited for this invoice
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
    credits: tuple[LineCredit, ...] = ()
    invoice_item_id: str | None = None

    @property
    def net_amount(self) -> Decimal:
        """The line without discounts and inclusive taxes; credits are a way of paying it."""
        return _net(self)

    @property
    def credit_amount(self) -> Decimal:
        """What credit grants paid of the line, positive."""
        return _credit(self)


@dataclass(frozen=True, slots=True)
class Invoice:
    """A bill. `status` is draft, open, paid, void or uncollectible.

    :ivar accounting_at: the effective date chosen for the document, else its finalisation
    :ivar finalized_at: when it became a document; None for a draft
    :ivar total: with taxes, without the customer balance; negative where the lines credit more
    :ivar amount_due: asked for after the customer balance
    :ivar amount_paid: of `amount_due`, by any way of paying
    :ivar amount_remaining: of `amount_due`, still open
    :ivar paid_out_of_band: part of `amount_paid` known to have been paid outside the provider; 0
        also where the event's version does not tell (Stripe's basil and clover)
    :ivar amount_overpaid: paid beyond `amount_due`; it went to the customer's balance
    :ivar starting_balance: the customer's balance before, in the sign of `Customer.balance`
    :ivar ending_balance: and after; None for a draft
    :ivar balance_applied: the part of `total` settled from that balance (positive lowers what is
        due, negative puts a negative total or an old debt on the other side)
    :ivar replaces_id: the invoice that this one revises; the other one no longer counts
    :ivar replaced_by_id: the newest revision of this invoice
    :ivar tax_exempt: none, exempt or reverse, as on the document
    :ivar tax_ids: the customer's (kind, value) pairs as on the document
    :ivar customer_name: and e-mail, address: as on the document, not as the customer is now
    :ivar terms: the document's footer
    :ivar memo: the document's description
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
    finalized_at: datetime | None = None
    paid_at: datetime | None = None
    amount_remaining: Decimal = Decimal(0)
    paid_out_of_band: Decimal = Decimal(0)
    amount_overpaid: Decimal = Decimal(0)
    starting_balance: Decimal = Decimal(0)
    ending_balance: Decimal | None = None
    replaced_by_id: str | None = None
    tax_exempt: str = "none"
    tax_ids: tuple[tuple[str, str], ...] = ()
    collection_method: str = "charge_automatically"
    terms: str | None = None
    memo: str | None = None
    pdf_url: str | None = None


@dataclass(frozen=True, slots=True)
class InvoiceItem:
    """What will be on the next invoice; of interest while `invoice_id` is None.

    :ivar amount: before discounts and taxes; negative for time not used
    :ivar period: service period
    :ivar proration: caused by a change in mid-period
    :ivar created_at: when it began to wait
    """

    external_id: str
    customer_id: str
    amount: Decimal
    currency: str
    quantity: Decimal
    period: Period
    description: str = ""
    proration: bool = False
    invoice_id: str | None = None
    subscription_id: str | None = None
    subscription_item_id: str | None = None
    price_id: str | None = None
    product_id: str | None = None
    deleted: bool = False
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CreditNoteLine:
    """`amount` is positive and includes inclusive taxes only; takes back `invoice_line_id`.

    :ivar credits: what goes back to credit grants instead of to the customer
    """

    external_id: str
    description: str
    amount: Decimal
    quantity: Decimal
    invoice_line_id: str | None
    discount_amount: Decimal = Decimal(0)
    taxes: tuple[LineTax, ...] = ()
    credits: tuple[LineCredit, ...] = ()

    @property
    def net_amount(self) -> Decimal:
        """Revenue taken back: discounts and inclusive taxes taken off."""
        return _net(self)

    @property
    def credit_amount(self) -> Decimal:
        """What goes back to credit grants, positive."""
        return _credit(self)


@dataclass(frozen=True, slots=True)
class CreditNoteRefund:
    """The part of a refund that pays out one credit note.

    :ivar refund_id: None where money went back outside the provider's own payments
    :ivar amount: positive; None where the event's version does not tell how the note was split
        between refund and balance (Stripe's acacia and older, when it did both)
    """

    refund_id: str | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A credit against one invoice; amounts are positive, with tax. `status`: issued or void.

    It first lowers what the invoice still asked for (`pre_payment_amount`); the rest
    (`post_payment_amount`) went back as `refunds`, to the customer's balance and out of band.

    :ivar issued_at: the effective date chosen for the document, else its creation
    :ivar out_of_band_amount: given back outside the provider
    :ivar balance_credited: put on the customer's balance; None where the version does not tell
    """

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
    refunds: tuple[CreditNoteRefund, ...] = ()
    pre_payment_amount: Decimal = Decimal(0)
    post_payment_amount: Decimal = Decimal(0)
    out_of_band_amount: Decimal = Decimal(0)
    balance_credited: Decimal | None = Decimal(0)

    @property
    def refund_ids(self) -> tuple[str, ...]:
        """The refunds that pay this note out."""
        return tuple(each.refund_id for each in self.refunds if each.refund_id)
