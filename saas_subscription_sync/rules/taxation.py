"""What a tax on a billed line means for the books: which mapping it goes by, what it should be."""

from decimal import Decimal

from .amounts import step

#: Nothing was charged although the rate has a percentage, for a reason that is reported by itself.
UNTAXED = {
    "reverse_charge": "Reverse charge",
    "customer_exempt": "Customer is exempt",
    "product_exempt": "Product is exempt",
    "product_exempt_holiday": "Tax holiday",
}
#: Nothing was charged because no tax applies there: a tax in Odoo is of use, not of need.
OUTSIDE = frozenset({"not_collecting", "not_subject_to_tax", "not_supported"})
#: Where a line gives no reason of its own, the document's exemption is it.
BY_EXEMPTION = {"reverse": "reverse_charge", "exempt": "customer_exempt"}
#: And the other way round: the tax status that a reason comes from.
EXEMPTIONS = {reason: status for status, reason in BY_EXEMPTION.items()}
#: The provider's words for “no reason”.
SILENT = frozenset({None, "", "not_available"})

#: Kind of an Odoo tax → its amount on a base, exactly; other kinds are not computed again.
EXPECTED = {
    "percent": lambda base, rate, _quantity: base * rate / 100,
    "division": lambda base, rate, _quantity: base * rate / (100 - rate),
    "fixed": lambda _base, rate, quantity: quantity * rate,
}


def untaxed_reason(line_tax, tax_exempt):
    """Why a rate was not charged, where that is reported in a way of its own; else None."""
    if line_tax.amount:
        return None
    reason = line_tax.reason
    if reason in SILENT:
        reason = BY_EXEMPTION.get(tax_exempt)
    return reason if reason in UNTAXED else None


def mapping_key(rate_id, reason):
    """External id of the mapping that a rate goes by when it is not charged for `reason`."""
    return f"{rate_id or 'none'}:{reason}"


def beyond_rounding(billed, expected, decimals):
    """How far a billed tax is from what it should be, beyond what rounding one line explains."""
    return max(abs(billed - expected) - step(decimals) / 2, Decimal(0))
