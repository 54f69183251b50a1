"""Disputes: each movement booked once, and where the money lies at any time."""

from datetime import date

from odoo import fields
from odoo.addons.saas_billing_connector.canonical import MissingDependency, NeedsHuman
from odoo.exceptions import UserError

from . import factory
from .money_common import MoneyCase

WITHDRAWN = factory.movement()
REINSTATED = factory.movement("txn_du_back", "1440", created_at=factory.at(4))


class TestDispute(MoneyCase):
    def setUp(self):
        super().setUp()
        self.connection.user_id = self.env.user
        self.deliver(factory.invoice(), factory.payment())

    def _dispute(self):
        return self.bound("dispute", "du_1")

    def test_withdrawn_funds_are_an_asset_until_the_decision(self):
        changes = self.deliver(
            factory.dispute(), factory.dispute("du_1", WITHDRAWN, due_at=factory.at(3, 20))
        )
        self.assertDone(*changes)
        self.assertEqual((self.disputed, self.clearing, self.owed), (1440.0, 0.0, 0.0))
        dispute = self._dispute()
        self.assertEqual(dispute.move_ids.saas_balance_transaction_id, "txn_du")
        self.assertEqual(str(dispute.move_ids.date), "2026-03-01")
        self.assertEqual((dispute.held_amount, dispute.state), (1440.0, "needs_response"))
        self.assertEqual(dispute.invoice_id, self.bound("invoice", "in_1"))
        self.assertEqual(dispute.invoice_id.saas_dispute_count, 1)
        self.assertEqual(dispute.partner_id.saas_dispute_count, 1)

    def test_the_owner_is_asked_once_and_until_it_is_answered(self):
        self.deliver(factory.dispute("du_1", WITHDRAWN, due_at=factory.at(3, 20)))
        self.deliver(factory.dispute("du_1", WITHDRAWN, due_at=factory.at(3, 20)))
        activity = self._dispute().activity_ids
        self.assertEqual((activity.user_id, len(activity)), (self.env.user, 1))
        self.assertEqual(activity.date_deadline, date(2026, 3, 20))
        self.deliver(factory.dispute("du_1", WITHDRAWN, status="under_review"))
        self.assertFalse(self._dispute().activity_ids)

    def test_won_brings_the_money_back(self):
        facts = [
            factory.dispute(),
            factory.dispute("du_1", WITHDRAWN),
            factory.dispute("du_1", WITHDRAWN, REINSTATED, status="won"),
        ]

        def check():
            self.assertEqual((self.disputed, self.clearing, self.owed), (0.0, 1440.0, 0.0))
            self.assertEqual((self._dispute().state, self._dispute().held_amount), ("won", 0.0))
            self.assertEqual(len(self._dispute().move_ids), 2)
            self.assertFalse(self.proposal("du_1"))
            self.assertEqual(self._dispute()._get_disputed_lines().mapped("reconciled"), [True] * 2)

        self.in_orders(facts, [(0, 1, 2), (2, 1, 0), (1, 2, 0, 2)], check)
        self.in_orders(facts, [(2, 0, 1)], check, size=3)

    def test_lost_is_a_refund_without_credit_note(self):
        facts = [
            factory.dispute("du_1", WITHDRAWN),
            factory.dispute("du_1", WITHDRAWN, status="lost"),
        ]

        def check():
            self.assertEqual((self.disputed, self.clearing, self.owed), (0.0, 0.0, 1440.0))
            proposal = self.proposal("du_1")
            self.assertEqual((proposal.state, proposal.amount), ("waiting", 1440.0))
            proposal.action_approve()
            self.assertEqual((self.owed, self.clearing), (0.0, 0.0))
            self.assertEqual(proposal.note_id.amount_total, 1440.0)
            self.assertEqual(proposal.note_id.amount_residual, 0.0)
            self.assertEqual(proposal.note_id.saas_document_type, "own_credit_note")

        self.in_orders(facts, [(0, 1), (1, 0), (1, 1, 0, 0)], check)

    def test_lost_at_once(self):
        self.deliver(factory.dispute("du_1", WITHDRAWN, status="lost"))
        self.assertEqual((self.disputed, self.owed), (0.0, 1440.0))

    def test_part_of_a_payment_and_more_than_it(self):
        for amount in ("400", "1440.55"):
            with self.env.cr.savepoint() as savepoint:
                taken = factory.movement(amount=f"-{amount}")
                self.deliver(factory.dispute("du_1", taken, amount=amount, status="lost"))
                self.assertEqual(self.owed, float(amount))
                self.assertEqual(self.clearing, round(1440 - float(amount), 2))
                savepoint.rollback()

    def test_the_bank_takes_another_amount_than_is_disputed(self):
        taken = factory.movement(amount="-1438.20")
        self.deliver(factory.dispute("du_1", taken, amount="1440"))
        self.assertEqual((self.disputed, self.clearing), (1438.2, 1.8))

    def test_an_inquiry_moves_nothing_until_it_becomes_a_dispute(self):
        self.deliver(factory.dispute(status="warning_needs_response", due_at=factory.at(3, 9)))
        self.assertEqual((self._dispute().state, self.clearing), ("inquiry", 1440.0))
        self.assertTrue(self._dispute().activity_ids)
        self.deliver(factory.dispute("du_1", WITHDRAWN))
        self.assertEqual((self.disputed, self.clearing), (1440.0, 0.0))
        with self.env.cr.savepoint() as savepoint:
            self.deliver(factory.dispute("du_1", WITHDRAWN, status="warning_closed"))
            self.assertEqual(self._dispute().state, "closed")
            savepoint.rollback()

    def test_won_on_appeal_after_a_loss_takes_the_loss_back(self):
        self.deliver(factory.dispute("du_1", WITHDRAWN, status="lost"))
        self.proposal("du_1").action_approve()
        self.deliver(factory.dispute("du_1", WITHDRAWN, REINSTATED, status="won"))
        self.assertEqual((self.disputed, self.clearing, self.owed), (0.0, 1440.0, 0.0))
        self.assertEqual(self.proposal("du_1").state, "covered")
        self.assertEqual(self.residual, 0.0)

    def test_foreign_currency_at_the_rates_of_the_days(self):
        """Withdrawn at 1.20, back at 1.25: the difference is one of exchange."""
        self.deliver(
            factory.invoice("in_eur", factory.line("100", external_id="il_e"), currency="EUR"),
            factory.payment("pi_eur", "100", invoice_id="in_eur", currency="EUR"),
        )
        euro = {"currency": "EUR", "amount": "100", "payment_intent_id": "pi_eur"}
        out = factory.movement("txn_e", "-113.10", created_at=factory.at(2, 10))
        back = factory.movement("txn_f", "114.20", created_at=factory.at(4))
        self.deliver(factory.dispute("du_e", out, **euro))
        self.assertEqual(self.disputed, 120.0)
        self.deliver(factory.dispute("du_e", out, back, status="won", **euro))
        self.assertEqual(self.disputed, 0.0)
        self.assertEqual(self.bound("dispute", "du_e").held_amount, 0.0)

    def test_waits_for_its_payment(self):
        (early,) = self.deliver(factory.dispute(payment_intent_id="pi_9", charge_id="ch_9"))
        self.assertOutcome(early, MissingDependency)
        self.deliver(factory.payment("pi_9", "1"), early)
        self.assertDone(early)

    def test_a_closed_period_parks_and_clears(self):
        self.company.fiscalyear_lock_date = "2026-03-31"
        (change,) = self.deliver(factory.dispute("du_1", WITHDRAWN))
        self.assertOutcome(change, NeedsHuman, "closed_period", "2026-03")
        self.assertEqual(self.clearing, 1440.0)
        self.company.fiscalyear_lock_date = False
        self.deliver(change)
        self.assertDone(change)
        self.assertEqual(self.disputed, 1440.0)

    def test_one_account_for_the_company(self):
        self.deliver(factory.dispute("du_1", WITHDRAWN))
        other = self._create_connection("acct_two", self.company)
        self.assertEqual(other._get_disputed_account(), self.connection._get_disputed_account())

    def test_facts_are_not_edited(self):
        self.deliver(factory.dispute("du_1", WITHDRAWN, status="lost"))
        with self.assertRaises(UserError):
            self.proposal("du_1").with_user(self.env.user).write({"amount": 1})
        self.assertEqual(self.proposal("du_1").date, fields.Date.to_date("2026-01-01"))
