"""Credit notes over a limit or into a signed month: booked, and looked at by a person."""

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, UniqueViolation

from .common import MANAGER, RevenueCommon


@tagged("post_install", "-at_install")
class TestDocumentReviews(RevenueCommon):
    """A quarter of 90.00, half of it credited on 1 February."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.sudo()._set_state("draft")
        cls.rule.document_limit = 40
        cls.rule.sudo()._set_state("approved")
        cls.manager, cls.operator = (
            cls.create_person(login, group)
            for login, group in (
                ("max", MANAGER),
                ("olga", "saas_billing_connector.group_saas_operator"),
            )
        )
        cls.invoice = cls.post_invoice(
            "2025-01-01", cls.prepare_line(90, "2025-01-01", "2025-04-01")
        )
        cls.Amendment = cls.env["saas.revenue.amendment"].with_user(cls.env.ref("base.user_root"))

    def set_limit(self, amount):
        self.rule.sudo()._set_state("draft")
        self.rule.document_limit = amount
        self.rule.sudo()._set_state("approved")

    def sign(self, period, day):
        close = self.env["saas.revenue.close"].create({"period": period})
        with freeze_time(day):
            close.sudo()._sign("signed")
        return close

    def test_a_credit_that_was_looked_at_stays_as_it_was_looked_at(self):
        """Else it could be approved over 45.00 and posted anew over 90.00."""
        note = self.credit(self.invoice, "2025-02-01", 45)
        self.Amendment._cron_amend()
        self.Amendment.search([("kind", "=", "document")]).with_user(self.manager).action_approve()
        with self.assertRaisesRegex(UserError, "kept with it"):
            note.button_draft()

    def test_an_amendment_after_the_signature_does_not_make_its_credit_late(self):
        self.set_limit(0)
        note = self.credit(self.invoice, "2025-01-20", 45)
        self.env.cr.execute(
            "UPDATE saas_revenue_segment SET create_date = '2025-01-20' WHERE move_line_id = %s",
            note.invoice_line_ids.ids,
        )
        self.sign("2025-01-01", "2025-02-10")
        amendment = self.Amendment.create(
            {
                "schedule_id": self.invoice.saas_revenue_schedule_ids.id,
                "date": "2025-02-11",
                "reason": "Cancelled",
            }
        )
        amendment.action_propose()
        amendment.with_user(self.manager).action_approve()
        self.Amendment._cron_amend()
        self.assertFalse(self.Amendment.search([("kind", "=", "document")]))

    def test_a_credit_over_the_limit_is_put_before_a_person_once(self):
        note = self.credit(self.invoice, "2025-02-01", 45)
        self.Amendment._cron_amend()
        review = self.Amendment.search([("kind", "=", "document")])
        self.assertRecordValues(
            review,
            [
                {
                    "state": "proposed",
                    "credit_line_id": note.invoice_line_ids.id,
                    "moved_amount": 45,
                    "booking_date": note.date,
                }
            ],
        )
        self.assertEqual(
            {line.name: (line.amount_before, line.amount_after) for line in review.month_ids},
            {"2025-01": (31, 31), "2025-02": (28, -1.5), "2025-03": (31, 15.5)},
        )
        self.assertIn(self.manager, review.activity_ids.user_id)
        self.assertFalse(self.Amendment._propose_documents())

    def test_a_credit_up_to_the_limit_is_not(self):
        self.credit(self.invoice, "2025-02-01", 40)
        self.assertFalse(self.Amendment._propose_documents())

    def test_without_a_limit_only_signed_months_count(self):
        self.set_limit(0)
        self.sign("2025-02-01", "2025-03-05")
        self.credit(self.invoice, "2025-03-01", 45)
        self.assertFalse(self.Amendment._propose_documents())
        self.credit(self.invoice, "2025-02-01", 5)
        self.assertIn("signed", self.Amendment._propose_documents().reason)

    def test_what_was_booked_before_the_month_was_signed_is_no_surprise(self):
        self.set_limit(0)
        self.credit(self.invoice, "2025-02-01", 5)
        self.sign("2025-02-01", "2099-01-01")
        self.assertFalse(self.Amendment._propose_documents())

    def test_approval_adds_nothing_and_the_close_waits_for_it(self):
        self.credit(self.invoice, "2025-02-01", 45)
        review = self.Amendment._propose_documents()
        close = self.env["saas.revenue.close"].create({"period": "2025-02-01"})

        def get_state():
            close.action_check()
            return close.line_ids.filtered(lambda line: line.code == "amendments").state

        self.assertEqual(get_state(), "open")
        before = self.invoice.saas_revenue_schedule_ids.segment_ids
        review.with_user(self.manager).action_approve()
        self.assertRecordValues(review, [{"state": "approved", "decided_by_id": self.manager.id}])
        self.assertEqual(self.invoice.saas_revenue_schedule_ids.segment_ids, before)
        self.assertEqual(get_state(), "done")

    def test_an_objection_asks_billing_people_and_leaves_the_ledger_alone(self):
        note = self.credit(self.invoice, "2025-02-01", 45)
        review = self.Amendment._propose_documents()
        review.with_user(self.manager).action_reject()
        self.assertRecordValues(review, [{"state": "rejected", "decided_by_id": self.manager.id}])
        self.assertIn(self.operator, note.activity_ids.user_id)
        self.assertEqual(self.invoice.saas_revenue_schedule_ids.net_amount, 45)

    def test_it_stands_in_nobodys_way_and_does_not_expire(self):
        self.credit(self.invoice, "2025-02-01", 45)
        review = self.Amendment._propose_documents()
        amendment = self.env["saas.revenue.amendment"].create(
            {
                "schedule_id": self.invoice.saas_revenue_schedule_ids.id,
                "date": "2025-02-10",
                "reason": "Cancelled",
            }
        )
        amendment.action_propose()
        review.proposed_on = "2025-01-01"
        self.Amendment._expire()
        self.assertEqual(review.state, "proposed")

    def test_people_do_not_propose_it(self):
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            self.env["saas.revenue.amendment"].create(
                {
                    "kind": "document",
                    "schedule_id": self.invoice.saas_revenue_schedule_ids.id,
                    "reason": "Mine",
                }
            )
            self.env.flush_all()
        note = self.credit(self.invoice, "2025-02-01", 45)
        with self.assertRaisesRegex(UserError, "buttons"):
            self.env["saas.revenue.amendment"].with_user(self.manager).create(
                {
                    "kind": "document",
                    "schedule_id": self.invoice.saas_revenue_schedule_ids.id,
                    "credit_line_id": note.invoice_line_ids.id,
                    "reason": "Mine",
                }
            )

    def test_a_line_is_looked_at_once_by_constraint(self):
        self.credit(self.invoice, "2025-02-01", 45)
        review = self.Amendment._propose_documents()
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            review.sudo().copy({"credit_line_id": review.credit_line_id.id})
            self.env.flush_all()
