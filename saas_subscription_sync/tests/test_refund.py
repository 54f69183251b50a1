"""Refunds: the money is booked once and at once, whoever owes whom is said by a credit note."""

from odoo.addons.saas_billing_connector.canonical import MissingDependency, NeedsHuman, OutOfScope

from . import factory
from .common import SyncCase


class TestRefund(SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()
        self.deliver(factory.invoice(), factory.payment())

    def _refund(self, status="succeeded", **values):
        values = {"balance_transaction_id": "txn_re", "charge_id": "ch_1", **values}
        return factory.refund(status=status, **values)

    def _owed(self):
        """What the company's books say the customer owes, or is owed where negative."""
        lines = self.env["account.move.line"].search(
            [("account_type", "=", "asset_receivable"), ("company_id", "=", self.company.id)]
        )
        return sum(lines.mapped("balance"))

    def _clearing(self):
        account = self.connection._get_clearing_account()
        lines = self.env["account.move.line"].search([("account_id", "=", account.id)])
        return sum(lines.mapped("balance"))

    def test_waits_for_its_payment(self):
        (change,) = self.deliver(factory.refund(payment_intent_id="pi_unknown"))
        self.assertOutcome(change, MissingDependency)
        self.assertEqual(change.outcome.key, "payment_intent:pi_unknown")

    def test_without_note_books_the_money(self):
        self.assertDone(*self.deliver(self._refund(amount="40")))
        refund = self.bound("refund", "re_1")
        self.assertEqual((refund.amount, refund.saas_kind), (40.0, "refund"))
        self.assertEqual(refund.move_id.saas_balance_transaction_id, "txn_re")
        self.assertEqual(self._clearing(), 1400.0)
        self.assertEqual(self._owed(), 40.0)

    def test_pending_with_money_gone_is_booked_once(self):
        pending, done = self._refund("pending"), self._refund("succeeded")
        for order in ([pending, done], [done, pending], [pending, pending, done]):
            with self.env.cr.savepoint() as savepoint:
                self.assertDone(*self.deliver(*order, size=1))
                self.assertEqual(self._clearing(), 0.0)
                self.assertEqual(str(self.bound("refund", "re_1").date), "2026-02-01")
                savepoint.rollback()

    def test_pending_without_money_gone_waits_for_its_end(self):
        record = self._refund("pending", balance_transaction_id=None)
        (change,) = self.deliver(record)
        self.assertOutcome(change, OutOfScope)
        self.assertEqual(self._clearing(), 1440.0)
        cancelled = self._refund("canceled", balance_transaction_id=None)
        self.assertOutcome(self.deliver(cancelled)[0], OutOfScope)
        self.assertEqual(self._clearing(), 1440.0)

    def _failed(self):
        return self._refund(
            "failed", failure_balance_transaction_id="txn_back", failure_reason="expired_card"
        )

    def test_failed_brings_the_money_back_and_owes_it_to_the_customer(self):
        note = factory.credit_note(
            "cn_1", factory.credit_line("1200", factory.tax("240", "1200")), refund_ids=("re_1",)
        )
        facts = [note, self._refund(), self._failed()]
        for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)):
            with self.subTest(order=order), self.env.cr.savepoint() as savepoint:
                changes = self.deliver(*(facts[index] for index in order), size=1)
                failed = changes[order.index(2)]
                self.deliver(failed)
                self.assertOutcome(failed, NeedsHuman, "refund_failed", "re_1")
                refund, back = self.bound("refund", "re_1"), self.bound("refund_failure", "re_1")
                self.assertEqual(back.saas_reverts_id, refund)
                self.assertEqual(back.move_id.saas_balance_transaction_id, "txn_back")
                self.assertEqual((back.payment_type, back.amount), ("inbound", 1440.0))
                self.assertTrue(
                    refund.is_reconciled
                    or not refund.move_id.line_ids.filtered(
                        lambda line: line.account_type == "asset_receivable" and not line.reconciled
                    )
                )
                self.assertEqual(self._clearing(), 1440.0)
                self.assertEqual(self.bound("credit_note", "cn_1").amount_residual, 1440.0)
                self.assertEqual(self.bound("invoice", "in_1").amount_residual, 0.0)
                savepoint.rollback()

    def test_failed_clears_once_the_customer_was_paid_another_way(self):
        note = factory.credit_note(
            "cn_1", factory.credit_line("1200", factory.tax("240", "1200")), refund_ids=("re_1",)
        )
        *_others, failed = self.deliver(note, self._refund(), self.change(self._failed()))
        self.assertOutcome(failed, NeedsHuman, "refund_failed")
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.bound("credit_note", "cn_1").ids
        ).create({"journal_id": self.company_data["default_journal_bank"].id})._create_payments()
        self.deliver(failed)
        self.assertDone(failed)

    def test_cancelled_after_money_had_left(self):
        cancelled = self._refund("canceled", failure_balance_transaction_id="txn_back")
        for order in ([self._refund("pending"), cancelled], [cancelled, self._refund("pending")]):
            with self.env.cr.savepoint() as savepoint:
                self.assertDone(*self.deliver(*order, size=1))
                self.assertEqual((self._clearing(), self._owed()), (1440.0, 0.0))
                proposal = self.env["saas.credit.proposal"].search([])
                self.assertEqual(proposal.state, "covered")
                savepoint.rollback()

    def test_one_refund_of_two_notes_and_two_refunds_of_one(self):
        notes = [
            factory.credit_note(
                "cn_1", factory.credit_line("100", external_id="cnl_1"), refund_ids=("re_1",)
            ),
            factory.credit_note(
                "cn_2", factory.credit_line("50", external_id="cnl_2"), refund_ids=("re_1", "re_2")
            ),
        ]
        refunds = [
            self._refund(amount="120"),
            factory.refund("re_2", "30", balance_transaction_id="txn_2"),
        ]
        for order in ([*notes, *refunds], [*refunds, *notes], [refunds[0], *notes, refunds[1]]):
            with self.env.cr.savepoint() as savepoint:
                self.assertDone(*self.deliver(*order, size=1))
                self.assertEqual(self.bound("credit_note", "cn_1").amount_residual, 0.0)
                self.assertEqual(self.bound("credit_note", "cn_2").amount_residual, 0.0)
                self.assertEqual((self._owed(), self._clearing()), (0.0, 1290.0))
                savepoint.rollback()

    def test_closed_period_parks_and_clears(self):
        self.company.fiscalyear_lock_date = "2026-02-28"
        (change,) = self.deliver(self._refund(amount="40"))
        self.assertOutcome(change, NeedsHuman, "closed_period", "2026-02")
        self.company.fiscalyear_lock_date = False
        self.deliver(change)
        self.assertDone(change)
