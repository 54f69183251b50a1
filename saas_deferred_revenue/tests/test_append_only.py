"""Append-only rows and the constraints behind every "only once"."""

import psycopg2
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import RevenueCommon

EXPECTED = {
    "saas_revenue_rule": {"code_version_unique", "one_approved_version", "two_people"},
    "saas_revenue_rule_month": {"month_unique"},
    "saas_revenue_opening_row": {"booked_once"},
    "saas_revenue_close_day": {"day_unique"},
    "saas_revenue_schedule": {"move_line_unique", "period_not_empty"},
    "saas_revenue_segment": {"cause_unique", "released_once", "period_not_empty"},
    "saas_revenue_run": {"period_sequence_unique", "period_is_month"},
    "saas_revenue_accrual": {"run_item_unique"},
    "saas_revenue_close": {"month_unique", "period_is_month"},
    "saas_revenue_close_entry": {"entry_unique"},
    "saas_revenue_posting": {"segment_run_unique", "shares_add_up", "final_idx"},
}


@tagged("post_install", "-at_install")
class TestAppendOnly(RevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls.post_invoice(
            "2025-01-01", cls.prepare_line(90, "2025-01-01", "2025-04-01")
        )
        cls.Run._post_month(cls.company, cls.invoice.date)
        cls.segment = cls.invoice.saas_revenue_schedule_ids.segment_ids
        cls.posting = cls.segment.posting_ids

    def test_constraints_are_in_the_database(self):
        self.env.cr.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint"
            " UNION SELECT tablename, indexname FROM pg_indexes"
        )
        found = set(self.env.cr.fetchall())
        for table, names in EXPECTED.items():
            for name in names:
                self.assertIn((table, f"{table}_{name}"), found)

    def test_orm_refuses_changes_even_to_the_superuser(self):
        for record in (self.segment.sudo(), self.posting.sudo()):
            with self.assertRaises(UserError):
                record.write({"amount": 1})
            with self.assertRaises(UserError):
                record.unlink()

    def refuse(self, statement, record):
        with (
            self.assertRaises(psycopg2.IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(statement, [record.id])

    def test_database_refuses_changes(self):
        self.refuse("UPDATE saas_revenue_segment SET amount = 1 WHERE id = %s", self.segment)
        self.refuse(
            "UPDATE saas_revenue_segment SET revenue_account_id = NULL WHERE id = %s", self.segment
        )
        self.refuse("UPDATE saas_revenue_posting SET amount = 1 WHERE id = %s", self.posting)
        self.refuse("DELETE FROM saas_revenue_segment WHERE id = %s", self.segment)

    def test_postings_hold_their_journal_items(self):
        self.refuse("DELETE FROM account_move_line WHERE id = %s", self.posting.move_line_id)

    def test_posted_runs_do_not_change(self):
        run = self.posting.run_id
        with self.assertRaises(UserError):
            run.period = "2025-02-01"
        with self.assertRaises(UserError):
            run.unlink()
        with self.assertRaises(UserError):
            run.action_post()
        run.message_post(body="Checked")
