"""Changes of treatment: proposed by one person, decided by another, added as segments."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, IntegrityError, UniqueViolation

from .common import ACCOUNTANT, MANAGER, RevenueCommon, month


@tagged("post_install", "-at_install")
class TestAmendments(RevenueCommon):
    """A quarter of 90.00: 31, 28 and 31 days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.author, cls.second, cls.manager = (
            cls.create_person(login, group)
            for login, group in (("ann", ACCOUNTANT), ("sam", ACCOUNTANT), ("max", MANAGER))
        )
        cls.invoice = cls.post_invoice(
            "2025-01-01", cls.prepare_line(90, "2025-01-01", "2025-04-01")
        )
        cls.schedule = cls.invoice.saas_revenue_schedule_ids

    def propose(self, kind="accelerate", day="2025-02-01", **values):
        amendment = (
            self.env["saas.revenue.amendment"]
            .with_user(self.author)
            .create(
                {
                    "schedule_id": self.schedule.id,
                    "kind": kind,
                    "date": day,
                    "reason": "Agreed with the customer",
                    **values,
                }
            )
        )
        amendment.action_propose()
        return amendment

    def approve(self, amendment, user=None):
        amendment.with_user(user or self.manager).action_approve()
        return amendment

    def get_earned(self):
        """Months in which something was earned; what cancels out is posted as zero."""
        return {name: amount for name, amount in self.posted_by_month().items() if amount}

    # ── what it books ────────────────────────────────────────────────────────────────────────

    def test_the_rest_is_earned_on_the_day_of_the_cancellation_and_nothing_after(self):
        self.run_months("2025-01")
        self.approve(self.propose())
        self.run_months("2025-02", "2025-03", "2025-04")
        self.assertEqual(self.get_earned(), {"2025-01": 31, "2025-02": 59})
        self.assertEqual(self.balance(self.deferred_account), 0)
        self.assertEqual(self.balance(self.revenue_account), 90)

    def test_a_pause_moves_the_rest_by_its_days(self):
        self.approve(self.propose("extend", date_until="2025-03-01"))
        self.run_months("2025-01", "2025-02", "2025-03", "2025-04")
        self.assertEqual(self.get_earned(), {"2025-01": 31, "2025-03": 31, "2025-04": 28})

    def test_corrected_dates_take_back_what_they_should_not_have_earned(self):
        self.run_months("2025-01")
        amendment = self.propose("dates", service_start="2025-02-01", service_last_day="2025-04-30")
        self.assertEqual(amendment.booking_date, month("2025-02"), "January is posted")
        self.approve(amendment)
        run = self.run_month("2025-02")
        self.assertEqual(run.company_amount, -2.69, "28.31 of the new period less January")
        self.assertEqual(run.prior_company_amount, -31)
        self.run_months("2025-03", "2025-04")
        self.assertEqual(sum(self.posted_by_month().values()), 90)

    def test_months_before_and_after_are_shown_to_who_decides(self):
        amendment = self.propose()
        self.assertEqual(
            [
                (m.name, m.amount_before, m.amount_after, m.amount_change)
                for m in amendment.month_ids
            ],
            [("2025-01", 31, 31, 0), ("2025-02", 28, 59, 31), ("2025-03", 31, 0, -31)],
        )
        self.assertEqual(amendment.moved_amount, 31)

    def test_both_currencies_move_alike(self):
        euro = self.setup_other_currency("EUR", rates=[("2025-01-01", 0.8)])
        invoice = self.post_invoice(
            "2025-01-01", self.prepare_line(100, "2025-01-01", "2025-04-01"), currency_id=euro.id
        )
        self.schedule = invoice.saas_revenue_schedule_ids
        self.approve(self.propose())
        self.run_months("2025-01", "2025-02")
        postings = self.schedule.posting_ids
        self.assertAlmostEqual(sum(postings.mapped("amount")), 100)
        self.assertAlmostEqual(sum(postings.mapped("company_amount")), 125)
        self.assertRecordValues(
            self.schedule, [{"remaining_amount": 0, "remaining_company_amount": 0}]
        )

    def test_a_credit_after_an_acceleration_leaves_nothing_in_later_months(self):
        self.approve(self.propose())
        self.run_months("2025-01", "2025-02")
        self.credit(self.invoice, "2025-03-01")
        self.run_months("2025-03", "2025-04")
        self.assertEqual(self.get_earned(), {"2025-01": 31, "2025-02": 59, "2025-03": -90})

    def redate(self):
        """The service had 180 days, not 90."""
        self.approve(
            self.propose("dates", service_start="2025-01-01", service_last_day="2025-06-29")
        )

    def run_to_july(self):
        self.run_months(*(f"2025-0{number}" for number in range(1, 8)))
        return self.get_earned()

    def test_a_second_credit_follows_the_amendment_of_what_the_first_one_left(self):
        self.credit(self.invoice, "2025-02-01", 45)
        self.redate()
        self.credit(self.invoice, "2025-03-01", 45)
        earned = self.run_to_july()
        self.assertLessEqual(max(earned), "2025-03", "all is credited: nothing is left to earn")
        self.assertEqual(round(sum(earned.values()), 2), 0)

    def test_the_reversal_of_a_credit_follows_its_amendment(self):
        note = self.credit(self.invoice, "2025-02-01", 45)
        self.redate()
        note._reverse_moves([{"invoice_date": "2025-03-01", "date": "2025-03-01"}]).action_post()
        earned = self.run_to_july()
        self.assertEqual(earned["2025-05"], 15.5, "90.00 by 31 of 180 days")
        self.assertEqual(round(sum(earned.values()), 2), 90)

    def test_what_was_credited_is_not_accelerated(self):
        self.credit(self.invoice, "2025-02-01", 45)
        self.assertEqual(self.propose().moved_amount, 15.5)
        self.credit(self.invoice, "2025-02-01", 45)
        nothing = self.env["saas.revenue.amendment"].create(
            {"schedule_id": self.schedule.id, "date": "2025-02-01", "reason": "Late"}
        )
        with self.assertRaisesRegex(UserError, "would change no month"):
            nothing.action_propose()

    def test_a_second_amendment_changes_what_the_first_one_left(self):
        self.approve(self.propose("extend", date_until="2025-03-01"))
        self.approve(self.propose(day="2025-03-01"))
        self.run_months("2025-01", "2025-02", "2025-03", "2025-04")
        self.assertEqual(self.get_earned(), {"2025-01": 31, "2025-03": 59})

    def test_a_segment_is_taken_out_once_by_constraint(self):
        self.approve(self.propose())
        released = self.schedule.segment_ids.filtered(lambda each: each.kind == "released")
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            released.sudo().copy()
            self.env.flush_all()

    # ── who decides ──────────────────────────────────────────────────────────────────────────

    def test_while_it_waits_the_schedule_runs_on_and_the_preview_shows_it(self):
        self.propose()
        self.run_months("2025-01", "2025-02")
        self.assertEqual(self.posted_by_month(), {"2025-01": 31, "2025-02": 28})
        run = self.Run.create({"company_id": self.company.id, "period": "2025-03-01"})
        run.action_preview()
        [line] = run.blocker_line_ids.filtered(lambda x: x.res_model == "saas.revenue.amendment")
        self.assertEqual((line.record_count, line.company_amount), (1, 31))

    def test_nobody_decides_alone(self):
        amendment = self.propose()
        with self.assertRaisesRegex(UserError, "second person"):
            amendment.with_user(self.author).action_approve()
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            amendment.sudo().write({"state": "approved", "decided_by_id": self.author.id})
            self.env.flush_all()

    def test_accountants_decide_up_to_the_limit_of_the_rule(self):
        amendment = self.propose()
        with self.assertRaises(AccessError):
            amendment.with_user(self.second).action_approve()
        self.rule.sudo()._set_state("draft")
        self.rule.approval_limit = 31
        self.rule.sudo()._set_state("approved")
        self.assertTrue(amendment.with_user(self.second).may_decide)
        self.approve(amendment, self.second)
        self.assertRecordValues(amendment, [{"state": "approved", "decided_by_id": self.second.id}])

    def test_approvers_have_one_activity_until_it_is_decided(self):
        amendment = self.propose()
        self.assertIn(self.manager, amendment.activity_ids.user_id)
        self.assertNotIn(self.author, amendment.activity_ids.user_id)
        self.approve(amendment)
        self.assertFalse(amendment.activity_ids)

    def test_rejected_and_withdrawn_change_nothing_and_are_kept(self):
        rejected = self.propose()
        rejected.with_user(self.manager).action_reject()
        withdrawn = self.propose()
        with self.assertRaises(UserError):
            withdrawn.with_user(self.manager).action_withdraw()
        withdrawn.with_user(self.author).action_withdraw()
        self.run_months("2025-01", "2025-02", "2025-03")
        self.assertEqual(self.posted_by_month(), {"2025-01": 31, "2025-02": 28, "2025-03": 31})
        with self.assertRaisesRegex(UserError, "kept"):
            rejected.with_user(self.author).unlink()

    def test_what_was_proposed_is_not_edited(self):
        amendment = self.propose()
        with self.assertRaisesRegex(UserError, "withdraw it"):
            amendment.with_user(self.author).date = "2025-03-01"
        with self.assertRaisesRegex(UserError, "buttons"):
            amendment.with_user(self.author).write({"state": "approved"})

    def test_what_has_changed_since_is_shown_again_before_it_is_approved(self):
        amendment = self.propose()
        self.credit(self.invoice, "2025-02-01", 45)
        with self.assertRaisesRegex(UserError, "Preview it again"):
            self.approve(amendment)
        amendment.with_user(self.author).action_preview()
        self.approve(amendment)
        self.run_months("2025-01", "2025-02")
        self.assertEqual(sum(self.posted_by_month().values()), 45)

    def test_one_amendment_of_a_schedule_waits_at_a_time(self):
        self.propose()
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.propose("extend", date_until="2025-03-01")
            self.env.flush_all()

    def test_bad_dates_are_refused_with_what_to_do(self):
        for values in (
            {"kind": "extend"},
            {"kind": "extend", "date_until": "2025-02-01"},
            {"kind": "dates", "service_start": "2025-02-02", "service_last_day": "2025-02-01"},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                self.propose(**values)

    def test_a_reason_is_asked_for(self):
        with self.assertRaisesRegex(UserError, "reason"):
            self.propose(reason=False)

    def test_several_are_approved_at_once(self):
        other = self.post_invoice(
            "2025-01-01", self.prepare_line(365, "2025-01-01", "2026-01-01")
        ).saas_revenue_schedule_ids
        both = self.propose() | self.propose(schedule_id=other.id)
        self.approve(both)
        self.assertEqual(both.mapped("state"), ["approved", "approved"])

    def test_an_amended_invoice_does_not_go_back_to_draft(self):
        self.approve(self.propose())
        with self.assertRaisesRegex(UserError, "amended"):
            self.invoice.button_draft()

    def test_an_invoice_about_which_somebody_is_asked_does_not_go_back_to_draft(self):
        amendment = self.propose()
        with self.assertRaisesRegex(UserError, "kept with it"):
            self.invoice.button_draft()
        amendment.with_user(self.manager).action_reject()
        with self.assertRaisesRegex(UserError, "kept with it"):
            self.invoice.button_draft()

    def test_what_is_only_a_draft_is_deleted_first(self):
        amendment = self.env["saas.revenue.amendment"].create(
            {"schedule_id": self.schedule.id, "date": "2025-02-01", "reason": "Perhaps"}
        )
        with self.assertRaisesRegex(UserError, "can be deleted first"):
            self.invoice.button_draft()
        amendment.unlink()
        self.invoice.button_draft()
        self.assertFalse(self.invoice.saas_revenue_schedule_ids)

    def test_what_nobody_decided_expires(self):
        amendment = self.propose()
        amendment.sudo().proposed_on = "2025-01-01"
        amendment.sudo()._expire()
        self.assertEqual(amendment.state, "expired")
        self.assertFalse(amendment.activity_ids)
