"""Checks against the provider begin with the cut-over; R0 ties the opening documents to facts."""

from datetime import date
from decimal import Decimal

from . import factory
from .opening_common import OpeningCase
from .reconciliation_common import ProviderMixin


class TestReconciliationOpening(ProviderMixin, OpeningCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()
        self.old = factory.invoice()
        self.voided = factory.invoice(
            "in_2",
            factory.line("50", external_id="il_2"),
            status="void",
            voided_at=factory.at(7, 9),
        )
        self.note = factory.credit_note(
            "cn_1", factory.credit_line("100", factory.tax("20", "100")), issued_at=factory.at(7, 8)
        )
        self.payment = factory.payment(amount="440", paid_at=factory.at(3))
        self.set_up_provider()
        self.remote |= {
            "invoice": [self.old, self.voided],
            "credit_note": [self.note],
            "charge": [factory.charge(amount="440", created_at=factory.at(3))],
        }

    def run_checks(self, first=date(2026, 7, 1), last=date(2026, 8, 1)):
        return super().run_checks(first, last)

    def lines(self, run):
        return sorted(
            (line.check, line.left_amount, line.right_amount, line.difference_class or "")
            for line in run.line_ids
            if line.check in ("R0", "R1", "R2")
        )

    def test_clean_since_the_cutover(self):
        first = factory.invoice("in_2", *self.voided.lines)
        self.deliver(self.old, first, self.payment)
        self.book()
        self.deliver(self.note, self.voided)
        run = self.run_checks()
        self.assertEqual(
            self.lines(run), [("R0", 1050, 1050, ""), ("R1", -170, -170, "")], "void and note only"
        )

    def test_months_before_the_cutover_are_empty(self):
        self.deliver(self.old, self.payment)
        self.book()
        run = self.run_checks(date(2026, 1, 1), date(2026, 4, 1))
        self.assertEqual(self.lines(run), [])

    def test_what_is_not_booked_is_a_difference(self):
        self.deliver(self.old)
        self.remote |= {"invoice": [self.old], "credit_note": []}
        run = self.run_checks()
        self.assertFalse(run.is_clean)
        self.assertEqual(self.lines(run), [("R0", 1440, 0, ""), ("R0", 1440, 0, "missing")])
        self.book()
        self.deliver(self.payment)
        self.assertEqual(
            self.lines(self.run_checks()), [("R0", 1000, 1440, ""), ("R0", 1000, 1440, "amount")]
        )

    def test_opening_documents_are_not_billed(self):
        self.deliver(self.old)
        self.book()
        figures = self.env["saas.reconciliation.run"]._get_month_figures(
            self.company, date(2026, 7, 1), date(2026, 7, 1)
        )
        self.assertEqual(Decimal(figures[date(2026, 7, 1)]["billed_incl_tax"]), 0)
