"""Undoing a month end: a run that takes another one back, and the month posted anew."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from .common import ACCOUNTANT, RevenueCommon, month


@tagged("post_install", "-at_install")
class TestReversingRun(RevenueCommon):
    """A quarter of 90.00: 31, 28 and 31 days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.post_invoice("2025-01-01", cls.prepare_line(90, "2025-01-01", "2025-04-01"))

    def undo(self, run, reason="Posted too early"):
        undo = self.env["saas.revenue.run.undo"].create({"run_id": run.id, "reason": reason})
        return self.Run.browse(undo.action_undo()["res_id"])

    def test_a_run_and_its_reversal_add_up_to_nothing(self):
        run = self.run_month("2025-01")
        reversal = self.undo(run)
        self.assertRecordValues(
            reversal,
            [
                {
                    "state": "posted",
                    "reverses_id": run.id,
                    "company_amount": -31,
                    "sequence": 2,
                    "reversal_reason": "Posted too early",
                }
            ],
        )
        self.assertEqual(self.posted_by_month(), {"2025-01": 0})
        self.assertEqual(self.balance(self.deferred_account), 90)
        self.assertEqual(self.balance(self.revenue_account), 0)
        self.assertEqual(reversal.move_ids.date, run.move_ids.date)

    def test_the_month_can_be_posted_anew_with_what_is_right_by_then(self):
        self.undo(self.run_month("2025-01"))
        self.post_invoice("2025-01-01", self.prepare_line(31, "2025-01-01", "2025-02-01"))
        self.run_month("2025-01")
        self.assertEqual(self.posted_by_month(), {"2025-01": 62})

    def test_what_was_finished_by_the_run_is_open_again(self):
        self.run_months("2025-01", "2025-02")
        last = self.run_month("2025-03")
        self.assertTrue(last.posting_count)
        self.undo(last)
        self.run_month("2025-03")
        self.assertEqual(self.posted_by_month(), {"2025-01": 31, "2025-02": 28, "2025-03": 31})
        self.assertEqual(self.balance(self.deferred_account), 0)

    def test_the_scheduled_action_does_not_post_at_once_what_was_taken_back(self):
        self.undo(self.run_month("2025-01"))
        self.assertEqual(self.company.saas_revenue_post_through, month("2024-12").replace(day=31))
        self.assertFalse(self.Run._get_months_to_post(self.company))

    def test_months_that_were_taken_back_are_posted_anew_each_on_its_own(self):
        january, february = self.run_month("2025-01"), self.run_month("2025-02")
        self.undo(february)
        self.undo(january)
        self.assertEqual(self.Run._get_first_due_month(self.company), month("2025-01"))
        self.run_months("2025-01", "2025-02")
        self.assertEqual(self.posted_by_month(), {"2025-01": 31, "2025-02": 28})
        newest = self.Run.search([*self.own_company, ("period", "=", "2025-02-01")], limit=1)
        self.assertEqual(newest.prior_company_amount, 0, "January is no catch-up of February")

    def test_later_runs_go_first(self):
        january = self.run_month("2025-01")
        self.run_month("2025-02")
        with self.assertRaisesRegex(UserError, "2025-02 was posted after 2025-01"):
            self.undo(january)

    def test_a_run_is_taken_back_once(self):
        run = self.run_month("2025-01")
        reversal = self.undo(run)
        for again in (run, reversal):
            with self.assertRaisesRegex(UserError, "not taken back yet"):
                self.undo(again)
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self.Run.sudo().create(
                {
                    "company_id": self.company.id,
                    "period": "2025-01-01",
                    "reverses_id": run.id,
                }
            )

    def test_in_a_locked_month_the_reversal_takes_the_first_open_day(self):
        run = self.run_month("2025-01")
        self.company.fiscalyear_lock_date = "2025-01-31"
        reversal = self.undo(run)
        self.assertEqual(str(reversal.move_ids.date), "2025-02-01")
        self.assertEqual(reversal.period, month("2025-01"))

    def test_only_managers_undo_and_nobody_writes_what_a_run_has_posted(self):
        run = self.run_month("2025-01")
        accountant = self.create_person("ann", ACCOUNTANT)
        undo = self.env["saas.revenue.run.undo"].with_user(accountant)
        with self.assertRaises(AccessError):
            undo.create({"run_id": run.id, "reason": "No"})
        with self.assertRaises(AccessError):
            self.Run.with_user(accountant).create(
                {"company_id": self.company.id, "period": "2025-02-01", "reverses_id": run.id}
            )
        draft = self.Run.with_user(accountant).create(
            {"company_id": self.company.id, "period": "2025-02-01"}
        )
        with self.assertRaises(AccessError):
            draft.state = "posted"

    def test_amendments_do_not_take_a_month_for_posted_that_was_taken_back(self):
        self.assertFalse(self.Run._get_last_posted_month(self.company))
        run = self.run_month("2025-01")
        self.assertEqual(self.Run._get_last_posted_month(self.company), month("2025-01"))
        self.undo(run)
        self.assertFalse(self.Run._get_last_posted_month(self.company))
