"""Exact money: integers in the currency's minor unit, fractions in between, never floats."""

from collections.abc import Sequence
from fractions import Fraction

ZERO_DECIMAL = frozenset({
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf",
    "xof", "xpf",
})  # fmt: skip
THREE_DECIMAL = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£"}


def minor_units(currency: str) -> int:
    """How many minor units make one major unit of `currency` at Stripe."""
    if currency in ZERO_DECIMAL:
        return 1
    return 1000 if currency in THREE_DECIMAL else 100


def half_up(value: Fraction) -> int:
    """The nearest integer; halves go away from zero, so that −x rounds to −round(x)."""
    magnitude = abs(value)
    rounded = (2 * magnitude.numerator + magnitude.denominator) // (2 * magnitude.denominator)
    return rounded if value >= 0 else -rounded


def exact(number: int | float | str) -> Fraction:
    """A JSON number (such as the percentage 8.25) as the fraction its digits say."""
    return Fraction(str(number))


def percent_of(amount: int, percentage: int | float | str) -> int:
    """`percentage` of `amount` in minor units, rounded half away from zero."""
    return half_up(amount * exact(percentage) / 100)


def share(amount: int, part: int, whole: int) -> int:
    """`amount × part / whole` in minor units, rounded half away from zero."""
    return half_up(Fraction(amount * part, whole))


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """`total` split in proportion to non-negative `weights`; the parts sum to `total` exactly.

    Cents that do not divide go to the largest fractions, the earlier one first among equals.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    by_fraction = sorted(
        range(len(weights)), key=lambda index: (-(total * weights[index] % whole), index)
    )
    for index in by_fraction[: total - sum(parts)]:
        parts[index] += 1
    return parts


def convert(amount: int, source: str, target: str, rate: Fraction) -> int:
    """`amount` of `source` in minor units of `target`; `rate` is target majors per source major."""
    scale = Fraction(minor_units(target), minor_units(source))
    return half_up(amount * rate * scale)


def display(amount: int, currency: str) -> str:
    """`amount` as people read it, such as $25.00."""
    units = minor_units(currency)
    digits = len(str(units)) - 1
    major, minor = divmod(abs(amount), units)
    text = f"{major:,}" + (f".{minor:0{digits}d}" if digits else "")
    sign = "-" if amount < 0 else ""
    return f"{sign}{SYMBOLS.get(currency, currency.upper() + ' ')}{text}"
