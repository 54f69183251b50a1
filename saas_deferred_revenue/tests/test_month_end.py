"""The month-end run: the policy's examples to the cent."""

from odoo.tests import tagged

from .common import RevenueCommon, month


@tagged("post_install", "-at_install")
class TestMonthEnd(RevenueCommon):
    def annual(self, day="2025-01-01", **values):
        line = self.prepare_line(1200, "2025-01-01", "2026-01-01", tax_ids=self.vat.ids)
        return self.post_invoice(day, line, **values)

    def quarter(self):
        return self.post_invoice("2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01"))

    def test_annual_invoice_posts_to_the_deferred_account(self):
        invoice = self.annual()
        self.assertEqual(invoice.amount_total, 1440)
        line = invoice.invoice_line_ids
        self.assertEqual(line.account_id, self.deferred_account)
        self.assertEqual(line.saas_revenue_account_id, self.revenue_account)
        schedule = line.saas_revenue_schedule_ids
        self.assertRecordValues(
            schedule,
            [
                {
                    "amount": 1200,
                    "company_amount": 1200,
                    "rule_id": self.rule.id,
                    "deferred_account_id": self.deferred_account.id,
                    "revenue_account_id": self.revenue_account.id,
                    "method": "daily",
                }
            ],
        )
        self.assertRecordValues(schedule.segment_ids, [{"kind": "original", "amount": 1200}])

    def test_annual_invoice_recognised_in_twelve_runs(self):
        schedule = self.annual().saas_revenue_schedule_ids
        months = [f"2025-{number:02}" for number in range(1, 13)]
        self.run_months(*months)
        posted = self.posted_by_month()
        self.assertEqual([posted[m] for m in months[:4]], [101.92, 92.05, 101.92, 98.63])
        self.assertEqual(round(sum(posted.values()), 2), 1200)
        self.assertEqual(self.balance(self.deferred_account), 0)
        self.assertEqual(self.balance(self.revenue_account), 1200)
        self.assertEqual(schedule.remaining_amount, 0)

    def test_run_entry_is_aggregated_and_named(self):
        self.annual()
        self.annual()
        run = self.run_month("2025-01")
        self.assertRecordValues(
            run, [{"state": "posted", "company_amount": 203.84, "posting_count": 2}]
        )
        entry = run.move_ids
        self.assertRecordValues(entry, [{"state": "posted", "date": run.date_to}])
        self.assertEqual(str(entry.date), "2025-01-31")
        self.assertEqual(entry.ref, "Revenue recognised for January 2025")
        self.assertRecordValues(
            entry.line_ids.sorted("balance"),
            [
                {"account_id": self.revenue_account.id, "balance": -203.84},
                {"account_id": self.deferred_account.id, "balance": 203.84},
            ],
        )

    def test_part_credited_on_1_february(self):
        self.run_after_credit(9, {"2025-01": 31.00, "2025-02": 22.10, "2025-03": 27.90})

    def test_half_credited_on_1_february(self):
        self.run_after_credit(45, {"2025-01": 31.00, "2025-02": -1.50, "2025-03": 15.50})

    def run_after_credit(self, amount, expected):
        """February's figure holds its own revenue and what the credit takes back of January."""
        invoice = self.quarter()
        self.run_month("2025-01")
        self.credit(invoice, "2025-02-01", amount)
        self.run_months("2025-02", "2025-03")
        self.assertEqual(self.posted_by_month(), expected)
        taken_back = {9: -3.10, 45: -15.50}[amount]
        credit_posting = self.env["saas.revenue.posting"].search(
            [("segment_id.kind", "=", "credit"), ("period", "=", month("2025-02"))]
        )
        self.assertAlmostEqual(credit_posting.prior_amount, taken_back)
        self.assertEqual(self.balance(self.deferred_account), 0)

    def test_cancelled_without_credit_runs_on(self):
        self.quarter()
        self.run_months("2025-01", "2025-02", "2025-03")
        self.assertEqual(
            self.posted_by_month(), {"2025-01": 31.00, "2025-02": 28.00, "2025-03": 31.00}
        )

    def test_running_again_posts_nothing(self):
        self.quarter()
        self.assertTrue(self.run_month("2025-01"))
        self.assertFalse(self.run_month("2025-01"))
        again = self.Run.create({"company_id": self.company.id, "period": month("2025-01")})
        self.assertEqual(again.sequence, 2)
        again.action_post()
        self.assertRecordValues(again, [{"state": "posted", "posting_count": 0}])
        self.assertFalse(again.move_ids)
