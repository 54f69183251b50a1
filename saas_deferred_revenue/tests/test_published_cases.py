"""The cases that are published for the suite, from the invoice to the account, to the cent."""

from odoo.tests import tagged

from .common import RevenueCommon


@tagged("post_install", "-at_install")
class TestPublishedCases(RevenueCommon):
    """By day in a common year, unless a case says otherwise."""

    def earned(self, *months):
        """What was earned by month: at once by documents, and by a run of each month."""
        self.run_months(*months)
        amounts = []
        for text in months:
            lines = self.env["account.move.line"].search(
                [
                    ("company_id", "=", self.company.id),
                    ("parent_state", "=", "posted"),
                    ("account_id", "=", self.revenue_account.id),
                ]
            )
            own = lines.filtered(lambda line, text=text: f"{line.date:%Y-%m}" == text)
            amounts.append(-round(sum(own.mapped("balance")), 2))
        return amounts

    def quarter(self):
        return self.post_invoice("2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01"))

    def test_365_over_a_year(self):
        self.post_invoice("2025-01-01", self.prepare_line(365, "2025-01-01", "2026-01-01"))
        self.assertEqual(self.earned("2025-01", "2025-02", "2025-03"), [31, 28, 31])
        self.assertEqual(self.balance(self.deferred_account), 275)

    def test_120_from_15_june_to_13_october(self):
        self.post_invoice("2025-06-15", self.prepare_line(120, "2025-06-15", "2025-10-13"))
        months = [f"2025-{number:02}" for number in range(6, 12)]
        self.assertEqual(self.earned(*months), [16, 31, 31, 30, 12, 0])
        self.assertEqual(self.balance(self.deferred_account), 0)

    def test_90_over_a_quarter_fully_refunded_on_1_february(self):
        invoice = self.quarter()
        self.assertEqual(self.earned("2025-01"), [31])
        self.credit(invoice, "2025-02-01")
        self.assertEqual(self.earned("2025-02", "2025-03", "2025-04"), [-31, 0, 0])
        self.assertEqual(self.balance(self.deferred_account), 0)

    def test_90_over_a_quarter_cancelled_without_credit(self):
        """A cancellation that credits nothing books nothing."""
        self.quarter()
        self.assertEqual(self.earned("2025-01", "2025-02", "2025-03"), [31, 28, 31])

    def test_31_from_15_january_for_a_month_and_5_without_period(self):
        self.post_invoice(
            "2025-01-15", self.prepare_line(31, "2025-01-15", "2025-02-15"), self.prepare_line(5)
        )
        self.assertEqual(self.earned("2025-01"), [22])
        self.assertEqual(self.balance(self.deferred_account), 14)

    def test_1200_for_a_year_by_the_monthly_method(self):
        self.approve(self.rule.copy({"code": "MONTHLY", "method": "monthly", "sequence": 1}))
        self.post_invoice("2025-01-01", self.prepare_line(1200, "2025-01-01", "2026-01-01"))
        months = [f"2025-{number:02}" for number in range(1, 9)]
        self.assertEqual(self.earned(*months), [100] * 8)
        self.assertEqual(self.balance(self.revenue_account), 800)
        self.assertEqual(self.balance(self.deferred_account), 400)
