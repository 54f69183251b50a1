"""What is sold, at which price, with which tax and which discount."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Product:
    """What is sold."""

    external_id: str
    name: str
    description: str | None = None
    active: bool = True
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class PriceTier:
    """One step of a tiered price, in the price's currency.

    :ivar up_to: the last unit of the step; None for all that are left
    :ivar unit_amount: per unit of the step; None for none
    :ivar flat_amount: once for entering the step; None for none
    """

    up_to: Decimal | None
    unit_amount: Decimal | None
    flat_amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Price:
    """How a product is sold.

    :ivar unit_amount: per unit, or per package of `package_size` units; None where tiers or the
        customer decide
    :ivar interval: day, week, month, year; None for one-off
    :ivar metered: billed by reported usage, in arrears
    :ivar tax_behavior: inclusive, exclusive or unspecified
    :ivar tiers_mode: graduated (each unit at its own tier) or volume (all at the last one reached);
        None for a price without tiers
    :ivar tiers: empty where the provider did not include them, as in Stripe's events
    :ivar package_size: units sold together; 1 for a price by the unit
    :ivar package_round_up: whether a started package counts whole
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
    tiers_mode: str | None = None
    tiers: tuple[PriceTier, ...] = ()
    package_size: int = 1
    package_round_up: bool = True


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One tax: `percentage` is 20 for 20 %; `inclusive` means contained in the amounts.

    :ivar kind: vat, sales_tax, gst… as the provider names it
    """

    external_id: str
    name: str
    percentage: Decimal
    inclusive: bool
    country: str | None = None
    jurisdiction: str | None = None
    active: bool = True
    state: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Coupon:
    """A discount that may be given.

    :ivar percent_off: 25 for 25 %; None where an amount is taken off
    :ivar amount_off: in `currency`, positive; None where a percentage is taken off
    :ivar duration: once, repeating (for `months`) or forever
    """

    external_id: str
    name: str | None
    percent_off: Decimal | None
    amount_off: Decimal | None
    currency: str | None
    duration: str
    months: int | None = None
    valid: bool = True
    deleted: bool = False
