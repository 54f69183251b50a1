"""Deferred revenue to come: the closed form month by month, and the ledger's balance in all."""

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from odoo.tests import tagged

from ..recognition.calendar import METHODS, month_start, next_month
from ..recognition.closed_form import Segment, recognised_before
from .common import RevenueCommon, month

INVOICES = 40
DEFERRED_METHODS = [method for method in METHODS if method != "on_usage"]


@tagged("post_install", "-at_install")
class TestWaterfall(RevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.setup_other_currency("EUR", rates=[("2025-01-01", 0.8)])
        cls.Waterfall = cls.env["saas.revenue.waterfall"]

    def get_waterfall(self, text, **options):
        return self.Waterfall._get_waterfall(self.company, date.fromisoformat(text), **options)

    def by_month(self, text, **options):
        return {
            str(row["month"])[:7]: float(row["company_amount"])
            for row in self.get_waterfall(text, **options)
        }

    def post_quarter(self, day="2025-01-01", amount=90, **values):
        return self.post_invoice(
            day, self.prepare_line(amount, "2025-01-01", "2025-04-01"), **values
        )

    def test_each_month_has_what_it_will_earn(self):
        self.post_quarter()
        self.assertEqual(
            self.by_month("2024-12-31"), {}, "what was booked later was not known on that day"
        )
        self.assertEqual(self.by_month("2025-01-01"), {"2025-01": 30, "2025-02": 28, "2025-03": 31})
        self.assertEqual(self.by_month("2025-01-31"), {"2025-02": 28, "2025-03": 31})
        self.assertEqual(self.by_month("2025-02-10"), {"2025-02": 18, "2025-03": 31})
        self.assertEqual(self.by_month("2025-03-31"), {})

    def test_what_comes_after_the_months_is_one_amount(self):
        self.post_quarter()
        self.assertEqual(self.by_month("2025-01-01", months=1), {"2025-01": 30, "None": 59})

    def test_a_credit_counts_from_its_own_day(self):
        invoice = self.post_quarter()
        self.credit(invoice, "2025-02-01", amount=45)
        self.assertEqual(self.by_month("2025-01-31"), {"2025-02": 28, "2025-03": 31})
        self.assertEqual(self.by_month("2025-02-01"), {"2025-02": 13.5, "2025-03": 15.5})

    def test_groups_add_up_to_the_whole(self):
        self.post_quarter(currency_id=self.euro.id)
        self.post_quarter(amount=45, partner_id=self.partner_b.id)
        rows = self.get_waterfall("2025-02-28", group_by=("partner_id", "currency_id"))
        march = date(2025, 3, 1)
        dollar = self.company.currency_id.id
        self.assertCountEqual(
            [tuple(row.values()) for row in rows],
            [
                (march, self.partner_a.id, self.euro.id, Decimal("38.75")),
                (march, self.partner_b.id, dollar, Decimal("15.50")),
            ],
        )


@tagged("post_install", "-at_install")
class TestWaterfallOfMany(RevenueCommon):
    """Invoices of all methods, both currencies and both signs, some of them credited later."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.setup_other_currency("EUR", rates=[("2025-01-01", 0.8)])
        cls.Waterfall = cls.env["saas.revenue.waterfall"]
        cls.post_random_invoices()

    def get_waterfall(self, day, **options):
        return self.Waterfall._get_waterfall(self.company, day, **options)

    @classmethod
    def post_random_invoices(cls):
        documents, pick = [], random.Random(20260103)
        for _number in range(INVOICES):
            day = date(2025, 1, 1) + timedelta(days=pick.randrange(300))
            start = day + timedelta(days=pick.randrange(-40, 60))
            end = max(start, day) + timedelta(days=pick.randrange(2, 700))
            line = cls.prepare_line(pick.randrange(1, 99999) / 100, start, end)
            line[2]["product_id"] = pick.choice((cls.product_a, cls.product_b)).id
            documents.append(
                cls.prepare_invoice(
                    day,
                    line,
                    currency_id=pick.choice((cls.euro, cls.company.currency_id)).id,
                    partner_id=pick.choice((cls.partner_a, cls.partner_b)).id,
                )
            )
        for number, method in enumerate(DEFERRED_METHODS):
            cls.rule.flush_recordset()
            cls.env.cr.execute(
                "UPDATE saas_revenue_rule SET method = %s WHERE id = %s", [method, cls.rule.id]
            )
            cls.rule.invalidate_recordset()
            invoices = cls.env["account.move"].create(documents[number :: len(DEFERRED_METHODS)])
            invoices.action_post()
            for invoice in invoices[::4]:
                cls.credit(cls, invoice, invoice.date + timedelta(days=50))

    def expect(self, day, months, key):
        """`{(*key, month): minor units}` from the plain functions; month None for later."""
        found, first = Counter(), day + timedelta(days=1)
        last = month_start(first) + relativedelta(months=months)
        for each in self.env["saas.revenue.segment"].search(self.own_company):
            if each.booking_date > day:
                continue
            segment = Segment(
                round(each.company_amount * 100), each.date_start, each.date_end, each.method
            )
            before, done = first, recognised_before(segment, first)
            while before < last:
                until = next_month(before)
                to_date = recognised_before(segment, until)
                found[(*key(each), month_start(before))] += to_date - done
                before, done = until, to_date
            found[(*key(each), None)] += segment.amount - done
        return {key: amount for key, amount in found.items() if amount}

    def test_it_equals_the_plain_functions(self):
        groups = {
            (): lambda _segment: (),
            ("product_id", "currency_id"): lambda segment: (
                segment.schedule_id.product_id.id,
                segment.schedule_id.currency_id.id,
            ),
        }
        for text in ("2025-01-31", "2025-04-10", "2025-08-31", "2025-12-31", "2026-10-15"):
            for names, key in groups.items():
                day = date.fromisoformat(text)
                rows = self.get_waterfall(day, months=7, group_by=names)
                found = {
                    (*(row[name] for name in names), row["month"]): int(row["company_amount"] * 100)
                    for row in rows
                }
                self.assertEqual(found, self.expect(day, 7, key), text)

    def test_its_total_is_the_balance_of_the_ledger(self):
        for text in ("2025-03", "2025-07", "2025-12", "2026-02"):
            self.run_month(text)  # months between come as catch-up
            end = next_month(month(text))
            last_day = end - timedelta(days=1)
            rows = self.get_waterfall(last_day, group_by=("deferred_account_id",))
            [balance] = self.Proof._check_deferred(self.company, end)
            self.assertEqual(
                float(sum(row["company_amount"] for row in rows)), balance["right_amount"], text
            )

    def test_each_amount_is_where_the_months_of_the_schedules_have_it(self):
        """Two ways to the same months: this one, and the report of each schedule."""
        rows = self.env["saas.revenue.schedule.month"]._read_group(
            [("company_id", "=", self.company.id), ("month", ">=", "2026-01-01")],
            ["month:month"],
            ["company_amount:sum"],
        )
        found = self.get_waterfall(date(2025, 12, 31), months=120)
        self.assertEqual(
            {row["month"]: float(row["company_amount"]) for row in found},
            {day: round(amount, 2) for day, amount in rows if round(amount, 2)},
        )
