"""Days of a signed month: amber once the books of one of them change."""

from odoo import fields
from odoo.addons.saas_subscription_sync.tests import factory
from odoo.addons.saas_subscription_sync.tests.reconciliation_common import FEBRUARY, JANUARY
from odoo.addons.saas_subscription_sync.tests.test_reconciliation_day import DayCase
from odoo.exceptions import UserError
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestCloseDays(DayCase):
    def setUp(self):
        super().setUp()
        self.play(factory.invoice("in_1"), factory.invoice("in_2", accounting_at=factory.at(1, 9)))
        self.close = self.env["saas.revenue.close"].sudo().create({"period": "2026-01-01"})

    def sign(self):
        self.run_checks()
        self.close._sign("prepared")
        self.close._sign("signed")

    def test_the_days_are_kept_as_they_were_signed(self):
        self.sign()
        days = self.env["saas.revenue.close.day"].search([], order="day")
        self.assertEqual(
            [(f"{each.day:%d}", each.kind, each.count, each.amount) for each in days],
            [("01", "invoice", 1, 1440.0), ("09", "invoice", 1, 1440.0)],
        )
        with self.assertRaises(UserError):
            days[0].sudo().amount = 1
        self.assertEqual(self.square("2026-01-01"), "green")

    def test_only_the_day_that_changed_turns_amber(self):
        self.sign()
        self.bound("invoice", "in_1").button_draft()
        self.assertEqual(self.square("2026-01-01"), "amber")
        self.assertEqual(self.square("2026-01-09"), "green")
        row = self.env["saas.reconciliation.day"].search([("state", "=", "amber")])
        self.assertEqual((row.signed_count, row.signed_amount, row.booked_count), (1, 1440.0, 0))

    def test_what_comes_late_is_amber_though_the_three_places_agree(self):
        self.sign()
        self.play(factory.invoice("in_3", accounting_at=factory.at(1, 20)))
        self.run_checks()
        self.assertEqual(self.square("2026-01-20"), "amber")

    def test_a_reopened_month_is_red_or_green_again_and_signed_anew(self):
        self.sign()
        self.bound("invoice", "in_1").button_draft()
        self.close._sign("reopened", "A mistake")
        self.assertEqual(self.square("2026-01-01"), "red")
        self.sign()
        self.assertEqual(self.square("2026-01-01"), "red", "as it was signed, and still wrong")
        self.bound("invoice", "in_1").action_post()
        self.assertEqual(self.square("2026-01-01"), "amber")

    def test_unknown_differences_keep_the_month_open_whatever_is_said_about_them(self):
        self.run_checks(JANUARY, FEBRUARY)
        self.assertEqual(self.get_unknown(), ("done", 0, 0.0))
        known = {
            "company_id": self.company.id,
            "connection_id": self.connection.id,
            "check": "R3",
            "month": JANUARY,
            "key": "carried/USD",
            "label": "Carried over",
            "currency_id": self.company.currency_id.id,
            "left_amount": 12,
            "difference_class": "unknown",
            "note": "Never mind",
        }
        difference = self.env["saas.reconciliation.difference"].sudo().create(known)
        self.assertEqual(self.get_unknown(), ("open", 1, 12.0))
        with self.assertRaisesRegex(UserError, "unknown"):
            difference.action_explain()
        difference.state = "explained"
        self.assertEqual(self.get_unknown(), ("open", 1, 12.0))
        difference.write({"state": "gone", "gone_at": fields.Datetime.now()})
        self.assertEqual(self.get_unknown(), ("done", 0, 0.0))

    def get_unknown(self):
        self.close.action_check()
        line = self.close.line_ids.filtered(lambda each: each.code == "unknown")
        return line.state, line.record_count, line.company_amount
