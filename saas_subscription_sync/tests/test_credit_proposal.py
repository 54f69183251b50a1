"""Refunds without a credit note: proposed, approved or booked, and giving way to the provider's."""

from dataclasses import replace
from decimal import Decimal

from odoo.exceptions import UserError

from . import factory
from .money_common import MoneyCase


class TestCreditProposal(MoneyCase):
    def setUp(self):
        super().setUp()
        self.connection.user_id = self.env.user
        lines = [
            factory.line("100", factory.tax("20", "100"), external_id="il_1"),
            factory.line("50", external_id="il_2"),
        ]
        self.deliver(factory.invoice("in_1", *lines), factory.payment(amount="170"))

    def _refund(self, amount="17.01", status="succeeded", **values):
        return factory.refund(
            amount=amount, status=status, balance_transaction_id="txn_re", **values
        )

    def _note(self, amount="17.01", refund_amount="17.01"):
        total, refunded = Decimal(amount), Decimal(refund_amount)
        record = factory.credit_note(
            "cn_1", total=total, post_payment_amount=total, issued_at=factory.at(2, 3)
        )
        refunds = (factory.credit_note_refund("re_1", refunded),)
        return replace(record, refunds=refunds, balance_credited=total - refunded)

    def test_waits_for_a_person_who_is_asked_once(self):
        self.deliver(self._refund(), self._refund())
        proposal = self.proposal()
        self.assertEqual((proposal.state, proposal.amount), ("waiting", 17.01))
        self.assertEqual(proposal.activity_ids.user_id, self.env.user)
        self.assertEqual(len(proposal.activity_ids), 1)
        self.assertEqual((self.owed, self.clearing), (17.01, 152.99))

    def test_approved_credits_the_invoice_line_by_line(self):
        self.deliver(self._refund())
        self.proposal().action_approve()
        note = self.proposal().note_id
        self.assertEqual(note.invoice_line_ids.mapped("price_subtotal"), [10.01, 5.0])
        self.assertEqual((note.amount_tax, note.amount_total), (2.0, 17.01))
        origins = note.invoice_line_ids.saas_credited_line_id
        self.assertEqual(origins, self.bound("invoice", "in_1").invoice_line_ids)
        self.assertEqual(note.reversed_entry_id, self.bound("invoice", "in_1"))
        self.assertEqual((note.amount_residual, self.residual, self.owed), (0.0, 0.0, 0.0))
        self.assertFalse(self.proposal().activity_ids)
        self.assertEqual(self.proposal().decided_by_id, self.env.user)
        self.assertGreater(note.saas_event_count, 0)

    def test_approved_twice_is_refused(self):
        self.deliver(self._refund())
        self.proposal().action_approve()
        with self.assertRaisesRegex(UserError, "Only credit notes to approve"):
            self.proposal().action_approve()

    def test_declined_credits_nothing_and_can_be_reconsidered(self):
        self.deliver(self._refund())
        self.proposal().action_decline()
        self.deliver(self._refund())
        self.assertEqual((self.proposal().state, self.owed), ("declined", 17.01))
        self.proposal().action_reconsider()
        self.assertEqual(self.proposal().state, "waiting")

    def test_the_providers_own_note_makes_it_unnecessary_whenever_it_comes(self):
        def check():
            self.assertDone(*self.told)
            self.assertEqual((self.owed, self.residual), (0.0, 0.0))
            self.assertEqual(self.bound("credit_note", "cn_1").amount_residual, 0.0)
            if proposal := self.proposal():
                self.assertEqual(proposal.state, "covered")
                self.assertFalse(proposal.activity_ids)

        self.in_orders([self._refund(), self._note()], [(0, 1), (1, 0), (1, 0, 1, 0)], check)

    def test_a_booked_one_gives_way_to_the_providers_own(self):
        self.deliver(self._refund())
        self.proposal().action_approve()
        own = self.proposal().note_id
        self.assertDone(*self.deliver(self._note()))
        self.assertEqual(own.reversal_move_ids.saas_document_type, "own_credit_note_void")
        self.assertEqual(own.reversal_move_ids.date, own.date)
        self.assertEqual((self.proposal().state, self.owed), ("covered", 0.0))
        self.assertEqual(self.bound("credit_note", "cn_1").amount_residual, 0.0)

    def test_a_part_that_the_provider_credited_is_taken_off(self):
        def check():
            self.assertEqual(self.proposal().amount, 7.01)
            self.proposal().action_approve()
            self.assertEqual((self.owed, self.proposal().note_id.amount_total), (0.0, 7.01))

        self.in_orders([self._refund(), self._note("10", "10")], [(0, 1), (1, 0)], check)

    def test_a_booked_one_shrinks_to_what_the_provider_left(self):
        self.deliver(self._refund())
        self.proposal().action_approve()
        self.deliver(self._note("10", "10"))
        self.assertEqual((self.proposal().state, self.proposal().amount), ("booked", 7.01))
        self.assertEqual(self.proposal().note_id.amount_total, 7.01)
        self.assertEqual(self.owed, 0.0)

    def test_policy_books_after_the_hour_and_not_before(self):
        self.connection.sudo().refund_policy = "book"
        self.deliver(self._refund())
        self.assertFalse(self.proposal().activity_ids)
        self._run_cron()
        self.assertEqual(self.proposal().state, "waiting")
        self.env.cr.execute(
            "UPDATE saas_credit_proposal SET create_date = create_date - interval '2 hours'"
        )
        self.env.invalidate_all()
        self._run_cron()
        self.assertEqual((self.proposal().state, self.owed), ("booked", 0.0))
        self._run_cron()
        self.assertEqual(len(self.bound("invoice", "in_1").reversal_move_ids), 1)

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("saas_subscription_sync.cron_credit_proposal").method_direct_trigger()
        self.env.invalidate_all()

    def test_a_closed_period_asks_for_another_date(self):
        self.deliver(self._refund())
        self.company.fiscalyear_lock_date = "2026-02-28"
        with self.assertRaisesRegex(UserError, "closed on 2026-02-01"):
            self.proposal().action_approve()
        self.proposal().date = "2026-03-01"
        self.proposal().action_approve()
        self.assertEqual(str(self.proposal().note_id.date), "2026-03-01")

    def test_a_failed_refund_stays_owed_until_it_is_decided(self):
        self.deliver(self._refund())
        failed = self.change(
            self._refund(status="failed", failure_balance_transaction_id="txn_back")
        )
        self.deliver(failed)
        self.assertEqual(failed.outcome.code, "refund_failed")
        self.assertEqual((self.owed, self.clearing), (0.0, 170.0))
        with self.env.cr.savepoint() as savepoint:
            self.proposal().action_decline()
            self.deliver(failed)
            self.assertDone(failed)
            savepoint.rollback()
        self.proposal().action_approve()
        self.assertEqual((self.owed, self.proposal().note_id.amount_residual), (-17.01, 17.01))
        self.deliver(failed)
        self.assertEqual(failed.outcome.code, "refund_failed")

    def test_only_once_is_a_constraint(self):
        self.env.cr.execute(
            """SELECT conname FROM pg_constraint WHERE contype = 'u' AND conname = ANY(%s)
                UNION SELECT indexname FROM pg_indexes WHERE indexname = %s""",
            [
                [
                    "saas_charge_external_unique",
                    "saas_credit_allocation_note_unique",
                    "saas_credit_proposal_external_unique",
                    "saas_dispute_external_unique",
                ],
                "account_payment_saas_revert_unique",
            ],
        )
        self.assertEqual(self.env.cr.rowcount, 5)
