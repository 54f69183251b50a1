"""Deferring revenue leaves invoices as cheap as they were, schedules included."""

from odoo.addons.saas_subscription_sync.tests import test_batch


class TestDeferredBatch(test_batch.TestBatch):
    allow_inherited_tests_method = True

    def _count(self, changes):
        statements = super()._count(changes)
        invoice = self.bound("invoice", "in_1")
        self.assertTrue(invoice.invoice_line_ids.saas_revenue_schedule_ids)
        return statements
