"""Month ends posted by the scheduled action."""

from datetime import date

from odoo.tests import freeze_time, tagged

from .common import RevenueCommon, month


@tagged("post_install", "-at_install")
class TestCron(RevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cron = cls.env.ref("saas_deferred_revenue.ir_cron_post_month_ends")
        cls.post_invoice("2025-01-01", cls.prepare_line(90, "2025-01-01", "2025-04-01"))
        others = cls.env["res.company"].search([("id", "!=", cls.company.id)])
        others.sudo().saas_revenue_auto_post = False

    def trigger(self, day):
        with self.enter_registry_test_mode(), freeze_time(day):
            self.cron.method_direct_trigger()

    def test_posts_every_complete_month_in_order(self):
        self.trigger("2025-03-31")
        self.assertEqual(self.posted_by_month(), {"2025-01": 31, "2025-02": 28})
        self.trigger("2025-04-01")
        self.assertEqual(self.posted_by_month()["2025-03"], 31)
        self.trigger("2025-06-01")
        self.assertEqual(self.Run.search_count([("company_id", "=", self.company.id)]), 3)

    def test_limit_holds_months_back(self):
        self.company.saas_revenue_post_through = "2025-02-27"
        self.trigger("2025-06-01")
        self.assertEqual(self.posted_by_month(), {"2025-01": 31})
        self.company.saas_revenue_post_through = "2025-02-28"
        self.trigger("2025-06-01")
        self.assertEqual(self.posted_by_month(), {"2025-01": 31, "2025-02": 28})

    def test_moving_the_limit_wakes_the_scheduled_action(self):
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([("cron_id", "=", self.cron.id)])
        self.company.saas_revenue_post_through = "2025-02-28"
        self.assertEqual(triggers.search_count([("cron_id", "=", self.cron.id)]), before + 1)

    def test_switched_off(self):
        self.company.sudo().saas_revenue_auto_post = False
        self.trigger("2025-06-01")
        self.assertEqual(self.posted_by_month(), {})

    def test_failure_is_told_on_the_run_and_stops_the_company(self):
        self.rule.journal_id.active = False
        with self.assertLogs("odoo.addons.saas_deferred_revenue", "WARNING"):
            self.trigger("2025-06-01")
        self.rule.journal_id.active = True
        run = self.Run.search([("company_id", "=", self.company.id)])
        self.assertRecordValues(run, [{"state": "draft", "period": month("2025-01")}])
        self.assertIn("archived journal", run.message_ids[0].body)
        self.trigger("2025-06-01")
        self.assertEqual(run.state, "posted")

    def test_what_has_nothing_more_to_post_keeps_no_month_open(self):
        """A line of nothing, and a cent that is earned before its year is over."""
        self.post_invoice("2025-01-01", self.prepare_line(0, "2025-01-01", "2025-04-01"))
        self.post_invoice("2025-01-01", self.prepare_line(0.01, "2025-01-01", "2026-01-01"))
        self.run_months(*(f"2025-{number:02}" for number in range(1, 9)))
        self.assertEqual(self.balance(self.deferred_account), 0)
        self.assertFalse(self.Run._get_first_due_month(self.company))

    def test_months_to_post(self):
        self.assertEqual(
            self.Run._get_months_to_post(self.company, today=date(2025, 3, 1)),
            [month("2025-01"), month("2025-02")],
        )
        self.assertEqual(self.Run._get_months_to_post(self.company, today=date(2025, 1, 31)), [])
