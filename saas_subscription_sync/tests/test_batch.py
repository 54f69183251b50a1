"""Batches take few statements: counts are stable where seconds are not."""

import logging

from . import factory
from .common import SyncCase

_logger = logging.getLogger(__name__)

BATCH = 100
ANALYZE = "ANALYZE account_move, account_move_line, account_partial_reconcile, account_payment"
#: Statements per document at that batch size; Odoo alone takes 6 to create and post an invoice.
INVOICE_CEILING = 4
PAYMENT_CEILING = 4


class TestBatch(SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver(
            *(factory.customer(f"cus_{number}") for number in range(BATCH)),
            factory.product(),
            factory.price(),
            factory.tax_rate(),
        )
        self.deliver(
            *(
                factory.subscription(f"sub_{n}", factory.item(f"si_{n}"), customer_id=f"cus_{n}")
                for n in range(BATCH)
            )
        )
        # What the first document of a company costs (journals, accounts, sequences) is not counted.
        self.deliver(factory.invoice("in_w", customer_id="cus_0"))
        self.deliver(factory.payment("pi_w", "1", invoice_id="in_w"))

    def _invoices(self):
        return [
            self.change(
                factory.invoice(
                    f"in_{n}",
                    factory.line(
                        "1200",
                        factory.tax("240", "1200"),
                        external_id=f"il_{n}",
                        subscription_id=f"sub_{n}",
                        subscription_item_id=f"si_{n}",
                    ),
                    customer_id=f"cus_{n}",
                )
            )
            for n in range(BATCH)
        ]

    def _count(self, changes):
        self.env.flush_all()
        self.env.invalidate_all()
        # Nothing is committed, so that PostgreSQL would plan for empty tables.
        self.env.cr.execute(ANALYZE)
        before = self.env.cr.sql_log_count
        self.deliver(*changes)
        self.env.flush_all()
        self.assertDone(*changes)
        return (self.env.cr.sql_log_count - before) / BATCH

    def test_statements_per_document(self):
        invoices = self._invoices()
        payments = [
            self.change(factory.payment(f"pi_{n}", invoice_id=f"in_{n}")) for n in range(BATCH)
        ]
        per_invoice, per_payment = self._count(invoices), self._count(payments)
        _logger.info("statements: %.2f per invoice, %.2f per payment", per_invoice, per_payment)
        self.assertLessEqual(per_invoice, INVOICE_CEILING)
        self.assertLessEqual(per_payment, PAYMENT_CEILING)
        moves = self.env["account.move"].search([("saas_document_type", "=", "invoice")])
        self.assertEqual(
            set((moves - self.bound("invoice", "in_w")).mapped("amount_residual")), {0.0}
        )
