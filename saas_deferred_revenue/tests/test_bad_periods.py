"""What cannot be right: a clear error where a person acts, and nothing lost."""

from datetime import date

from odoo.addons.saas_billing_connector.canonical import NeedsHuman
from odoo.addons.saas_subscription_sync.tests import factory
from odoo.addons.saas_subscription_sync.tests.common import SyncCase
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..recognition.calendar import months_between
from .common import RevenueCommon, month


@tagged("post_install", "-at_install")
class TestBadPeriods(RevenueCommon):
    def test_end_before_start(self):
        line = self.prepare_line(90, "2025-04-01", "2025-01-01")
        with self.assertRaisesRegex(ValidationError, "ends before it starts"):
            self.env["account.move"].create(self.prepare_invoice("2025-01-01", line))

    def test_end_without_start(self):
        line = self.prepare_line(90, None, "2025-01-01")
        with self.assertRaisesRegex(ValidationError, "both a first and a last day"):
            self.env["account.move"].create(self.prepare_invoice("2025-01-01", line))

    def test_a_hundred_years_are_a_period_like_any_other(self):
        """A licence for life may be billed so: 1,200 months of 1.00, nothing left at the end."""
        self.approve(self.rule.copy({"code": "MONTHLY", "method": "monthly", "sequence": 1}))
        invoice = self.post_invoice(
            "2025-01-01", self.prepare_line(1200, "2025-01-01", "2125-01-01")
        )
        schedule = invoice.saas_revenue_schedule_ids
        self.run_months("2025-01", "2025-02")
        self.assertEqual(self.posted_by_month(), {"2025-01": 1, "2025-02": 1})
        months = self.env["saas.revenue.schedule.month"].search([("schedule_id", "=", schedule.id)])
        self.assertEqual(len(months), 1200)
        self.run_month("2124-12")
        self.assertEqual(schedule.remaining_amount, 0)
        self.assertEqual(len(months_between(month("2025-01"), month("2124-12"))), 1200)

    # ── no money ─────────────────────────────────────────────────────────────────────────────

    def test_a_line_over_nothing_is_never_due(self):
        self.post_invoice("2025-01-01", self.prepare_line(0, "2025-01-01", "2025-04-01"))
        self.assertEqual(self.Run._get_months_to_post(self.company, today=date(2025, 6, 1)), [])
        self.assertFalse(self.run_month("2025-01"))
        run = self.Run.create({"period": "2025-02-01"})
        run.action_preview()
        self.assertFalse(run.blocker_line_ids)

    def test_a_line_with_only_tax_defers_nothing(self):
        """A price that its discount takes to nothing, while another line bears the tax."""
        invoice = self.post_invoice(
            "2025-01-01",
            self.prepare_line(0, "2025-01-01", "2025-04-01", tax_ids=self.vat.ids),
            self.prepare_line(100, tax_ids=self.vat.ids),
        )
        self.assertEqual(invoice.amount_tax, 20)
        self.assertEqual(self.balance(self.deferred_account), 0)
        self.assertFalse(self.run_month("2025-01"))

    # ── accounts and journals that are gone ──────────────────────────────────────────────────

    def create_invoice(self, day="2025-01-01"):
        line = self.prepare_line(90, "2025-01-01", "2025-04-01")
        return self.env["account.move"].create(self.prepare_invoice(day, line))

    def test_posting_with_an_archived_deferred_account(self):
        invoice = self.create_invoice()
        self.deferred_account.active = False
        with self.assertRaisesRegex(UserError, "is archived. Unarchive it, or approve"):
            invoice.action_post()
        self.deferred_account.active = True
        invoice.action_post()
        self.assertEqual(invoice.saas_revenue_schedule_ids.amount, 90)

    def test_posting_with_an_archived_journal(self):
        invoice = self.create_invoice()
        self.rule.journal_id.active = False
        with self.assertRaisesRegex(UserError, "Journal .* is archived. Unarchive it"):
            invoice.action_post()

    def test_a_credit_is_not_held_up_by_an_old_rule(self):
        invoice = self.create_invoice()
        invoice.action_post()
        self.rule.journal_id.active = False
        note = self.credit(invoice, "2025-02-01")
        self.assertEqual(note.state, "posted")

    def test_run_with_an_archived_deferred_account(self):
        """A person is told; the scheduled action notes it on the run. Both can go on afterwards."""
        self.create_invoice().action_post()
        self.deferred_account.active = False
        run = self.Run.create({"period": "2025-01-01"})
        with self.assertRaisesRegex(UserError, "archived"):
            run.action_post()
        self.env["res.company"].search([("id", "!=", self.company.id)]).sudo().write(
            {"saas_revenue_auto_post": False}
        )
        cron = self.env.ref("saas_deferred_revenue.ir_cron_post_month_ends")
        with (
            self.assertLogs("odoo.addons.saas_deferred_revenue", "WARNING"),
            self.enter_registry_test_mode(),
            freeze_time("2025-02-10"),
        ):
            cron.method_direct_trigger()
        self.assertIn("archived", run.message_ids[0].body)
        self.assertEqual(run.state, "draft")
        self.deferred_account.active = True
        run.action_post()
        self.assertEqual(self.posted_by_month(), {"2025-01": 31})

    def test_accounts_and_journals_of_rules_are_not_deleted(self):
        for record in (self.deferred_account, self.rule.journal_id):
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                record.sudo().unlink()

    # ── closed years ─────────────────────────────────────────────────────────────────────────

    def test_invoice_of_a_closed_year_counts_from_where_odoo_books_it(self):
        self.company.hard_lock_date = "2025-01-31"
        invoice = self.create_invoice("2025-01-15")
        invoice.action_post()
        self.assertGreater(invoice.date, date(2025, 1, 31))
        self.assertEqual(invoice.saas_revenue_schedule_ids.segment_ids.booking_date, invoice.date)
        self.assertFalse(self.run_month("2025-01"), "nothing of it was booked in January")
        self.run_month("2025-02")
        self.assertEqual(self.posted_by_month(), {"2025-02": 59})

    def test_run_of_a_closed_year_is_dated_on_the_first_open_day(self):
        self.create_invoice().action_post()
        self.company.hard_lock_date = "2025-12-31"
        run = self.run_month("2025-01")
        self.assertEqual(str(run.move_ids.date), "2026-01-01")
        self.assertEqual(self.posted_by_month(), {"2025-01": 31})

    # ── companies and documents ──────────────────────────────────────────────────────────────

    def test_companies_are_not_mixed(self):
        other = self.setup_other_company(name="Elsewhere")
        account = other["default_account_revenue"]
        with self.assertRaisesRegex(UserError, "company"):
            self.rule.copy({"code": "MIXED", "revenue_account_id": account.id})
        with self.assertRaisesRegex(UserError, "company"):
            self.env["saas.revenue.opening.import"].create(
                {"cutover_date": "2025-01-01", "old_account_id": account.id}
            )

    def test_an_invoice_with_a_schedule_is_not_deleted(self):
        invoice = self.create_invoice()
        invoice.action_post()
        with self.assertRaises(UserError):
            invoice.unlink()
        for table, record in (
            ("account_move_line", invoice.saas_revenue_schedule_ids.move_line_id),
            ("account_move", invoice),
        ):
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(f"DELETE FROM {table} WHERE id = %s", [record.id])
        invoice.button_draft()
        invoice.unlink()
        self.assertFalse(
            self.env["saas.revenue.schedule"].search([("company_id", "=", self.company.id)])
        )


