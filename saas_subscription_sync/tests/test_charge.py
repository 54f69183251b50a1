"""Charges: noted on their payment whichever comes first; debits that fail after all."""

from odoo.addons.saas_billing_connector.canonical import InvalidData, NeedsHuman, OutOfScope

from . import factory
from .money_common import MoneyCase


class TestCharge(MoneyCase):
    def _charge(self, status="succeeded", external_id="ch_1", **values):
        values = {"balance_transaction_id": f"txn_{external_id}", **values}
        return factory.charge(external_id, status=status, **values)

    def _failed(self, external_id="ch_1", **values):
        values = {"failure_balance_transaction_id": f"txn_{external_id}_back", **values}
        return self._charge("failed", external_id, amount="0", **values)

    def test_is_noted_on_its_payment_whichever_comes_first(self):
        def check():
            self.assertDone(*self.told)
            payment = self.bound("payment", "pi_1")
            self.assertEqual(payment.saas_charge_id, "ch_1")
            self.assertEqual(payment.move_id.saas_balance_transaction_id, "txn_ch_1")
            self.assertEqual(self.env["saas.charge"].search([]).payment_id, payment)

        facts = [factory.invoice(), factory.payment(), self._charge()]
        self.in_orders(facts, [(0, 1, 2), (2, 1, 0), (0, 2, 1)], check)
        self.in_orders(facts, [(0, 1, 2)], check, size=3)

    def test_a_charge_without_invoice_is_kept_and_books_nothing(self):
        self.assertDone(*self.deliver(self._charge(payment_intent_id="pi_shop")))
        self.assertFalse(self.env["saas.charge"].search([]).payment_id)
        self.assertFalse(self.get_lines(("journal_id.type", "=", "bank")))

    def test_a_declined_card_books_nothing(self):
        (change,) = self.deliver(self._charge("failed", balance_transaction_id=None))
        self.assertOutcome(change, OutOfScope)

    def test_an_unknown_status_is_for_a_person(self):
        self.assertOutcome(self.deliver(self._charge("levitating"))[0], InvalidData)

    def test_a_pending_debit_books_nothing_until_it_succeeds(self):
        self.deliver(factory.invoice(), self._charge("pending"))
        self.assertEqual((self.residual, self.clearing), (1440.0, 0.0))
        self.deliver(self._charge(), factory.payment(paid_at=factory.at(1, 5)))
        self.assertEqual((self.residual, self.clearing), (0.0, 1440.0))

    def test_a_pending_debit_that_fails_books_nothing(self):
        def check():
            self.assertEqual((self.residual, self.clearing), (1440.0, 0.0))
            self.assertEqual(self.env["saas.charge"].search([]).status, "failed")

        facts = [factory.invoice(), self._charge("pending"), self._failed()]
        self.in_orders(facts, [(0, 1, 2), (2, 1, 0)], check)

    def test_a_debit_that_fails_after_its_success_reopens_the_invoice_once(self):
        def check():
            self.assertEqual((self.residual, self.clearing, self.owed), (1440.0, 0.0, 1440.0))
            failure = self.bound("charge_failure", "ch_1")
            self.assertEqual(failure.saas_reverts_id, self.bound("payment", "pi_1"))
            self.assertEqual(failure.move_id.saas_balance_transaction_id, "txn_ch_1_back")
            self.assertEqual((failure.payment_type, failure.amount), ("outbound", 1440.0))

        facts = [factory.invoice(), self._charge(), factory.payment(), self._failed()]
        orders = [(0, 1, 2, 3), (3, 2, 1, 0), (0, 3, 2, 1), (0, 2, 3, 1, 3), (0, 1, 3, 2, 2)]
        self.in_orders(facts, orders, check)

    def test_after_a_failed_debit_another_one_pays(self):
        """Both charges belong to one payment intent: only the second one is its payment."""

        def check():
            self.assertEqual((self.residual, self.clearing), (0.0, 1440.0))
            payment = self.bound("payment", "pi_1")
            self.assertEqual(payment.saas_charge_id, "py_2")
            self.assertFalse(payment.saas_reverted_by_ids)

        facts = [
            factory.invoice(),
            self._charge("pending", "py_1"),
            self._failed("py_1"),
            self._charge("succeeded", "py_2", created_at=factory.at(1, 9)),
            factory.payment(paid_at=factory.at(1, 9)),
        ]
        self.in_orders(facts, [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (0, 2, 4, 3, 1)], check)

    def test_a_new_payment_settles_what_a_failed_debit_left_open(self):
        self.deliver(factory.invoice(), self._charge(), factory.payment(), self._failed())
        self.deliver(factory.payment("pi_2"))
        self.assertEqual((self.residual, self.owed), (0.0, 0.0))

    def test_a_failure_in_a_closed_period_parks_and_clears(self):
        self.deliver(factory.invoice(), self._charge(), factory.payment())
        self.company.fiscalyear_lock_date = "2026-01-31"
        (change,) = self.deliver(self._failed())
        self.assertOutcome(change, NeedsHuman, "closed_period", "2026-01")
        self.assertEqual(self.residual, 0.0)
        self.company.fiscalyear_lock_date = False
        self.deliver(change)
        self.assertDone(change)
        self.assertEqual(self.residual, 1440.0)
