"""Payments: one entry each, reconciled with the invoice they were applied to."""

from odoo.addons.saas_billing_connector.canonical import MissingDependency, NeedsHuman, OutOfScope
from odoo.addons.saas_billing_connector.providers.stripe import normalise_object

from . import factory
from .common import SyncCase


class TestPayment(SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()

    def test_pays_the_invoice(self):
        changes = self.deliver(factory.invoice(), factory.payment(charge_id="ch_1"))
        self.assertDone(*changes)
        payment, move = self.bound("payment", "pi_1"), self.bound("invoice", "in_1")
        self.assertRecordValues(
            payment,
            [
                {
                    "amount": 1440.0,
                    "payment_type": "inbound",
                    "saas_external_id": "pi_1",
                    "saas_payment_intent_id": "pi_1",
                    "saas_charge_id": "ch_1",
                    "saas_invoice_id": move.id,
                }
            ],
        )
        self.assertEqual(str(payment.date), "2026-01-01")
        self.assertEqual(move.amount_residual, 0.0)
        self.assertIn(move.payment_state, ("paid", "in_payment"))
        self.assertEqual(payment.journal_id, self.connection.payment_journal_id)
        liquidity, _receivable, _rest = payment._seek_for_lines()
        self.assertEqual(liquidity.balance, 1440.0)
        self.assertIn("Outstanding", liquidity.account_id.name)
        self.assertEqual(changes[1].event.action_open_payments()["res_id"], payment.id)

    def test_one_payment_told_by_an_old_and_a_new_version_is_booked_once(self):
        paid_at = int(factory.YEAR_START.timestamp())
        charge = {
            "id": "ch_1",
            "object": "charge",
            "amount": 144000,
            "amount_captured": 144000,
            "created": paid_at,
            "currency": "usd",
            "invoice": "in_1",
            "payment_intent": "pi_1",
            "status": "succeeded",
        }
        invoice_payment = {
            "id": "inpay_1",
            "object": "invoice_payment",
            "amount_paid": 144000,
            "created": paid_at,
            "currency": "usd",
            "invoice": "in_1",
            "payment": {"type": "payment_intent", "payment_intent": "pi_1"},
            "status": "paid",
            "status_transitions": {"paid_at": paid_at},
        }
        told = [
            normalise_object("payment", charge, "2024-06-20"),
            normalise_object("payment", invoice_payment, "2026-08-26.dahlia"),
        ]
        self.assertEqual(*told)
        for order in (told, told[::-1]):
            for size in (1, 2):
                with self.subTest(size=size), self.env.cr.savepoint() as savepoint:
                    self.assertDone(*self.deliver(factory.invoice(), *order, size=size))
                    payments = self.env["account.payment"].search(
                        [("saas_connection_id", "=", self.connection.id)]
                    )
                    self.assertEqual(payments.mapped("amount"), [1440.0])
                    self.assertEqual(self.bound("invoice", "in_1").amount_residual, 0.0)
                    savepoint.rollback()

    def test_waits_for_its_invoice(self):
        (early,) = self.deliver(factory.payment())
        self.assertOutcome(early, MissingDependency)
        self.assertEqual(early.outcome.key, "invoice:in_1")
        self.deliver(factory.invoice(), early)
        self.assertDone(early)

    def test_several_and_duplicate_payments(self):
        parts = [factory.payment("pi_1", "1000"), factory.payment("pi_2", "440")]
        self.deliver(factory.invoice(), *parts, *parts, size=2)
        self.assertEqual(self.bound("invoice", "in_1").amount_residual, 0.0)
        self.assertEqual(
            self.env["account.payment"].search_count(
                [("saas_connection_id", "=", self.connection.id)]
            ),
            2,
        )

    def test_overpayment_stays_open(self):
        self.deliver(factory.invoice(), factory.payment(amount="1500"))
        self.assertEqual(self.bound("invoice", "in_1").amount_residual, 0.0)
        payment = self.bound("payment", "pi_1")
        _liquidity, receivable, _rest = payment._seek_for_lines()
        self.assertEqual(receivable.amount_residual, -60.0)

    def test_foreign_currency_books_the_exchange_difference(self):
        record = factory.invoice("in_1", factory.line("100"), currency="EUR")
        paid = factory.payment(amount="100", currency="EUR", paid_at=factory.at(2, 2))
        changes = self.deliver(record, paid)
        self.assertDone(*changes)
        move = self.bound("invoice", "in_1")
        self.assertEqual(move.amount_residual, 0.0)
        receivable = move.line_ids.filtered(lambda each: each.account_type == "asset_receivable")
        self.assertEqual((receivable.balance, receivable.amount_residual), (110.0, 0.0))
        liquidity, *_rest = self.bound("payment", "pi_1")._seek_for_lines()
        self.assertEqual(liquidity.balance, 120.0)

    def test_paid_in_another_currency_than_the_invoice(self):
        """110 USD pay 100 EUR at the day's 1.10; a cent more stays the customer's."""
        record = factory.invoice("in_1", factory.line("100"), currency="EUR")
        for amount, left in (("110", 0.0), ("110.01", -0.01)):
            with self.env.cr.savepoint() as savepoint:
                self.assertDone(*self.deliver(record, factory.payment(amount=amount)))
                move, payment = self.bound("invoice", "in_1"), self.bound("payment", "pi_1")
                self.assertEqual(move.amount_residual, 0.0)
                self.assertEqual(payment.currency_id.name, "USD")
                _liquidity, receivable, _rest = payment._seek_for_lines()
                self.assertEqual(receivable.amount_residual, left)
                savepoint.rollback()

    def test_nothing_paid(self):
        (_invoice, change) = self.deliver(factory.invoice(), factory.payment(amount="0"))
        self.assertOutcome(change, OutOfScope)

    def test_closed_period(self):
        self.deliver(factory.invoice())
        self.company.hard_lock_date = False
        self.company.fiscalyear_lock_date = "2026-02-28"
        (change,) = self.deliver(factory.payment(paid_at=factory.at(2)))
        self.assertOutcome(change, NeedsHuman, "closed_period", "2026-02")

    def test_journal_is_made_once(self):
        self.deliver(factory.invoice(), factory.payment("pi_1", "10"))
        self.deliver(factory.payment("pi_2", "10"))
        journals = self.env["account.journal"].search(
            [("code", "=like", "STR%"), ("type", "=", "bank")]
        )
        self.assertEqual(journals, self.connection.payment_journal_id)
