"""Closing a month: a computed checklist, two signatures, and what changed afterwards."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, UniqueViolation

from .close_common import CloseCommon
from .common import month


@tagged("post_install", "-at_install")
class TestClose(CloseCommon):
    def get_open(self):
        self.close.action_check()
        return self.close.line_ids.filtered(lambda line: line.state == "open").mapped("code")

    # ── checklist ────────────────────────────────────────────────────────────────────────────

    def test_each_check_is_open_until_its_work_is_done(self):
        self.assertEqual(self.close.period, month("2025-01"))
        self.assertEqual(self.get_open(), ["run", "reconciliation"])
        self.complete()
        self.assertEqual(self.get_open(), [])

    def test_money_in_the_way_is_told_with_its_records(self):
        self.close.action_check()
        line = self.close.line_ids.filtered(lambda each: each.code == "run")
        self.assertEqual((line.company_amount, line.record_count), (31, 1))
        self.env["account.move"].create(
            self.prepare_invoice("2025-01-01", self.prepare_line(50, "2025-01-01", "2025-03-01"))
        )
        self.close.action_check()
        line = self.close.line_ids.filtered(lambda each: each.code == "drafts")
        self.assertEqual((line.state, line.company_amount), ("open", 50))
        action = line.action_open_records()
        self.assertEqual(action["res_model"], "account.move.line")

    def test_a_waiting_amendment_keeps_the_month_open(self):
        amendment = self.env["saas.revenue.amendment"].create(
            {
                "schedule_id": self.invoice.saas_revenue_schedule_ids.id,
                "date": "2025-01-10",
                "reason": "Cancelled",
            }
        )
        amendment.action_propose()
        self.assertIn("amendments", self.get_open())

    def test_totals_are_those_of_the_books(self):
        self.complete()
        self.close.action_check()
        self.assertRecordValues(
            self.close, [{"deferred_amount": 59, "recognised_amount": 31, "open_count": 0}]
        )

    # ── signatures ───────────────────────────────────────────────────────────────────────────

    def test_an_open_list_cannot_be_signed_and_says_what_is_missing(self):
        with self.assertRaisesRegex(UserError, "not posted"):
            self.close.action_prepare()

    def test_two_people_sign_and_their_totals_are_kept(self):
        self.sign()
        self.assertEqual(self.close.state, "signed")
        self.assertRecordValues(
            self.close.signoff_ids.sorted("id"),
            [
                {"kind": "prepared", "user_id": self.ann.id, "recognised_amount": 31},
                {"kind": "signed", "user_id": self.max.id, "recognised_amount": 31},
            ],
        )

    def test_who_prepared_does_not_sign_and_an_accountant_does_not_either(self):
        self.complete()
        self.close.with_user(self.max).action_prepare()
        with self.assertRaisesRegex(UserError, "second person"):
            self.close.with_user(self.max).action_sign()
        with self.assertRaises(AccessError):
            self.close.with_user(self.ann).action_sign()
        self.close.with_user(self.mia).action_sign()
        self.assertEqual(self.close.state, "signed")

    def test_managers_are_asked_to_sign_until_it_is_signed(self):
        self.complete()
        self.close.action_prepare()
        self.assertIn(self.max, self.close.sudo().activity_ids.user_id)
        self.close.with_user(self.max).action_sign()
        self.assertFalse(self.close.sudo().activity_ids)

    def test_reopening_needs_a_reason_and_a_manager_and_is_kept(self):
        self.sign()
        wizard = self.env["saas.revenue.close.reopen"]
        with self.assertRaises(AccessError):
            wizard.with_user(self.ann).create({"close_id": self.close.id, "reason": "No"})
        wizard.with_user(self.mia).create(
            {"close_id": self.close.id, "reason": "A late invoice"}
        ).action_reopen()
        self.assertEqual(self.close.state, "open")
        self.assertEqual(self.close.signoff_ids[0].reason, "A late invoice")
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            self.close.sudo()._sign("reopened")
        self.close.action_prepare()

    def test_nobody_edits_a_close_or_its_signatures(self):
        self.sign()
        with self.assertRaises(AccessError):
            self.close.write({"state": "open"})
        with self.assertRaises(UserError):
            self.close.sudo().signoff_ids[0].write({"user_id": self.mia.id})
        with self.assertRaises(UserError):
            self.close.sudo().unlink()

    def test_a_month_is_closed_once_per_company(self):
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self.close.copy()

    # ── afterwards ───────────────────────────────────────────────────────────────────────────

    def test_a_run_taken_back_after_the_signature_turns_it_amber(self):
        self.sign()
        run = self.Run.search([("company_id", "=", self.company.id), ("period", "=", "2025-01-01")])
        undo = self.env["saas.revenue.run.undo"].create({"run_id": run.id, "reason": "Too early"})
        undo.action_undo()
        self.close.sudo()._watch()
        self.assertTrue(self.close.is_amber)
        self.assertEqual(abs(self.close.changed_amount), 31)

    def test_a_later_change_turns_it_amber_with_its_amount_and_tells_who_signed(self):
        self.sign()
        close = self.close.sudo()
        close._watch()
        self.assertFalse(self.close.is_amber)
        late = self.post_invoice("2025-01-20", self.prepare_line(12))
        close._watch()
        close._watch()
        self.assertTrue(self.close.is_amber)
        self.assertEqual(self.close.changed_amount, 12)
        self.assertEqual(self.close.sudo().activity_ids.user_id, self.max)
        self.assertEqual(self.close.state, "signed", "a change is seen, not undone")
        changes = self.env[self.close.action_open_changes()["res_model"]].search([])
        self.assertEqual(changes.mapped("name"), [late.name])
