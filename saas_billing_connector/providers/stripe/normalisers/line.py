"""What lines of invoices and of credit notes have in common: taxes, discounts, credits."""

from decimal import Decimal

from ....canonical import InvalidData, LineCredit, LineTax
from ..fields import path, ref, require
from ..money import from_minor, number

#: `tax_behavior` of a tax → whether it is contained in the amounts.
INCLUSIVE = {"exclusive": False, "inclusive": True}


def taxes(obj, currency):
    """Canonical taxes of a line's `taxes`."""
    return tuple(
        LineTax(
            rate_id=ref(path(tax, "tax_rate_details", "tax_rate")),
            amount=from_minor(require(tax, "amount"), currency),
            taxable_amount=from_minor(tax.get("taxable_amount"), currency) or Decimal(0),
            inclusive=_inclusive(tax),
            reason=tax.get("taxability_reason"),
        )
        for tax in obj.get("taxes") or ()
    )


def _inclusive(tax):
    behavior = require(tax, "tax_behavior")
    if behavior not in INCLUSIVE:
        raise InvalidData(f"Unknown tax behaviour “{behavior}”.", key="tax.tax_behavior")
    return INCLUSIVE[behavior]


def discount(obj, currency):
    """Sum of a line's `discount_amounts`, positive."""
    amounts = (
        from_minor(require(each, "amount"), currency) for each in obj.get("discount_amounts") or ()
    )
    return sum(amounts, Decimal(0))


def applied_credits(obj, currency):
    """What credit grants paid of the line.

    `pretax_credit_amounts` repeats the discounts beside them; those are `discount` already.
    """
    return tuple(
        LineCredit(
            amount=from_minor(require(each, "amount"), currency),
            transaction_id=ref(each.get("credit_balance_transaction")),
        )
        for each in obj.get("pretax_credit_amounts") or ()
        if each.get("type") != "discount"
    )


def quantity(obj):
    """The exact quantity; a line without one is for one.

    Since dahlia `quantity` is cut to a whole number where `quantity_decimal` is not.
    """
    for name in ("quantity_decimal", "quantity"):
        if obj.get(name) is not None:
            return number(obj[name])
    return Decimal(1)
