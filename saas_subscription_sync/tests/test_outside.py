"""Paid and given back outside the provider's account: never in its clearing, never twice."""

from decimal import Decimal

from odoo.addons.saas_billing_connector.canonical import NeedsHuman

from . import factory
from .money_common import MoneyCase


class TestOutside(MoneyCase):
    def _paid(self, amount="1440", **values):
        values = {"paid_at": factory.at(2), "amount_paid": Decimal(1440), **values}
        return factory.invoice(status="paid", paid_out_of_band=Decimal(amount), **values)

    def _record(self, external_id="pr_1", amount="1440", **values):
        values = {"paid_at": factory.at(2), **values}
        return factory.payment(external_id, amount, payment_intent_id=None, **values)

    def _payments(self):
        return self.env["account.payment"].search([("saas_kind", "=", "outside")])

    def test_marked_as_paid_is_booked_once_in_a_journal_of_its_own(self):
        def check():
            self.assertEqual((self.residual, self.clearing, self.outside), (0.0, 0.0, 1440.0))
            self.assertEqual(str(self._payments().date), "2026-02-01")
            self.assertEqual(self._payments().journal_id, self.connection.outside_journal_id)

        facts = [factory.invoice(), self._paid()]
        self.in_orders(facts, [(0, 1), (1, 0), (1, 1, 0), (0, 1, 1)], check)

    def test_a_reported_payment_and_its_invoice_tell_of_one_payment(self):
        def check():
            self.assertDone(self.told[1])
            self.assertEqual((self.residual, self.outside), (0.0, 1440.0))
            self.assertEqual(self._payments().mapped("saas_external_id"), ["pr_1"])
            self.assertEqual(self.bound("payment", "pr_1"), self._payments())

        facts = [factory.invoice(), self._record(), self._paid()]
        self.in_orders(facts, [(0, 1, 2), (2, 1, 0), (0, 2, 1), (2, 1, 2, 1)], check)
        self.in_orders(facts, [(0, 1, 2)], check, size=3)

    def test_part_reported_and_the_rest_marked(self):
        def check():
            self.assertEqual((self.residual, self.outside, self.owed), (0.0, 1440.0, 0.0))
            standing = self._payments().filtered(lambda each: not each.saas_reverted_by_ids)
            self.assertEqual(sorted(standing.mapped("amount")), [440.0, 1000.0])

        facts = [
            factory.invoice(),
            self._record(amount="440", paid_at=factory.at(1, 20)),
            self._paid(),
        ]
        self.in_orders(facts, [(0, 1, 2), (2, 1, 0), (0, 2, 1)], check)

    def test_part_by_card_and_the_rest_outside(self):
        self.deliver(factory.invoice(), factory.payment(amount="440"), self._paid("1000"))
        self.assertEqual((self.residual, self.clearing, self.outside), (0.0, 440.0, 1000.0))

    def test_a_chosen_journal(self):
        journal = self.company_data["default_journal_bank"]
        self.connection.sudo().outside_journal_id = journal
        self.deliver(self._paid())
        self.assertEqual(self._payments().journal_id, journal)
        self.assertEqual(self.residual, 0.0)

    def test_a_credit_note_given_back_outside(self):
        note = factory.credit_note(
            total=Decimal(60), post_payment_amount=Decimal(60), out_of_band_amount=Decimal(60)
        )
        facts = [factory.invoice(), factory.payment(), note]

        def check():
            self.assertDone(*self.told)
            self.assertEqual((self.clearing, self.outside, self.owed), (1440.0, -60.0, 0.0))
            self.assertEqual(self.bound("credit_note", "cn_1").amount_residual, 0.0)
            self.assertEqual(self.residual, 0.0)

        self.in_orders(facts, [(0, 1, 2), (2, 1, 0), (0, 2, 1, 2)], check)

    def test_a_closed_period_parks_and_clears(self):
        self.deliver(factory.invoice())
        self.company.fiscalyear_lock_date = "2026-02-28"
        (change,) = self.deliver(self._paid())
        self.assertOutcome(change, NeedsHuman, "closed_period", "2026-02")
        self.company.fiscalyear_lock_date = False
        self.deliver(change)
        self.assertDone(change)
        self.assertEqual(self.residual, 0.0)
