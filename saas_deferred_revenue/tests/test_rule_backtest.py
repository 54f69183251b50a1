"""What a version would have made of the last twelve months, line by line and all at once."""

import random
from datetime import date, timedelta

from odoo.exceptions import UserError
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from ..models.minor_units import from_minor, to_minor
from ..recognition.calendar import METHODS, months_between
from ..recognition.closed_form import Segment, by_month
from .common import RevenueCommon

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 1)
SEED = 20260105
LINES = 40


@tagged("post_install", "-at_install")
@freeze_time("2026-01-15")
class TestRuleBacktest(RevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rates = [("2024-01-01", 0.8), ("2025-01-01", 0.9), ("2025-07-01", 0.85)]
        cls.other_currency = cls.setup_other_currency("EUR", rates=rates)

    def propose(self, **values):
        return self.rule.copy({"code": "PROPOSED", "sequence": 1, **values})

    def backtest(self, rule):
        """`{month: (before, after)}` of the months that are not zero."""
        rule.action_backtest()
        months = rule.month_ids.sorted("month")
        self.assertEqual(months.mapped("month"), months_between(FIRST, LAST))
        return {
            line.name: (line.amount_before, line.amount_after)
            for line in months
            if line.amount_before or line.amount_after
        }

    def quarter(self, amount=90, day="2025-01-01", **values):
        line = self.prepare_line(amount, "2025-01-01", "2025-04-01", **values)
        return self.post_invoice(day, line)

    # ------------------------------------------------------------------
    # By example
    # ------------------------------------------------------------------

    def test_another_method(self):
        self.quarter()
        rule = self.propose(method="monthly")
        self.assertEqual(
            self.backtest(rule), {"2025-01": (31, 30), "2025-02": (28, 30), "2025-03": (31, 30)}
        )
        self.assertEqual(rule.backtest_line_count, 1)
        self.assertEqual(rule.month_ids.mapped("amount_change"), [-1, 2, -1] + [0] * 9)

    def test_deferred_where_it_was_earned_at_once(self):
        self.company_stops_deferring()
        invoice = self.quarter()
        self.assertFalse(invoice.saas_revenue_schedule_ids)
        self.assertEqual(
            self.backtest(self.propose(method="daily")),
            {"2025-01": (90, 31), "2025-02": (0, 28), "2025-03": (0, 31)},
        )

    def company_stops_deferring(self):
        usage = self.propose(code="USAGE", method="on_usage", sequence=2)
        self.approve(usage)

    def test_credits_are_spread_over_the_service(self):
        self.credit(self.quarter(), "2025-02-01", 45)
        self.assertEqual(
            self.backtest(self.propose(method="monthly")),
            {"2025-01": (31, 30), "2025-02": (-1.5, 0), "2025-03": (15.5, 15)},
        )

    def test_earned_at_once_where_it_was_deferred(self):
        self.credit(self.quarter(), "2025-02-01", 45)
        self.assertEqual(
            self.backtest(self.propose(method="on_usage")),
            {"2025-01": (31, 90), "2025-02": (-1.5, -45), "2025-03": (15.5, 0)},
        )

    def test_credits_of_lines_earned_at_once_are_spread_over_their_document(self):
        self.company_stops_deferring()
        invoice = self.post_invoice(
            "2025-01-01",
            self.prepare_line(90, "2025-01-01", "2025-04-01"),
            self.prepare_line(180, "2025-01-01", "2025-03-01"),
        )
        self.credit(invoice, "2025-02-01")
        self.assertEqual(
            self.backtest(self.propose(method="monthly")),
            {"2025-01": (270, 120), "2025-02": (-270, -120)},
        )

    def test_a_credit_note_that_was_taken_back_counts_for_nothing(self):
        self.company_stops_deferring()
        note = self.credit(self.quarter(), "2025-02-01")
        note._reverse_moves([{"invoice_date": "2025-02-02", "date": "2025-02-02"}]).action_post()
        self.assertEqual(
            self.backtest(self.propose(method="monthly")),
            {"2025-01": (90, 30), "2025-02": (0, 30), "2025-03": (0, 30)},
        )

    def test_only_lines_it_would_decide_about_are_looked_at(self):
        category = self.env["product.category"].create({"name": "Plans"})
        self.quarter()
        self.quarter(60, product_id=self.product_b.id)
        self.product_b.categ_id = self.env["product.category"].create(
            {"name": "Annual", "parent_id": category.id}
        )
        rule = self.propose(method="point_in_time", product_category_id=category.id)
        self.assertEqual(
            self.backtest(rule),
            {"2025-01": (20.67, 60), "2025-02": (18.66, 0), "2025-03": (20.67, 0)},
        )
        self.approve(self.propose(code="FIRST", product_id=self.product_b.id, sequence=0))
        self.assertEqual(self.backtest(rule), {})
        self.assertEqual(rule.backtest_line_count, 0)

    def test_its_dates_are_part_of_what_it_decides_about(self):
        self.quarter(day="2025-01-01")
        self.quarter(60, day="2025-01-02")
        rule = self.propose(method="point_in_time", date_from="2025-01-02")
        self.assertEqual(self.backtest(rule)["2025-01"], (20.67, 60))
        rule.write({"date_from": False, "date_to": "2025-01-01"})
        self.assertEqual(self.backtest(rule)["2025-01"], (31, 90))

    def test_a_line_on_an_account_chosen_by_hand_stays_as_it_is(self):
        self.quarter(account_id=self.revenue_account.id)
        self.assertEqual(self.backtest(self.propose(method="monthly")), {})

    def test_a_new_version_takes_the_place_of_the_old_one(self):
        self.quarter()
        version = self.rule.browse(self.rule.action_new_version()["res_id"])
        version.method = "point_in_time"
        self.assertEqual(self.backtest(version)["2025-01"], (31, 90))

    # ------------------------------------------------------------------
    # Against the plain functions
    # ------------------------------------------------------------------

    def test_random_lines_and_credits_equal_the_recognition_core(self):
        pick = random.Random(SEED)
        bills = [self.random_bill(pick) for _number in range(LINES)]
        for method in METHODS:
            rule = self.propose(code=f"TRY-{method}", method=method)
            rule.action_backtest()
            found = [(m.amount_before, m.amount_after) for m in rule.month_ids.sorted("month")]
            before = self.sum_by_month(bills, "daily")
            after = self.sum_by_month(bills, method)
            self.assertEqual(found, list(zip(before, after, strict=True)), f"{method}, seed {SEED}")

    def random_bill(self, pick):
        """A posted line in either currency and what took it back: `(booked, company amount)`."""
        start = date(2024, 6, 1) + timedelta(days=pick.randrange(600))
        end = start + timedelta(days=pick.choice((3, 31, 90, 365, 400)))
        day = start - timedelta(days=pick.randrange(-1, 40))
        currency = pick.choice((self.company.currency_id, self.other_currency))
        amount = pick.randrange(100, 100000) / 100
        invoice = self.post_invoice(
            day, self.prepare_line(amount, start, end), currency_id=currency.id
        )
        facts = [(day, -invoice.invoice_line_ids.balance)]
        if pick.random() < 0.5:
            booked = day + timedelta(days=pick.randrange(200))
            note = self.credit(invoice, booked, round(amount * pick.random() + 0.01, 2))
            facts.append((booked, -note.invoice_line_ids.balance))
        return start, end, facts

    def sum_by_month(self, bills, method):
        currency, total = self.company.currency_id, {}
        for start, end, facts in bills:
            segments = []
            for booked, amount in facts:
                shape = (start, end) if method != "on_usage" else (booked, booked + timedelta(1))
                units = to_minor(amount, currency)
                segments.append(Segment(units, *shape, method=method, booked=booked))
            for month, units in by_month(segments).items():
                total[month] = total.get(month, 0) + units
        return [from_minor(total.get(month, 0), currency) for month in months_between(FIRST, LAST)]

    # ------------------------------------------------------------------
    # Kept with the approval
    # ------------------------------------------------------------------

    def test_proposing_tries_it_and_the_approval_keeps_it(self):
        self.quarter()
        rule = self.propose(method="monthly", reason="Plans are sold by the month")
        rule.action_propose()
        self.assertEqual(rule.month_ids.sorted("month")[0].amount_after, 30)
        self.quarter(60)
        rule.action_backtest()
        self.assertEqual(rule.month_ids.sorted("month")[0].amount_after, 50)
        manager = new_test_user(
            self.env,
            "another_manager",
            groups="saas_deferred_revenue.group_revenue_manager",
            company_id=self.company.id,
        )
        rule.with_user(manager).action_approve()
        self.quarter(60)
        with self.assertRaisesRegex(UserError, "kept as it was"):
            rule.action_backtest()
        for change in (
            lambda months: months.write({"amount_after": 0}),
            lambda months: months.unlink(),
            lambda months: months.create({"rule_id": rule.id, "month": "2024-01-01"}),
        ):
            with self.assertRaisesRegex(UserError, "decided on"), self.env.cr.savepoint():
                change(rule.sudo().month_ids)
        self.assertEqual(rule.month_ids.sorted("month")[0].amount_after, 50)

    def test_a_month_is_told_once(self):
        rule = self.propose()
        rule.action_backtest()
        with (
            self.assertRaises(UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            rule.sudo().month_ids[0].copy()
