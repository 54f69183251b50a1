"""Foreign currencies: both amounts are conserved, at the invoice's own rate."""

from odoo.tests import tagged

from .common import RevenueCommon


@tagged("post_install", "-at_install")
class TestCurrency(RevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.setup_other_currency(
            "EUR", rates=[("2025-01-01", 0.8), ("2025-02-01", 0.9), ("2025-03-01", 0.7)]
        )

    def quarter(self, amount=100, day="2025-01-01", **values):
        return self.post_invoice(
            day,
            self.prepare_line(amount, "2025-01-01", "2025-04-01"),
            currency_id=self.euro.id,
            **values,
        )

    def test_euro_invoice_in_a_dollar_company(self):
        schedule = self.quarter().saas_revenue_schedule_ids
        self.assertRecordValues(schedule, [{"amount": 100, "company_amount": 125}])
        self.run_months("2025-01", "2025-02", "2025-03")
        postings = schedule.posting_ids.sorted("period")
        self.assertEqual(postings.mapped("amount"), [34.44, 31.12, 34.44])
        self.assertEqual(postings.mapped("company_amount"), [43.06, 38.88, 43.06])
        self.assertRecordValues(schedule, [{"remaining_amount": 0, "remaining_company_amount": 0}])

    def test_entry_carries_both_currencies(self):
        self.quarter()
        items = self.run_month("2025-01").move_ids.line_ids.sorted("balance")
        self.assertRecordValues(
            items,
            [
                {"balance": -43.06, "amount_currency": -34.44, "currency_id": self.euro.id},
                {"balance": 43.06, "amount_currency": 34.44, "currency_id": self.euro.id},
            ],
        )

    def test_opposite_signs_at_different_rates(self):
        """100 at one rate and almost all of it back at another: one item could not hold both."""
        invoice = self.quarter(101)
        note = self.env["account.move"].create(
            self.prepare_invoice(
                "2025-03-01",
                self.prepare_line(100, saas_credited_line_id=invoice.invoice_line_ids.id),
                move_type="out_refund",
                currency_id=self.euro.id,
            )
        )
        note.action_post()
        run = self.run_month("2025-03")
        self.assertEqual(len(run.move_ids.line_ids), 4)
        self.assertEqual(self.balance(self.deferred_account), 0)

    def test_a_credit_note_takes_back_at_the_rate_of_its_invoice(self):
        """Whatever the rate of its own day is: the difference is the receivable's."""
        invoice = self.quarter()
        note = self.credit(invoice, "2025-03-01", 40)
        self.assertEqual(note.invoice_line_ids.balance, 50, "40 at 0.8, not at 0.7")
        self.assertEqual(self.balance(self.deferred_account), 75)

    def test_a_credit_note_keeps_that_rate_on_another_day(self):
        invoice = self.quarter()
        note = invoice._reverse_moves([{"invoice_date": "2025-02-01", "date": "2025-02-01"}])
        note.invoice_date = "2025-03-10"
        note.action_post()
        self.assertEqual(note.invoice_currency_rate, invoice.invoice_currency_rate)
        self.assertEqual(self.balance(self.deferred_account), 0)

    def test_currency_without_decimals(self):
        yen = self.setup_other_currency("JPY", rounding=1.0, rates=[("2025-01-01", 150.0)])
        schedule = self.post_invoice(
            "2025-01-01",
            self.prepare_line(1000, "2025-01-01", "2025-04-01"),
            currency_id=yen.id,
        ).saas_revenue_schedule_ids
        self.run_months("2025-01", "2025-02", "2025-03")
        postings = schedule.posting_ids.sorted("period")
        self.assertEqual(postings.mapped("amount"), [344, 312, 344])
        self.assertAlmostEqual(sum(postings.mapped("company_amount")), 6.67)
