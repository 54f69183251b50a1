"""Stripe's integer amounts, by Stripe's exponents."""

from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..providers.stripe.money import from_minor, from_minor_decimal


@tagged("post_install", "-at_install")
class TestStripeMoney(BaseCase):
    def test_exponents_are_stripes_own(self):
        table = [
            (1999, "usd", "19.99"),
            (-2500, "EUR", "-25.00"),
            (500, "jpy", "500"),
            (50000, "isk", "500.00"),
            (50000, "ugx", "500.00"),
            (300, "mga", "300"),
            (1230, "kwd", "1.230"),
        ]
        for amount, currency, expected in table:
            self.assertEqual(from_minor(amount, currency), Decimal(expected), currency)

    def test_only_integers_are_amounts(self):
        for amount in ("100", 1.5, True):
            with self.assertRaises(ValueError):
                from_minor(amount, "usd")
        self.assertIsNone(from_minor(None, "usd"))

    def test_decimal_strings_keep_their_digits(self):
        self.assertEqual(from_minor_decimal("0.125", "usd"), Decimal("0.00125"))
