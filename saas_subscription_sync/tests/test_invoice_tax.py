"""Taxes of invoices: what was billed, on the tax that was approved for it, and never invented."""

from decimal import Decimal

from odoo import Command
from odoo.addons.saas_billing_connector.canonical import NeedsHuman
from odoo.exceptions import ValidationError

from . import factory
from .common import SyncCase


class TestInvoiceTax(SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()

    def _bill(self, *lines, external_id="in_1", **values):
        (change,) = self.deliver(factory.invoice(external_id, *lines, **values))
        return change, self.bound("invoice", external_id)

    def _tax_lines(self, move):
        """{tax: (amount, base)} of what the move posts, in the document's sense."""
        return {
            line.tax_line_id: (-line.amount_currency, abs(line.tax_base_amount))
            for line in move.line_ids.filtered("tax_line_id")
        }

    def _create_fiscal_position(self, name, target):
        """A fiscal position that replaces the VAT by `target`, if any."""
        position = self.env["account.fiscal.position"].create(
            {"name": name, "company_id": self.company.id}
        )
        if target:
            target.write(
                {
                    "fiscal_position_ids": [Command.link(position.id)],
                    "original_tax_ids": [Command.set(self.vat.ids)],
                }
            )
        self.bound("customer", "cus_1").with_company(
            self.company
        ).property_account_position_id = position
        return position

    # ── several ──────────────────────────────────────────────────────────────────────────────

    def test_several_rates_on_a_line_by_jurisdiction(self):
        state, city = self._create_vat("State 6%", 6), self._create_vat("City 2.25%", 2.25)
        self.deliver(
            factory.tax_rate("txr_state", "6", jurisdiction="California"),
            factory.tax_rate("txr_city", "2.25", jurisdiction="Oakland"),
        )
        taxes = [
            factory.tax("6", "100", rate_id="txr_state"),
            factory.tax("2.25", "100", rate_id="txr_city"),
        ]
        change, move = self._bill(factory.line("100", *taxes))
        self.assertDone(change)
        self.assertEqual(move.amount_total, 108.25)
        self.assertEqual(self._tax_lines(move), {state: (6.0, 100.0), city: (2.25, 100.0)})

    def test_jurisdictions_with_one_odoo_tax_add_up(self):
        tax = self._create_vat("Sales Tax 8.25%", 8.25)
        self.deliver(factory.tax_rate("txr_state", "6"), factory.tax_rate("txr_city", "2.25"))
        for key in ("txr_state", "txr_city"):
            mapping = self.bound("tax_rate", key).sudo()
            mapping.tax_id = tax
            mapping.action_approve()
        parts = [("6", "txr_state"), ("2.25", "txr_city")]
        taxes = [factory.tax(amount, "100", rate_id=key) for amount, key in parts]
        change, move = self._bill(factory.line("100", *taxes))
        self.assertDone(change)
        self.assertEqual(self._tax_lines(move), {tax: (8.25, 100.0)})

    def test_inclusive_and_exclusive_on_one_invoice(self):
        self._create_vat("VAT 10% incl.", 10, "tax_included")
        self.deliver(factory.tax_rate("txr_incl", "10", inclusive=True))
        change, move = self._bill(
            factory.line(
                "110", factory.tax("10", "100", rate_id="txr_incl", inclusive=True), quantity="3"
            ),
            factory.line("50", factory.tax("10", "50"), external_id="il_2"),
        )
        self.assertDone(change)
        self.assertEqual(
            (move.amount_untaxed, move.amount_tax, move.amount_total), (150.0, 20.0, 170.0)
        )

    def test_only_part_of_the_line_is_taxable(self):
        tax = factory.tax("8", "40", reason="portion_product_exempt")
        change, move = self._bill(factory.line("100", tax))
        self.assertDone(change)
        self.assertEqual(self._tax_lines(move), {self.vat: (8.0, 40.0)})
        self.assertEqual(move.amount_total, 108.0)

    def test_zero_rated_stands_on_its_own_tax(self):
        zero = self._create_vat("Zero rated", 0)
        self.deliver(factory.tax_rate("txr_0", "0"))
        change, move = self._bill(
            factory.line("100", factory.tax("0", "100", rate_id="txr_0", reason="zero_rated"))
        )
        self.assertDone(change)
        self.assertEqual((move.invoice_line_ids.tax_ids, move.amount_total), (zero, 100.0))

    # ── not charged ──────────────────────────────────────────────────────────────────────────

    def _untaxed(self, reason, **values):
        return self._bill(factory.line("100", factory.tax("0", "100", reason=reason)), **values)

    def test_reverse_charge_waits_for_its_tax_and_lands_on_it(self):
        change, move = self._untaxed("reverse_charge", tax_exempt="reverse")
        self.assertOutcome(change, NeedsHuman, "unmapped_tax", "txr_20:reverse_charge")
        self.assertIsNone(move)
        mapping = self.env["saas.tax.mapping"].search(
            [("external_id", "=", "txr_20:reverse_charge")]
        )
        self.assertEqual((mapping.state, mapping.reason), ("draft", "reverse_charge"))
        self.assertEqual(mapping.name, "VAT 20%, Reverse charge")
        mapping.sudo().tax_id = reverse = self._create_vat("EU reverse charge", 0)
        mapping.sudo().action_approve()
        self.deliver(change)
        self.assertDone(change)
        move = self.bound("invoice", "in_1")
        self.assertEqual((move.invoice_line_ids.tax_ids, move.amount_total), (reverse, 100.0))
        # What is charged at the same rate goes on as before.
        taxed = factory.line("100", factory.tax("20", "100"))
        change, move = self._bill(taxed, external_id="in_2")
        self.assertEqual((move.invoice_line_ids.tax_ids, move.amount_total), (self.vat, 120.0))

    def test_the_fiscal_position_decides_where_there_is_one(self):
        reverse = self._create_vat("EU reverse charge", 0)
        self._create_fiscal_position("EU", reverse)
        change, move = self._untaxed("reverse_charge")
        self.assertDone(change)
        self.assertEqual(move.invoice_line_ids.tax_ids, reverse)

    def test_the_tax_status_names_its_fiscal_position_on_the_connection(self):
        reverse = self._create_vat("EU reverse charge", 0)
        position = self._create_fiscal_position("EU", reverse)
        self.bound("customer", "cus_1").with_company(
            self.company
        ).property_account_position_id = False
        self.connection.sudo().reverse_position_id = position
        change, move = self._untaxed("reverse_charge", tax_exempt="reverse")
        self.assertDone(change)
        self.assertEqual(
            (move.invoice_line_ids.tax_ids, move.fiscal_position_id), (reverse, position)
        )

    def test_a_fiscal_position_that_would_charge_has_no_say(self):
        self._create_fiscal_position("Reduced", self._create_vat("VAT 5%", 5))
        change, _move = self._untaxed("customer_exempt")
        self.assertOutcome(change, NeedsHuman, "unmapped_tax", "txr_20:customer_exempt")

    def test_exempt_may_be_booked_without_tax(self):
        change, _move = self._untaxed("customer_exempt")
        mapping = self.env["saas.tax.mapping"].search([("reason", "=", "customer_exempt")])
        with self.assertRaises(ValidationError):
            mapping.sudo().action_approve()
        mapping.sudo().without_tax = True
        mapping.sudo().action_approve()
        self.deliver(change)
        self.assertDone(change)
        move = self.bound("invoice", "in_1")
        self.assertEqual((len(move.invoice_line_ids.tax_ids), move.amount_total), (0, 100.0))

    def test_the_documents_exemption_is_the_reason_of_silent_lines(self):
        change, _move = self._untaxed("not_available", tax_exempt="exempt")
        self.assertOutcome(change, NeedsHuman, "unmapped_tax", "txr_20:customer_exempt")

    def test_outside_of_every_jurisdiction_needs_no_mapping(self):
        self.deliver(factory.tax_rate("txr_none", "0"))
        change, move = self._bill(
            factory.line("100", factory.tax("0", "0", rate_id="txr_none", reason="not_collecting"))
        )
        self.assertDone(change)
        self.assertFalse(move.invoice_line_ids.tax_ids)

    def test_the_policy_to_wait_decides_nothing_by_itself(self):
        self.connection.sudo().tax_policy = "park"
        self._create_fiscal_position("EU", self._create_vat("EU reverse charge", 0))
        change, _move = self._untaxed("reverse_charge")
        self.assertOutcome(change, NeedsHuman, "unmapped_tax")

    # ── tolerance ────────────────────────────────────────────────────────────────────────────

    def test_a_cent_is_booked_as_billed(self):
        for number, amount in enumerate(("19.99", "20.01")):
            change, move = self._bill(
                factory.line("100", factory.tax(amount, "100")), external_id=f"in_{number}"
            )
            self.assertDone(change)
            self.assertEqual(move.amount_tax, float(amount))
            self.assertEqual(move.line_ids.filtered("tax_line_id").credit, float(amount))

    def test_a_euro_parks_and_clears_once_mended(self):
        change, move = self._bill(factory.line("100", factory.tax("21", "100")))
        self.assertOutcome(change, NeedsHuman, "total_mismatch", "in_1")
        self.assertIn("billed with 21.00 of tax where its rates say 20.00", change.outcome.message)
        self.assertIsNone(move)
        right = self._create_vat("VAT 21%", 21)
        self.bound("tax_rate", "txr_20").sudo().tax_id = right
        self.deliver(change)
        self.assertDone(change)
        self.assertEqual(self._tax_lines(self.bound("invoice", "in_1")), {right: (21.0, 100.0)})

    def test_one_tax_too_high_does_not_hide_another_too_low(self):
        self._create_vat("VAT 10%", 10)
        self.deliver(factory.tax_rate("txr_10", "10"))
        taxes = [factory.tax("21", "100"), factory.tax("9", "100", rate_id="txr_10")]
        change, _move = self._bill(factory.line("100", *taxes))
        self.assertOutcome(change, NeedsHuman, "total_mismatch")

    def test_rounding_of_hundreds_of_lines_is_no_difference(self):
        lines = [
            factory.line("0.33", factory.tax("0.07", "0.33"), external_id=f"il_{number}")
            for number in range(300)
        ]
        change, move = self._bill(*lines)
        self.assertDone(change)
        self.assertEqual((len(move.invoice_line_ids), move.amount_tax), (300, 21.0))

    def test_a_euro_does_not_hide_among_hundreds_of_lines(self):
        lines = [
            factory.line("10", factory.tax("2", "10"), external_id=f"il_{number}")
            for number in range(299)
        ]
        lines.append(factory.line("10", factory.tax("3", "10"), external_id="il_off"))
        change, _move = self._bill(*lines)
        self.assertOutcome(change, NeedsHuman, "total_mismatch")

    def test_tax_without_any_rate_is_not_guessed(self):
        change, _move = self._bill(factory.line("100", factory.tax("20", "100", rate_id=None)))
        self.assertOutcome(change, NeedsHuman, "unmapped_tax", "none")
        self.assertEqual(change.outcome.amount, Decimal(120))
