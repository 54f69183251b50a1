"""Between amounts of the ORM and the integers of the recognition core."""

from decimal import Decimal

from odoo.tools import float_repr


def to_minor(amount, currency):
    """`amount` in units of the currency's smallest amount."""
    return int(Decimal(float_repr(amount, currency.decimal_places)) / _quantum(currency))


def from_minor(units, currency):
    """Units of the currency's smallest amount as a value for a `Monetary` field."""
    return float(units * _quantum(currency))


def _quantum(currency):
    return Decimal(str(currency.rounding))
