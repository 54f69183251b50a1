"""Deferring revenue leaves invoices as cheap as they were, schedules included."""

from odoo.addons.saas_subscription_sync.tests import test_batch


class TestDeferredBatch(test_batch.TestBatch):
    def test_statements_per_document(self):
        super().test_statements_per_document()
        invoice = self.bound("invoice", "in_1")
        self.assertTrue(invoice.invoice_line_ids.saas_revenue_schedule_ids)
