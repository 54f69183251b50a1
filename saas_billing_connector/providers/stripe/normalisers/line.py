"""What lines of invoices and of credit notes have in common: taxes and discounts."""

from decimal import Decimal

from ....canonical import LineTax
from ..money import from_minor
from ..reader import path, ref, require


def taxes(obj, currency):
    """Canonical taxes of a line's `taxes`."""
    return tuple(
        LineTax(
            rate_id=ref(path(tax, "tax_rate_details", "tax_rate")),
            amount=from_minor(require(tax, "amount"), currency),
            taxable_amount=from_minor(tax.get("taxable_amount"), currency) or Decimal(0),
            inclusive=tax.get("tax_behavior") == "inclusive",
            reason=tax.get("taxability_reason"),
        )
        for tax in obj.get("taxes") or ()
    )


def discount(obj, currency):
    """Sum of a line's `discount_amounts`, positive.

    `pretax_credit_amounts` repeats them beside credit grants, so it is never added.
    """
    amounts = (from_minor(each["amount"], currency) for each in obj.get("discount_amounts") or ())
    return sum(amounts, Decimal(0))
