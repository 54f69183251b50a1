"""Who is billed."""

from dataclasses import dataclass, field
from decimal import Decimal


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
class CardExpiry:
    """A customer's card (or other means of payment) is about to expire; which one, not its data."""

    external_id: str
    customer_id: str


@dataclass(frozen=True, slots=True)
class Customer:
    """Who is billed.

    :ivar currency: of the customer's invoices and of `balance`; None before the first
    :ivar tax_exempt: none, exempt or reverse (reverse charge)
    :ivar tax_ids: (kind, value) pairs such as (`eu_vat`, `FR123…`); empty where the provider did
        not include them, which for Stripe's events is always (they arrive as `TaxId`)
    :ivar balance: what the next invoice takes up: positive is owed, negative is the customer's
        credit (Stripe's `balance`, which has this sign)
    :ivar credit_balances: (currency, amount) pairs of the credit the customer holds in each
        currency, here *positive* is credit (Stripe's `invoice_credit_balance`); empty where the
        provider did not include them
    :ivar delinquent: whether the last automatic payment failed; None where it is not told
    """

    external_id: str
    name: str | None
    email: str | None
    phone: str | None = None
    address: Address = field(default_factory=Address)
    language: str | None = None
    currency: str | None = None
    tax_exempt: str = "none"
    tax_ids: tuple[tuple[str, str], ...] = ()
    balance: Decimal = Decimal(0)
    credit_balances: tuple[tuple[str, Decimal], ...] = ()
    delinquent: bool | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class TaxId:
    """One tax identification of a customer.

    :ivar kind: the provider's name of the scheme, such as `eu_vat` or `us_ein`
    :ivar verification: pending, verified, unverified, unavailable; None where nobody verifies it
    """

    external_id: str
    customer_id: str | None
    kind: str
    value: str
    country: str | None = None
    verification: str | None = None
    deleted: bool = False
