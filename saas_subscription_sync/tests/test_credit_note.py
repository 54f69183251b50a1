"""Credit notes and refunds, and which money settles which document."""

from decimal import Decimal

from odoo.addons.saas_billing_connector.canonical import MissingDependency

from . import factory
from .common import SyncCase


class TestCreditNote(SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()

    def test_takes_back_a_line(self):
        note = factory.credit_note("cn_1", factory.credit_line("100", factory.tax("20", "100")))
        changes = self.deliver(factory.invoice(), note)
        self.assertDone(*changes)
        move, credit = self.bound("invoice", "in_1"), self.bound("credit_note", "cn_1")
        self.assertRecordValues(
            credit,
            [
                {
                    "move_type": "out_refund",
                    "state": "posted",
                    "amount_total": 120.0,
                    "reversed_entry_id": move.id,
                    "saas_document_type": "credit_note",
                }
            ],
        )
        line = credit.invoice_line_ids
        self.assertEqual(line.saas_credited_line_id, move.invoice_line_ids)
        self.assertEqual(line.account_id, move.invoice_line_ids.account_id)
        self.assertEqual(str(line.saas_service_end), "2027-01-01")
        self.assertEqual(str(credit.date), "2026-02-01")
        self.assertEqual(move.amount_residual, 1320.0)

    def test_before_its_invoice(self):
        note = factory.credit_note("cn_1", factory.credit_line("100"))
        (early,) = self.deliver(note)
        self.assertOutcome(early, MissingDependency)
        self.assertEqual(early.outcome.key, "invoice:in_1")

    def test_without_lines_is_spread_by_amount(self):
        lines = [
            factory.line("100", factory.tax("20", "100"), external_id="il_1"),
            factory.line("50", external_id="il_2"),
        ]
        self.deliver(factory.invoice("in_1", *lines))
        (change,) = self.deliver(factory.credit_note("cn_1", total=Decimal("17.01")))
        self.assertDone(change)
        credit = self.bound("credit_note", "cn_1")
        self.assertEqual(credit.amount_total, 17.01)
        self.assertEqual(credit.invoice_line_ids.mapped("price_subtotal"), [10.01, 5.0])
        self.assertEqual(credit.amount_tax, 2.0)
        origins = credit.invoice_line_ids.saas_credited_line_id
        self.assertEqual(origins, self.bound("invoice", "in_1").invoice_line_ids)

    def test_several_notes_of_one_invoice_in_one_batch(self):
        self.deliver(factory.invoice("in_1"), factory.invoice("in_2"))
        changes = self.deliver(
            factory.credit_note("cn_1", factory.credit_line("10")),
            factory.credit_note("cn_2", factory.credit_line("20")),
            factory.credit_note("cn_3", factory.credit_line("30"), invoice_id="in_2"),
        )
        self.assertDone(*changes)
        self.assertEqual(self.bound("invoice", "in_1").amount_residual, 1410.0)
        self.assertEqual(self.bound("invoice", "in_2").amount_residual, 1410.0)

    def test_after_payment_stays_open_for_the_refund(self):
        note = factory.credit_note(
            "cn_1", factory.credit_line("1200", factory.tax("240", "1200")), refund_ids=("re_1",)
        )
        orders = [
            [factory.payment(), note, factory.refund()],
            [note, factory.payment(), factory.refund()],
            [note, factory.refund(), factory.payment()],
        ]
        for number, order in enumerate(orders):
            with self.subTest(order=number), self.env.cr.savepoint() as savepoint:
                changes = self.deliver(factory.invoice(), *order, size=1)
                self.assertDone(*changes)
                for canonical_type, external_id in (("invoice", "in_1"), ("credit_note", "cn_1")):
                    self.assertEqual(self.bound(canonical_type, external_id).amount_residual, 0.0)
                payment, back = self.bound("payment", "pi_1"), self.bound("refund", "re_1")
                self.assertEqual(payment.reconciled_invoice_ids, self.bound("invoice", "in_1"))
                self.assertEqual(back.saas_credit_note_ids, self.bound("credit_note", "cn_1"))
                self.assertEqual((back.payment_type, back.amount), ("outbound", 1440.0))
                savepoint.rollback()

    def test_void_of_a_credit_note(self):
        note = factory.credit_note("cn_1", factory.credit_line("100"))
        void = factory.credit_note(
            "cn_1", factory.credit_line("100"), status="void", voided_at=factory.at(4)
        )
        self.deliver(factory.invoice(), note, void, void, size=1)
        reversal = self.bound("credit_note_void", "cn_1")
        self.assertEqual((reversal.move_type, reversal.amount_total), ("out_invoice", 100.0))
        self.assertEqual(self.bound("invoice", "in_1").amount_residual, 1440.0)

    def test_foreign_currency_keeps_the_invoices_rate(self):
        record = factory.invoice("in_1", factory.line("100"), currency="EUR")
        note = factory.credit_note(
            "cn_1", factory.credit_line("100"), currency="EUR", issued_at=factory.at(2, 2)
        )
        self.deliver(record, note)
        self.assertEqual(self.bound("credit_note", "cn_1").amount_total_signed, -110.0)
        self.assertEqual(self.bound("invoice", "in_1").amount_residual, 0.0)
