"""Manual tax rates on invoice lines: exclusive tax is added, inclusive tax is within the amount."""

from fractions import Fraction

from .money import exact, half_up

REASONS = {"none": "not_available", "exempt": "customer_exempt", "reverse": "reverse_charge"}
"""Why this much tax, by the customer's `tax_exempt`; plain manual rates carry no analysis."""

ZERO = "zero_rated"
"""The reason of a rate of zero percent."""


def inclusive_part(amount: int, rates: list[dict]) -> int:
    """The tax contained in `amount` by the inclusive ones of `rates`, in minor units."""
    return sum(_inclusive(amount, rates, rate) for rate in rates if rate["inclusive"])


def _inclusive(amount: int, rates: list[dict], rate: dict) -> int:
    total = sum((exact(each["percentage"]) for each in rates if each["inclusive"]), Fraction(0))
    return half_up(amount * exact(rate["percentage"]) / (100 + total))


def line_taxes(amount: int, rates: list[dict], tax_exempt: str) -> list[dict]:
    """The `taxes` of a line whose amount after discounts is `amount` (may be negative)."""
    charged = tax_exempt == "none"
    net = amount - inclusive_part(amount, rates) if charged else amount
    taxes = []
    for rate in rates:
        if not charged:
            tax = 0
        elif rate["inclusive"]:
            tax = _inclusive(amount, rates, rate)
        else:
            tax = half_up(net * exact(rate["percentage"]) / 100)
        reason = ZERO if charged and not rate["percentage"] else REASONS[tax_exempt]
        taxes.append(tax_object(rate["id"], tax, net, rate["inclusive"], reason))
    return taxes


def tax_object(rate_id: str, amount: int, taxable: int, inclusive: bool, reason: str) -> dict:
    """One entry of `taxes` or `total_taxes`."""
    return {
        "amount": amount,
        "tax_behavior": "inclusive" if inclusive else "exclusive",
        "tax_rate_details": {"tax_rate": rate_id},
        "taxability_reason": reason,
        "taxable_amount": taxable,
        "type": "tax_rate_details",
    }


def total_taxes(lines: list[dict]) -> list[dict]:
    """The taxes of all lines added up by rate and reason."""
    totals: dict[tuple, dict] = {}
    for tax in (tax for line in lines for tax in line["taxes"]):
        rate_id = tax["tax_rate_details"]["tax_rate"]
        key = rate_id, tax["tax_behavior"], tax["taxability_reason"]
        inclusive = tax["tax_behavior"] == "inclusive"
        total = totals.setdefault(
            key, tax_object(rate_id, 0, 0, inclusive, tax["taxability_reason"])
        )
        total["amount"] += tax["amount"]
        total["taxable_amount"] += tax["taxable_amount"]
    return list(totals.values())


def amount_by_behavior(taxes: list[dict], behavior: str) -> int:
    """The sum of exclusive or inclusive taxes."""
    return sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == behavior)
