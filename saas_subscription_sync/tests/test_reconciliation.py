"""R1 and R2: control totals, classed differences, kept for good."""

from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError

from . import factory
from .common import SyncCase

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


class TestReconciliation(SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()
        self.remote = {"invoice": [], "credit_note": [], "charge": [], "refund": []}
        connection = self.env.registry["saas.billing.connection"]

        def iterate(_connection, canonical_type, since, until):
            self.assertTrue(since.tzinfo and until.tzinfo)
            return iter(self.remote[canonical_type])

        self.startPatcher(patch.object(connection, "_iter_provider", iterate))

    def run_checks(self, date_from=JANUARY, date_to=FEBRUARY):
        return self.env["saas.reconciliation.run"]._run_checks(self.company, date_from, date_to)

    def totals(self, run, check):
        lines = run.line_ids.filtered(
            lambda line: line.check == check and not line.difference_class
        )
        return [(line.label[-7:], line.left_amount, line.right_amount) for line in lines]

    def classes(self, run):
        lines = run.line_ids.filtered("difference_class")
        return [
            (line.check, line.difference_class, line.external_id, line.difference) for line in lines
        ]

    def test_clean(self):
        record = factory.invoice()
        self.deliver(record, factory.payment())
        self.remote |= {"invoice": [record], "charge": [factory.charge()]}
        run = self.run_checks()
        self.assertTrue(run.is_clean, self.classes(run))
        self.assertEqual(self.totals(run, "R1"), [("2026-01", 1440.0, 1440.0)])
        self.assertEqual(self.totals(run, "R2"), [("2026-01", 1440.0, 1440.0)])
        self.assertEqual((run.state, run.difference_count), ("done", 0))

    def test_missing_unexpected_amount(self):
        self.deliver(factory.invoice("in_1"), factory.invoice("in_2"))
        other = factory.invoice("in_2", factory.line("1000", factory.tax("200", "1000")))
        self.remote["invoice"] = [other, factory.invoice("in_3")]
        run = self.run_checks()
        self.assertFalse(run.is_clean)
        self.assertEqual(
            self.classes(run),
            [
                ("R1", "unexpected", "in_1", -1440.0),
                ("R1", "amount", "in_2", -240.0),
                ("R1", "missing", "in_3", 1440.0),
            ],
        )
        first, _amount, missing = run.line_ids.filtered("difference_class")
        self.assertEqual(first.action_open()["res_id"], self.bound("invoice", "in_1").id)
        self.assertEqual(missing.action_open()["domain"], [("object_id", "=", "in_3")])
        self.assertEqual(missing.user_id, self.env.user)

    def test_voids_and_credit_notes_count_in_their_month(self):
        void = factory.invoice(status="void", voided_at=factory.at(2, 3))
        note = factory.credit_note("cn_1", factory.credit_line("100"), invoice_id="in_2")
        second = factory.invoice("in_2")
        self.deliver(void, second, note)
        self.remote |= {"invoice": [void, second], "credit_note": [note]}
        run = self.run_checks(JANUARY, MARCH)
        self.assertTrue(run.is_clean, self.classes(run))
        self.assertEqual(
            self.totals(run, "R1"),
            [("2026-01", 2880.0, 2880.0), ("2026-02", -1540.0, -1540.0)],
        )
        self.assertTrue(self.run_checks(FEBRUARY, MARCH).is_clean)

    def test_other_month_is_timing(self):
        record = factory.invoice()
        self.deliver(record)
        self.remote["invoice"] = [factory.invoice(accounting_at=factory.at(2))]
        run = self.run_checks(JANUARY, FEBRUARY)
        self.assertEqual(self.classes(run), [("R1", "timing", "in_1", 0.0)])
        self.assertFalse(run.is_clean)
        self.assertEqual(self.classes(self.run_checks(FEBRUARY, MARCH))[0][1], "timing")

    def test_collected(self):
        note = factory.credit_note(
            "cn_1", factory.credit_line("1200", factory.tax("240", "1200")), refund_ids=("re_1",)
        )
        records = [factory.invoice(), factory.payment(), note, factory.refund()]
        self.deliver(*records)
        self.remote["charge"] = [factory.charge(), factory.charge("ch_2", "5", status="failed")]
        self.remote["refund"] = [factory.refund()]
        run = self.run_checks(JANUARY, MARCH)
        self.assertEqual(
            self.totals(run, "R2"),
            [("2026-01", 1440.0, 1440.0), ("2026-02", -1440.0, -1440.0)],
        )
        self.remote["charge"].append(factory.charge("ch_3", "7", payment_intent_id=None))
        classes = [row for row in self.classes(self.run_checks()) if row[0] == "R2"]
        self.assertEqual(classes, [("R2", "missing", "ch_3", 7.0)])

    def test_by_currency_and_zone(self):
        self.connection.sudo().timezone = "America/New_York"
        record = factory.invoice("in_1", factory.line("100"), currency="EUR")
        self.deliver(record)
        self.remote["invoice"] = [record]
        run = self.run_checks(date(2025, 12, 1), JANUARY)
        self.assertTrue(run.is_clean)
        billed = run.line_ids.filtered(lambda line: line.check == "R1")
        self.assertEqual(billed.currency_id, self.eur)

    def test_a_run_is_kept(self):
        run = self.run_checks()
        with self.assertRaises(UserError):
            run.date_from = FEBRUARY
        with self.assertRaises(UserError):
            run.unlink()
        self.deliver(factory.invoice())
        self.run_checks()
        line = self.env["saas.reconciliation.line"].search([], limit=1)
        with self.assertRaises(UserError):
            line.sudo().left_amount = 1
        with self.assertRaises(UserError):
            line.sudo().unlink()
        again = run.action_run_again()
        self.assertNotEqual(again["res_id"], run.id)

    def test_whole_months_only(self):
        with self.assertRaises(ValidationError):
            self.run_checks(date(2026, 1, 2), FEBRUARY)
        with self.assertRaises(ValidationError):
            self.run_checks(FEBRUARY, FEBRUARY)

    def test_month_figures(self):
        self.deliver(
            factory.invoice(),
            factory.payment(paid_at=factory.at(2, 1)),
            factory.credit_note("cn_1", factory.credit_line("100", factory.tax("20", "100"))),
        )
        figures = self.env["saas.reconciliation.run"]._get_month_figures(
            self.company, date(2026, 1, 15), MARCH
        )
        self.assertEqual(
            figures,
            {
                JANUARY: {"billed": 1200.0, "billed_incl_tax": 1440.0, "collected": 0.0},
                FEBRUARY: {"billed": -100.0, "billed_incl_tax": -120.0, "collected": 1440.0},
                MARCH: {"billed": 0.0, "billed_incl_tax": 0.0, "collected": 0.0},
            },
        )
