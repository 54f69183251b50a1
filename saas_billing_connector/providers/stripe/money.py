"""Stripe's integer amounts as Decimals, by Stripe's exponents (neither ISO's nor Odoo's).

Source: Stripe's documentation, "Currencies". ISK and UGX are sent in hundredths although they have
no minor unit; MGA is sent in units although ISO gives it two decimals.
"""

from decimal import Decimal

ZERO_DECIMAL = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "JPY",
        "KMF",
        "KRW",
        "MGA",
        "PYG",
        "RWF",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
THREE_DECIMAL = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


def exponent(currency):
    """Decimals of Stripe's integer amounts in `currency` (any case)."""
    code = currency.upper()
    if code in ZERO_DECIMAL:
        return 0
    return 3 if code in THREE_DECIMAL else 2


def from_minor(amount, currency):
    """Stripe's integer amount in major units; None stays None.

    :raises ValueError: for anything but an integer, so that a changed type is never guessed at
    """
    if amount is None:
        return None
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise ValueError(f"not an integer amount: {amount!r}")
    return Decimal(amount).scaleb(-exponent(currency))


def from_minor_decimal(amount, currency):
    """A `*_decimal` string (minor units with more digits) in major units; None stays None."""
    if amount is None:
        return None
    return number(amount).scaleb(-exponent(currency))


def number(value):
    """A finite Decimal from Stripe's number or decimal string.

    :raises ValueError: for anything else; JSON as Python reads it may hold NaN
    """
    if isinstance(value, bool) or not isinstance(value, (Decimal, float, int, str)):
        raise ValueError(f"not a number: {value!r}")
    result = Decimal(str(value))
    if not result.is_finite():
        raise ValueError(f"not a finite number: {value!r}")
    return result
