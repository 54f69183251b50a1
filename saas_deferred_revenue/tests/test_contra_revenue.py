"""Past shares of credit notes on an account of their own."""

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .test_refund_policies import LATER, RefundCommon


@tagged("post_install", "-at_install")
class TestContraRevenue(RefundCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contra = cls.revenue_account.copy({"name": "Credits Given", "code": "400900"})

    def assertBooks(self, policy, amount, revenue, contra, day="2025-02-01"):
        """Balances of both accounts at the ends of January, February and March."""
        self.set_policy(policy, contra_account_id=self.contra.id)
        invoice = self.quarter()
        self.run_months("2025-01")
        self.credit(invoice, day, amount)
        self.run_months("2025-02", *LATER)
        ends = ("2025-01-31", "2025-02-28", "2025-04-30")
        for account, expected in ((self.revenue_account, revenue), (self.contra, contra)):
            self.assertEqual([self.balance(account, end) for end in ends], expected)
        self.assertEqual(self.balance(self.deferred_account), 0)
        return invoice

    def test_pro_rata_splits_past_and_future(self):
        """45.00 on 1 February: 15.50 of January, 14.00 of February, 15.50 of March."""
        self.assertBooks("pro_rata", 45, [31, 45, 60.5], [0, -15.5, -15.5])

    def test_pro_rata_in_full(self):
        self.assertBooks("pro_rata", 90, [31, 31, 31], [0, -31, -31])

    def test_pro_rata_in_the_middle_of_a_month(self):
        """Half of February was served, and is taken back as past too."""
        self.assertBooks("pro_rata", 45, [31, 52, 67.5], [0, -22.5, -22.5], day="2025-02-15")

    def test_pro_rata_after_the_service(self):
        self.assertBooks("pro_rata", 45, [31, 59, 90], [0, 0, -45], day="2025-04-10")

    def test_prospective_has_past_in_its_excess_alone(self):
        self.assertBooks("prospective", 90, [31, 31, 31], [0, -31, -31])

    def test_prospective_without_excess(self):
        self.assertBooks("prospective", 59, [31, 31, 31], [0, 0, 0])

    def test_immediate_takes_the_past_back_first(self):
        self.assertBooks("immediate", 45, [31, 52.36, 76], [0, -31, -31])

    def test_nothing_is_deferred_while_its_account_is_archived(self):
        """The past share of a later credit note could not be posted to it."""
        self.set_policy("pro_rata", contra_account_id=self.contra.id)
        self.contra.active = False
        with self.assertRaisesRegex(UserError, "Credits Given.* is archived"):
            self.quarter()

    def test_second_credit(self):
        self.set_policy("pro_rata", contra_account_id=self.contra.id)
        invoice = self.quarter()
        self.credit(invoice, "2025-02-01", 45)
        self.credit(invoice, "2025-03-01", 45)
        self.run_months("2025-01", "2025-02", *LATER)
        self.assertEqual(self.balance(self.contra), -15.5 - 29.5)
        self.assertEqual(self.balance(self.revenue_account), 31 + 14)

    def test_reversed_credit_note_clears_the_account(self):
        for policy in ("pro_rata", "prospective", "immediate"):
            self.set_policy(policy, contra_account_id=self.contra.id)
            note = self.credit(self.quarter(), "2025-02-01", 80)
            self.reverse(note, "2025-02-10")
        self.run_months("2025-01", "2025-02")
        self.assertEqual(self.balance(self.contra), 0)
        self.assertEqual(self.balance(self.revenue_account), 3 * 59)

    def test_both_currencies(self):
        euro = self.setup_other_currency("EUR", rates=[("2025-01-01", 0.8), ("2025-02-01", 0.9)])
        self.set_policy("pro_rata", contra_account_id=self.contra.id)
        invoice = self.quarter(currency_id=euro.id)
        self.credit_by_sync(invoice, "2025-02-01", 45)
        self.run_months("2025-01", "2025-02", *LATER)
        self.assertEqual(self.balance(self.contra), -17.22, "31/90 of 50.00")
        self.assertEqual(self.balance(self.revenue_account), 112.5 - 50 + 17.22)

    def test_credited_by_the_sync(self):
        self.set_policy("pro_rata", contra_account_id=self.contra.id)
        self.credit_by_sync(self.quarter(), "2025-02-01", 45)
        self.run_months("2025-01", "2025-02", *LATER)
        self.assertEqual(self.balance(self.contra), -15.5)

    def test_what_was_earned_at_once_is_past(self):
        """A third of the credited invoice was a set-up fee."""
        self.set_policy("pro_rata", contra_account_id=self.contra.id)
        invoice = self.post_invoice(
            "2025-01-01",
            self.prepare_line(60, "2025-01-01", "2025-04-01"),
            self.prepare_line(30, name="Set-up"),
        )
        note = self.post_invoice(
            "2025-01-01",
            self.prepare_line(9, name="Goodwill"),
            move_type="out_refund",
            reversed_entry_id=invoice.id,
        )
        self.run_months("2025-01")
        self.assertEqual(self.balance(self.contra), -3)
        self.reverse(note, "2025-02-01")
        self.run_months("2025-02")
        self.assertEqual(self.balance(self.contra), 0)

    def test_a_void_is_no_credit(self):
        self.set_policy("pro_rata", contra_account_id=self.contra.id)
        invoice = self.quarter()
        self.credit_by_sync(invoice, "2025-02-01", 90, saas_document_type="invoice_void")
        self.run_months("2025-01", "2025-02", *LATER)
        self.assertEqual(self.balance(self.contra), 0)
        self.assertEqual(self.balance(self.revenue_account), 0)

    def test_reversing_run_takes_it_back(self):
        invoice = self.assertBooks("pro_rata", 45, [31, 45, 60.5], [0, -15.5, -15.5])
        runs = self.Run.search([*self.own_company, ("posting_count", ">", 0)], order="period desc")
        for run in runs[:2]:
            run._reverse("Wrong")
        self.assertEqual(self.balance(self.contra), 0)
        self.assertEqual(self.balance(self.revenue_account), 31)
        self.assertEqual(invoice.saas_revenue_schedule_ids.remaining_amount, 14)

    def test_amendment_after_a_credit(self):
        self.set_policy("pro_rata", contra_account_id=self.contra.id)
        invoice = self.quarter()
        self.credit(invoice, "2025-02-01", 45)
        amendment = self.env["saas.revenue.amendment"].create(
            {
                "schedule_id": invoice.saas_revenue_schedule_ids.id,
                "kind": "dates",
                "date": "2025-02-01",
                "service_start": "2025-04-01",
                "service_last_day": "2025-04-30",
                "reason": "Agreed",
            }
        )
        amendment._refresh_effect()
        amendment.sudo()._add_segments()
        self.run_months("2025-01", "2025-02", "2025-03", "2025-04")
        self.assertEqual(self.balance(self.contra), -15.5)
        self.assertEqual(self.balance(self.revenue_account), 60.5)

    def test_later_versions_of_the_rule_change_nothing(self):
        self.set_policy("pro_rata", contra_account_id=self.contra.id)
        invoice = self.quarter()
        self.set_policy("pro_rata", contra_account_id=False)
        self.credit(invoice, "2025-02-01", 45)
        self.run_months("2025-01", "2025-02")
        self.assertEqual(self.balance(self.contra), -15.5)

    def test_months_and_postings_name_the_account(self):
        invoice = self.assertBooks("pro_rata", 45, [31, 45, 60.5], [0, -15.5, -15.5])
        schedule = invoice.saas_revenue_schedule_ids
        contra = schedule.month_ids.filtered(lambda m: m.revenue_account_id == self.contra)
        self.assertEqual(contra.mapped(lambda m: (m.name, m.amount)), [("2025-02", -15.5)])
        own = schedule.month_ids - contra
        self.assertEqual(
            own.mapped(lambda m: (m.name, m.amount, m.posted_amount)),
            [("2025-01", 31, 31), ("2025-02", 14, 14), ("2025-03", 15.5, 15.5)],
        )
        self.assertEqual(set(schedule.month_ids.mapped("state")), {"posted"})
        postings = schedule.posting_ids.filtered(lambda p: p.revenue_account_id == self.contra)
        self.assertEqual(sum(postings.mapped("amount")), -15.5)

    def test_the_account_is_an_income_account(self):
        draft = self.rule.copy({"code": "CONTRA"})
        with self.assertRaisesRegex(ValidationError, "must be an income account"):
            draft.contra_account_id = self.deferred_account
