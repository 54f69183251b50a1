"""Invoices: to the cent, once, in any order."""

from decimal import Decimal

from odoo.addons.saas_billing_connector.canonical import (
    InvalidData,
    MissingDependency,
    NeedsHuman,
    OutOfScope,
)

from . import factory
from .common import SyncCase


class TestInvoice(SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()

    def test_exclusive_tax(self):
        (change,) = self.deliver(
            factory.invoice(
                "in_1",
                factory.line(
                    "1200",
                    factory.tax("240", "1200"),
                    subscription_id="sub_1",
                    subscription_item_id="si_1",
                ),
                hosted_url="https://pay.example.com/in_1",
            )
        )
        self.assertDone(change)
        move = self.bound("invoice", "in_1")
        self.assertRecordValues(
            move,
            [
                {
                    "state": "posted",
                    "move_type": "out_invoice",
                    "amount_untaxed": 1200.0,
                    "amount_tax": 240.0,
                    "amount_total": 1440.0,
                    "ref": "NO-in_1",
                    "saas_external_id": "in_1",
                    "saas_number": "NO-in_1",
                    "saas_document_type": "invoice",
                    "saas_hosted_url": "https://pay.example.com/in_1",
                    "payment_state": "not_paid",
                }
            ],
        )
        self.assertEqual(str(move.invoice_date), "2026-01-01")
        self.assertEqual(move.date, move.invoice_date)
        self.assertRecordValues(
            move.invoice_line_ids,
            [
                {
                    "saas_line_id": "il_1",
                    "saas_subscription_id": self.bound("subscription", "sub_1").id,
                    "saas_catalog_mapping_id": self.bound("price", "price_1").id,
                    "product_id": self.bound("product", "prod_1").id,
                    "tax_ids": self.vat.ids,
                    "quantity": 1.0,
                    "price_unit": 1200.0,
                    "saas_proration": False,
                }
            ],
        )
        self.assertEqual(move.invoice_line_ids.saas_subscription_item_id.external_id, "si_1")
        self.assertEqual(str(move.invoice_line_ids.saas_service_start), "2026-01-01")
        self.assertEqual(str(move.invoice_line_ids.saas_service_end), "2027-01-01")
        tax_line = move.line_ids.filtered("tax_line_id")
        self.assertEqual(tax_line.balance, -240.0)
        self.assertEqual(abs(tax_line.tax_base_amount), 1200.0)

    def test_inclusive_tax(self):
        included = self._create_vat("VAT 20% incl.", 20, "tax_included")
        self.deliver(factory.tax_rate("txr_incl", inclusive=True))
        self.assertEqual(self.bound("tax_rate", "txr_incl").tax_id, included)
        taxes = factory.tax("16.50", "82.50", rate_id="txr_incl", inclusive=True)
        (change,) = self.deliver(factory.invoice("in_1", factory.line("99", taxes)))
        self.assertDone(change)
        move = self.bound("invoice", "in_1")
        self.assertEqual((move.amount_untaxed, move.amount_total), (82.5, 99.0))
        self.assertEqual(move.invoice_line_ids.price_unit, 99.0)

    def test_tax_amounts_are_carried_within_tolerance(self):
        """Stripe rounds per line, Odoo may differ by a cent: Stripe's amounts are booked."""
        lines = [
            factory.line("0.33", factory.tax("0.06", "0.33"), external_id="il_1"),
            factory.line("0.33", factory.tax("0.06", "0.33"), external_id="il_2"),
        ]
        (change,) = self.deliver(factory.invoice("in_1", *lines))
        self.assertDone(change)
        move = self.bound("invoice", "in_1")
        self.assertEqual(move.amount_tax, 0.12)
        self.assertEqual(move.amount_total, 0.78)
        self.assertEqual(move.line_ids.filtered("tax_line_id").balance, -0.12)
        self.assertEqual(move.invoice_line_ids.mapped("price_total"), [0.39, 0.39])

    def test_tax_beyond_tolerance_is_parked(self):
        record = factory.invoice("in_1", factory.line("100", factory.tax("20.03", "100")))
        (change,) = self.deliver(record)
        self.assertOutcome(change, NeedsHuman, "total_mismatch", "in_1")
        self.assertEqual(change.outcome.amount, Decimal("120.03"))
        self.assertIsNone(self.bound("invoice", "in_1"))
        self.connection.sudo().tax_tolerance = 0.05
        self.deliver(change)
        self.assertDone(change)
        self.assertEqual(self.bound("invoice", "in_1").amount_total, 120.03)

    def test_lines_that_do_not_add_up(self):
        (change,) = self.deliver(factory.invoice(total=Decimal("1441")))
        self.assertOutcome(change, NeedsHuman, "total_mismatch", "in_1")

    def test_draft_is_out_of_scope(self):
        (change,) = self.deliver(factory.invoice(status="draft"))
        self.assertOutcome(change, OutOfScope)

    def test_without_a_date(self):
        (change,) = self.deliver(factory.invoice(accounting_at=None))
        self.assertOutcome(change, InvalidData)

    def test_discount_lowers_the_line(self):
        discounted = factory.line(
            "100", factory.tax("18", "90"), discount_amount=Decimal(10), quantity="4"
        )
        self.deliver(factory.invoice("in_1", discounted))
        line = self.bound("invoice", "in_1").invoice_line_ids
        self.assertEqual((line.quantity, line.price_unit, line.price_subtotal), (4.0, 22.5, 90.0))

    def test_quantity_without_an_exact_unit_price(self):
        self.deliver(factory.invoice("in_1", factory.line("100", quantity="3")))
        line = self.bound("invoice", "in_1").invoice_line_ids
        self.assertEqual((line.quantity, line.price_unit), (1.0, 100.0))

    def test_proration_lines(self):
        half = factory.period(factory.at(7), factory.at(1, year=2027))
        lines = [
            factory.line("-600", external_id="il_1", proration=True, period=half),
            factory.line("1200", external_id="il_2", proration=True, period=half),
        ]
        self.deliver(factory.invoice("in_1", *lines))
        move = self.bound("invoice", "in_1")
        self.assertEqual(move.amount_total, 600.0)
        self.assertEqual(move.invoice_line_ids.mapped("price_subtotal"), [-600.0, 1200.0])
        self.assertEqual(move.invoice_line_ids.mapped("saas_proration"), [True, True])
        self.assertEqual(str(move.invoice_line_ids[0].saas_service_start), "2026-07-01")

    def test_a_thousand_lines_are_booked_line_by_line_in_few_statements(self):
        count = 1000
        lines = [
            factory.line("10", factory.tax("2", "10"), external_id=f"il_{number}")
            for number in range(count)
        ]
        before = self.cr.sql_log_count
        (change,) = self.deliver(factory.invoice("in_1", *lines))
        self.env.flush_all()
        # Odoo itself looks for an analytic distribution once per line.
        self.assertLess(self.cr.sql_log_count - before, 1.2 * count + 200)
        self.assertDone(change)
        move = self.bound("invoice", "in_1")
        self.assertEqual((move.state, len(move.invoice_line_ids)), ("posted", count))
        self.assertEqual((move.amount_untaxed, move.amount_tax), (10000.0, 2000.0))

    def test_negative_total_is_a_credit_note(self):
        lines = [
            factory.line("-600", factory.tax("-120", "-600"), external_id="il_1"),
            factory.line("100", factory.tax("20", "100"), external_id="il_2"),
        ]
        (change,) = self.deliver(factory.invoice("in_1", *lines, status="paid"))
        self.assertDone(change)
        move = self.bound("invoice", "in_1")
        self.assertRecordValues(
            move,
            [{"move_type": "out_refund", "amount_total": 600.0, "amount_tax": 100.0}],
        )
        self.assertEqual(move.amount_total_signed, -600.0)

    def test_zero_invoice_is_posted(self):
        (change,) = self.deliver(factory.invoice("in_1", factory.line("0"), status="paid"))
        self.assertDone(change)
        move = self.bound("invoice", "in_1")
        self.assertEqual((move.state, move.amount_total), ("posted", 0.0))

    def test_day_in_the_connections_zone(self):
        self.connection.sudo().timezone = "America/New_York"
        self.deliver(factory.invoice("in_1", factory.line("10")))
        self.assertEqual(str(self.bound("invoice", "in_1").date), "2025-12-31")

    def test_once_for_every_snapshot(self):
        record, paid = factory.invoice(), factory.invoice(status="paid")
        self.deliver(record, record, paid, size=1)
        self.deliver(record, paid)
        moves = self.env["account.move"].search([("saas_external_id", "=", "in_1")])
        self.assertEqual(len(moves), 1)
        self.assertEqual(moves.saas_status, "paid")

    def test_void_reverses_once_in_its_month(self):
        void = factory.invoice(status="void", voided_at=factory.at(3, 5))
        self.deliver(factory.invoice(), void, void, size=1)
        move = self.bound("invoice", "in_1")
        reversal = self.bound("invoice_void", "in_1")
        self.assertRecordValues(
            reversal,
            [
                {
                    "move_type": "out_refund",
                    "state": "posted",
                    "amount_total": 1440.0,
                    "reversed_entry_id": move.id,
                    "saas_document_type": "invoice_void",
                }
            ],
        )
        self.assertEqual(str(reversal.date), "2026-03-05")
        self.assertEqual(reversal.invoice_line_ids.saas_credited_line_id, move.invoice_line_ids)
        self.assertEqual(str(reversal.invoice_line_ids.saas_service_end), "2027-01-01")
        self.assertEqual(move.payment_state, "reversed")
        self.assertEqual(
            self.env["account.move"].search_count([("reversed_entry_id", "=", move.id)]), 1
        )

    def test_void_before_final(self):
        (void, final) = self.deliver(
            self.change(factory.invoice(status="void", voided_at=factory.at(3, 5)), second=9),
            self.change(factory.invoice(), second=8),
            size=1,
        )
        self.assertDone(void)
        self.assertEqual(self.bound("invoice", "in_1").saas_status, "void")
        self.assertTrue(self.bound("invoice_void", "in_1"))

    def test_uncollectible_is_noted(self):
        self.deliver(factory.invoice(), factory.invoice(status="uncollectible"), size=1)
        move = self.bound("invoice", "in_1")
        self.assertEqual((move.saas_status, move.amount_residual), ("uncollectible", 1440.0))

    def test_foreign_currency(self):
        taxes = factory.tax("20", "100")
        record = factory.invoice("in_1", factory.line("100", taxes), currency="EUR")
        (change,) = self.deliver(record)
        self.assertDone(change)
        move = self.bound("invoice", "in_1")
        self.assertEqual((move.currency_id, move.amount_total), (self.eur, 120.0))
        self.assertEqual(move.amount_total_signed, 132.0)

    def test_missing_customer_price_subscription_rate(self):
        cases = {
            "customer": factory.invoice(customer_id="cus_9"),
            "price": factory.invoice("in_1", factory.line("1", price_id="price_9")),
            "subscription": factory.invoice("in_1", factory.line("1", subscription_id="sub_9")),
            "tax_rate": factory.invoice(
                "in_1", factory.line("5", factory.tax("1", "5", rate_id="txr_9"))
            ),
        }
        for object_type, record in cases.items():
            with self.subTest(object_type):
                (change,) = self.deliver(record)
                self.assertOutcome(change, MissingDependency)
                self.assertEqual(change.outcome.object_type, object_type)

    def test_inactive_currency(self):
        self.eur.active = False
        (change,) = self.deliver(factory.invoice(currency="EUR"))
        self.assertOutcome(change, NeedsHuman, "inactive_currency", "EUR")

    def test_amount_the_currency_cannot_hold(self):
        (change,) = self.deliver(factory.invoice("in_1", factory.line("10.005")))
        self.assertOutcome(change, NeedsHuman, "currency_precision", "USD")

    def test_closed_period(self):
        self.company.fiscalyear_lock_date = "2026-01-31"
        (change,) = self.deliver(factory.invoice())
        self.assertOutcome(change, NeedsHuman, "closed_period", "2026-01")
        self.assertIsNone(self.bound("invoice", "in_1"))
        self.company.fiscalyear_lock_date = False
        self.deliver(change)
        self.assertEqual(str(self.bound("invoice", "in_1").date), "2026-01-01")

    def test_company_without_sales_journal(self):
        self.env["account.journal"].search([("type", "=", "sale")]).active = False
        (change,) = self.deliver(factory.invoice())
        self.assertOutcome(change, NeedsHuman, "missing_journal", "sale")

    def test_line_without_price_and_product_waits_for_the_choice_of_one(self):
        self.connection.sudo().catalog_policy = "park"
        (change,) = self.deliver(
            factory.invoice("in_1", factory.line("10", price_id=None, product_id=None))
        )
        self.assertOutcome(change, NeedsHuman, "unmapped_price", "default")
        self.connection.sudo().default_product_id = self.product_a
        self.deliver(change)
        self.assertDone(change)
        line = self.bound("invoice", "in_1").invoice_line_ids
        self.assertEqual(line.product_id, self.product_a)

    def test_one_bad_invoice_stops_nobody_else(self):
        good = [factory.invoice(f"in_{number}") for number in range(2, 6)]
        bad = factory.invoice("in_1", currency="XXX")
        changes = self.deliver(*good[:2], bad, *good[2:])
        self.assertOutcome(changes[2], NeedsHuman, "inactive_currency")
        self.assertDone(*changes[:2], *changes[3:])

    def test_trace(self):
        (change,) = self.deliver(factory.invoice())
        traces = self.env["saas.billing.trace"].search([("event_id", "=", change.event.id)])
        self.assertEqual(set(traces.mapped("effect")), {"created", "posted"})
        move = self.bound("invoice", "in_1")
        self.assertEqual(move.saas_event_count, 1)
        self.assertEqual(change.event.saas_document_count, 1)
        self.assertEqual(change.event.action_open_documents()["res_id"], move.id)