@tagged("post_install", "-at_install")
class TestBadPeriodsOfEvents(SyncCase):
    """Where the machine acts the event is parked, its neighbours are booked, nothing is lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rules = cls.env["saas.revenue.rule"].sudo()
        cls.rule = rules.search([("company_id", "=", cls.company.id)])

    def setUp(self):
        super().setUp()
        self.deliver_catalog()

    def deliver_both(self, *lines):
        """A bad invoice and a good one in one batch; the bad one's change."""
        day = factory.at(1)
        once = factory.line("30", external_id="il_good", period=factory.period(day, day))
        with mute_logger("odoo.addons.saas_billing_connector.models.billing_drain_outcome"):
            bad, good = self.deliver(
                factory.invoice("in_bad", *lines), factory.invoice("in_good", once)
            )
        self.assertDone(good)
        return bad

    def test_end_before_start(self):
        backwards = factory.period(factory.at(6), factory.at(3))
        bad = self.deliver_both(factory.line("90", external_id="il_bad", period=backwards))
        self.assertOutcome(bad, NeedsHuman)
        self.assertIn("ends before it starts", str(bad.outcome))
        self.assertFalse(self.bound("invoice", "in_bad"))

    def test_archived_deferred_account(self):
        self.rule.deferred_account_id.active = False
        bad = self.deliver_both(factory.line("90", external_id="il_bad"))
        self.assertOutcome(bad, NeedsHuman)
        self.assertIn("is archived. Unarchive it", str(bad.outcome))
        self.assertEqual((bad.outcome.code, bad.outcome.key), ("revenue_rule", self.rule.code))
        issues = self.env["saas.billing.issue"].sudo()
        raised = issues._raise(self.connection, [bad.outcome])
        [issue] = raised.values()
        self.assertEqual(issue.action_fix()["res_model"], "saas.revenue.rule")
        self.rule.deferred_account_id.active = True
        self._process([bad])
        self.assertDone(bad)
        self.assertEqual(self.bound("invoice", "in_bad").saas_revenue_schedule_ids.amount, 90)

    def test_a_line_with_nothing_but_tax_beyond_its_rate(self):
        """Tax on no price is no rounding: the document does not add up."""
        bad = self.deliver_both(factory.line("0", factory.tax("24", "0"), external_id="il_bad"))
        self.assertOutcome(bad, NeedsHuman)
        self.assertFalse(self.bound("invoice", "in_bad"))
