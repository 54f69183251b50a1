"""Order, locks, catch-up and previews of month ends."""

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import RevenueCommon, month


@tagged("post_install", "-at_install")
class TestMonthEndRules(RevenueCommon):
    def quarter(self, amount=90, day="2025-01-01", start="2025-01-01", end="2025-04-01"):
        return self.post_invoice(day, self.prepare_line(amount, start, end))

    def test_one_late_run_equals_monthly_runs(self):
        """Path independence: the same recognised to date at the same date."""
        monthly = self.quarter(100)
        self.run_months("2025-01", "2025-02")
        late = self.quarter(100)
        self.run_month("2025-03")
        for invoice in monthly | late:
            self.assertEqual(invoice.saas_revenue_schedule_ids.recognised_amount, 100)
        self.assertEqual(self.posted_by_month(late.saas_revenue_schedule_ids), {"2025-03": 100.0})

    def test_prior_period_share_is_apart(self):
        self.quarter()
        run = self.run_month("2025-02")
        self.assertRecordValues(
            run, [{"company_amount": 59, "prior_company_amount": 31, "posting_count": 1}]
        )
        posting = self.env["saas.revenue.posting"].search([("run_id", "=", run.id)])
        self.assertRecordValues(posting, [{"period_amount": 28, "prior_amount": 31}])

    def test_late_document_is_caught_up_in_its_own_month(self):
        """Booked in January after January was run: a second run of January takes it."""
        self.quarter()
        self.run_months("2025-01", "2025-02")
        self.quarter(30)
        again = self.run_month("2025-01")
        self.assertRecordValues(again, [{"sequence": 2, "company_amount": 10.33}])
        self.run_month("2025-02")
        self.assertEqual(self.posted_by_month(), {"2025-01": 41.33, "2025-02": 37.34})

    def test_later_document_does_not_touch_an_earlier_month(self):
        """Booked in February and processed before January is run: January knows nothing of it."""
        self.credit(self.quarter(), "2025-02-01", 45)
        self.run_months("2025-01", "2025-02", "2025-03")
        self.assertEqual(self.posted_by_month(), {"2025-01": 31, "2025-02": -1.5, "2025-03": 15.5})

    def test_earlier_month_leaves_later_catch_up_alone(self):
        self.quarter()
        self.run_month("2025-02")
        self.assertFalse(self.run_month("2025-01"))

    def test_locked_month_posts_on_the_first_open_day(self):
        self.quarter()
        self.company.fiscalyear_lock_date = "2025-02-14"
        run = self.run_month("2025-01")
        entry = run.move_ids
        self.assertEqual(str(entry.date), "2025-02-15")
        self.assertIn("January 2025", entry.ref)
        posting = self.env["saas.revenue.posting"].search([("run_id", "=", run.id)])
        self.assertRecordValues(
            posting, [{"period": month("2025-01"), "date": entry.date, "prior_amount": 0}]
        )

    def test_month_that_is_not_over_is_refused(self):
        self.quarter()
        run = self.Run.create({"company_id": self.company.id, "period": "2025-03-15"})
        self.assertEqual(run.period, month("2025-03"))
        with freeze_time("2025-03-30"), self.assertRaisesRegex(UserError, "not over"):
            run.action_post()
        with freeze_time("2025-03-31"):
            run.action_post()
        self.assertEqual(run.state, "posted")

    def test_preview_posts_nothing_and_equals_the_posting(self):
        self.quarter()
        run = self.Run.create({"company_id": self.company.id, "period": "2025-01-01"})
        run.action_preview()
        self.assertEqual(run.state, "preview")
        previewed = self.read_amounts(run)
        self.assertFalse(run.move_ids)
        self.assertEqual(self.posted_by_month(), {})
        run.action_post()
        self.assertEqual(previewed, self.read_amounts(run))
        self.assertEqual(previewed, [(31, 31, 1)])

    def read_amounts(self, run):
        return [(x.amount, x.company_amount, x.record_count) for x in run.amount_line_ids]

    def test_preview_names_blockers_with_their_money(self):
        self.quarter()
        draft = self.quarter(30)
        draft.button_draft()
        self.rule._set_state("superseded")
        without_rule = self.quarter(12)
        self.assertEqual(without_rule.invoice_line_ids.account_id, self.revenue_account)
        self.company.fiscalyear_lock_date = "2025-02-28"
        run = self.Run.create({"company_id": self.company.id, "period": "2025-02-01"})
        run.action_preview()
        lines = {(line.kind, line.company_amount) for line in run.blocker_line_ids}
        self.assertEqual(
            lines, {("blocker", 12), ("warning", 30), ("warning", 31), ("warning", 59)}
        )
        blocker = run.blocker_line_ids.filtered(lambda line: line.kind == "blocker")
        action = blocker.action_open_records()
        items = self.env[action["res_model"]].search(eval(action["domain"]))
        self.assertEqual(items, without_rule.invoice_line_ids)

    def test_months_of_a_schedule_past_and_to_come(self):
        schedule = self.quarter().saas_revenue_schedule_ids
        self.run_month("2025-01")
        self.assertEqual(
            schedule.month_ids.mapped(lambda m: (m.month.month, m.amount, m.posted_amount)),
            [(1, 31, 31), (2, 28, 0), (3, 31, 0)],
        )
        self.assertEqual(schedule.month_ids.mapped("state"), ["posted", "due", "due"])
        self.env["saas.revenue.schedule.month"].invalidate_model()
        future = self.post_invoice(
            "2025-01-01", self.prepare_line(90, "2090-01-01", "2090-04-01")
        ).saas_revenue_schedule_ids
        self.assertEqual(set(future.month_ids.mapped("state")), {"to_come"})

    def test_two_journals_make_two_entries(self):
        journal = self.rule.journal_id.copy({"code": "SREV2", "name": "Other"})
        category = self.env["product.category"].create({"name": "Other"})
        other = self.rule.copy(
            {
                "code": "OTHER",
                "journal_id": journal.id,
                "sequence": 1,
                "product_category_id": category.id,
            }
        )
        self.approve(other)
        self.quarter()
        self.product_a.categ_id = category
        self.quarter(60)
        run = self.run_month("2025-01")
        self.assertEqual(run.move_ids.journal_id, journal | self.rule.journal_id)
        self.assertEqual(run.company_amount, 51.67)

    def test_other_companies_stay_untouched(self):
        other = self.setup_other_company(name="Other")["company"]
        self.env.user.company_ids |= other
        self.quarter()
        self.assertFalse(self.run_month("2025-01", company=other))
        self.assertTrue(self.env["saas.revenue.rule"].search([("company_id", "=", other.id)]))
        self.assertEqual(self.posted_by_month(), {})
