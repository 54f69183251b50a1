"""Revisions: the invoice that is replaced counts no longer, whatever arrives first."""

import itertools

from odoo.addons.saas_billing_connector.canonical import NeedsHuman

from . import factory
from .common import SyncCase


class TestInvoiceRevision(SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()
        self.original = factory.invoice("in_1", factory.line("100"))
        self.void = factory.invoice(
            "in_1",
            factory.line("100"),
            status="void",
            voided_at=factory.at(2, 3),
            replaced_by_id="in_2",
        )
        self.revision = factory.invoice(
            "in_2",
            factory.line("80", external_id="il_2"),
            replaces_id="in_1",
            accounting_at=factory.at(2, 3),
            finalized_at=factory.at(2, 3),
        )

    def _assert_replaced(self):
        original, revision = self.bound("invoice", "in_1"), self.bound("invoice", "in_2")
        reversal = self.env["account.move"].search([("reversed_entry_id", "=", original.id)])
        self.assertRecordValues(
            reversal,
            [{"amount_total": 100.0, "saas_external_id": "in_1", "move_type": "out_refund"}],
        )
        self.assertEqual(str(reversal.date), "2026-02-03")
        self.assertEqual((original.amount_residual, revision.amount_residual), (0.0, 80.0))
        self.assertEqual((original.saas_revision_count, revision.saas_revision_count), (1, 1))
        self.assertEqual(original.action_open_saas_revisions()["res_id"], revision.id)
        self.assertEqual(revision.action_open_saas_revisions()["res_id"], original.id)

    def test_in_any_order_one_by_one_or_together(self):
        told = [self.change(each) for each in (self.original, self.void, self.revision)]
        for order in itertools.permutations(told):
            for size in (1, 3):
                names = [each.external_id for each in order]
                with self.subTest(names, size=size), self.env.cr.savepoint() as savepoint:
                    self.deliver(*order, size=size)
                    self._assert_replaced()
                    savepoint.rollback()

    def test_without_the_void(self):
        self.assertDone(*self.deliver(self.revision, self.original, size=1))
        self._assert_replaced()
        self.assertDone(*self.deliver(self.void, self.void, size=1))
        self._assert_replaced()

    def test_a_closed_period_parks_the_revision_until_it_is_open(self):
        self.deliver(self.original)
        self.company.fiscalyear_lock_date = "2026-02-28"
        (change,) = self.deliver(self.revision)
        self.assertOutcome(change, NeedsHuman, "closed_period", "2026-02")
        self.company.fiscalyear_lock_date = False
        self.deliver(change)
        self.assertDone(change)
        self._assert_replaced()
