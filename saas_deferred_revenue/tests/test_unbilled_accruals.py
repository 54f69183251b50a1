"""Unbilled prorations: earned at the month's end, taken back on the next day, billed later."""

import random
from datetime import date, timedelta
from decimal import Decimal

import psycopg2
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models import revenue_accrual_sql
from ..recognition import closed_form
from .common import RevenueCommon, month


@tagged("post_install", "-at_install")
class TestUnbilledAccruals(RevenueCommon):
    """A plan billed monthly in arrears is upgraded on 15 January: −50.00 and +80.00 wait."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.unbilled = cls.env["account.account"].create(
            {"name": "Unbilled Receivable", "code": "118800", "account_type": "asset_current"}
        )
        cls.rule = cls.rule.browse(cls.rule.action_new_version()["res_id"])
        cls.rule.write({"accrue_unbilled": True, "unbilled_account_id": cls.unbilled.id})
        cls.rule.sudo().action_approve()
        cls.connection = (
            cls.env["saas.billing.connection"]
            .sudo()
            .create({"name": "Unbilled", "account": "acct_unb", "company_id": cls.company.id})
        )
        cls.price = (
            cls.env["saas.catalog.mapping"]
            .sudo()
            .create(
                {
                    "connection_id": cls.connection.id,
                    "external_id": "price_1",
                    "name": "Plan",
                    "product_id": cls.product_a.id,
                }
            )
        )
        cls.Item = cls.env["saas.pending.item"].sudo()
        cls.Accrual = cls.env["saas.revenue.accrual"]

    def wait(self, amount, start="2025-01-15", end="2025-02-01", **values):
        """An item that waits from its first day of service on."""
        return self.Item.create(
            {
                "name": "Proration",
                "external_id": f"ii_{self.Item.search_count([])}",
                "connection_id": self.connection.id,
                "partner_id": self.partner_a.id,
                "catalog_mapping_id": self.price.id,
                "currency_id": self.company.currency_id.id,
                "amount": amount,
                "proration": True,
                "service_start": start,
                "service_end": end,
                "created_on": start,
                **values,
            }
        )

    def upgrade(self, **values):
        return self.wait(-50, **values) | self.wait(80, **values)

    def bill(self, day, items):
        """The invoice of the provider for the items."""
        lines = [
            self.prepare_line(
                item.amount,
                item.service_start,
                item.service_end,
                saas_invoice_item_id=item.external_id,
            )
            for item in items
        ]
        invoice = self.post_invoice(day, *lines, saas_connection_id=self.connection.id)
        self.Item._settle(self.connection, items.mapped("external_id"))
        return invoice

    def recognised(self, first="2025-01", last="2025-04"):
        figures = self.Run._get_month_figures(self.company, month(first), month(last))
        return [float(each["recognised"]) for each in figures.values()]

    def accrued(self, text="2025-01"):
        rows = self.Accrual.search([("period", "=", month(text))])
        return sorted(rows.mapped("amount"))

    # ── where it came from ───────────────────────────────────────────────────────────────────

    def test_the_trace_of_an_accrual_leads_to_the_event_of_its_item(self):
        (item,) = self.wait(80)
        event = (
            self.env["saas.billing.event"]
            .sudo()
            .create(
                {
                    "connection_id": self.connection.id,
                    "external_id": "evt_waits",
                    "event_type": "invoiceitem.created",
                    "track": "accounting",
                    "occurred_at": "2025-01-15",
                    "received_at": "2025-01-15",
                }
            )
        )
        self.env["saas.billing.trace"].sudo().create(
            {
                "event_id": event.id,
                "res_model": item._name,
                "res_id": item.id,
                "effect": "created",
            }
        )
        run = self.run_month("2025-01")
        accrual = self.Accrual.search([("run_id", "=", run.id)])
        trace = self.env["saas.revenue.trace"]
        for start in (run, *run.move_ids, *run.move_ids.line_ids, event):
            with self.subTest(start.display_name):
                steps = trace.get_story(start._name, start.id)["steps"]
                told = {(step["model"], step["res_id"]) for step in steps}
                chain = (event, accrual, run, *run.move_ids, item)
                self.assertLessEqual({(each._name, each.id) for each in chain}, told)

    # ── what is booked ───────────────────────────────────────────────────────────────────────

    def test_upgrade_is_revenue_of_its_month_although_billed_in_the_next(self):
        items = self.upgrade()
        run = self.run_month("2025-01")
        entry, reversal = run.move_ids.sorted("date")
        days = [str(each.date) for each in (entry, reversal)]
        self.assertEqual(days, ["2025-01-31", "2025-02-01"])
        self.assertEqual(reversal.reversed_entry_id, entry)
        self.assertRecordValues(
            entry.line_ids.sorted("balance"),
            [
                {"account_id": self.revenue_account.id, "balance": -30},
                {"account_id": self.unbilled.id, "balance": 30},
            ],
        )
        self.assertEqual(self.balance(self.unbilled, "2025-01-31"), -30)
        self.assertEqual(self.balance(self.unbilled, "2025-02-01"), 0)
        self.bill("2025-02-01", items)
        self.assertEqual(set(items.mapped("state")), {"invoiced"})
        self.run_month("2025-02")
        self.assertEqual(self.recognised(), [30, 0, 0, 0])

    def test_months_are_as_served_however_late_the_invoice_is(self):
        """One a day for a year; the accruals of January and February, then a deferred invoice."""
        item = self.wait(365, "2025-01-15", "2026-01-15")
        self.run_months("2025-01", "2025-02")
        self.assertEqual((self.accrued("2025-01"), self.accrued("2025-02")), ([17], [45]))
        self.bill("2025-03-10", item)
        self.run_months("2025-03", "2025-04")
        self.assertEqual(self.accrued("2025-03"), [])
        self.assertEqual(self.recognised(), [17, 28, 31, 30])

    def test_the_accrual_is_distributed_as_the_line_of_the_invoice_will_be(self):
        plan = self.env["account.analytic.plan"].create({"name": "Teams"})
        team = self.env["account.analytic.account"].create({"name": "Core", "plan_id": plan.id})
        distribution = {str(team.id): 100}
        model = self.env["account.analytic.distribution.model"].create(
            {
                "account_prefix": self.revenue_account.code,
                "product_id": self.product_a.id,
                "analytic_distribution": distribution,
                "company_id": self.company.id,
            }
        )
        items = self.upgrade()
        run = self.run_month("2025-01")
        self.assertEqual(run.move_ids.line_ids.mapped("analytic_distribution"), [distribution] * 4)
        invoice = self.bill("2025-02-01", items)
        self.assertEqual(invoice.invoice_line_ids[0].analytic_distribution, distribution)
        model.unlink()
        reversal = run._reverse("Again")
        self.assertEqual(
            reversal.move_ids.line_ids.mapped("analytic_distribution"), [distribution] * 4
        )

    def test_a_skipped_month_is_in_the_next_one(self):
        self.wait(365, "2025-01-15", "2026-01-15")
        self.run_month("2025-02")
        self.assertEqual(self.recognised("2025-01", "2025-02"), [0, 45])

    def test_foreign_currency_at_the_rate_of_the_last_day(self):
        euro = self.setup_other_currency("EUR", rates=[("2025-01-01", 0.8), ("2025-02-01", 0.9)])
        self.upgrade(currency_id=euro.id)
        run = self.run_month("2025-01")
        self.assertRecordValues(
            self.Accrual.search([("run_id", "=", run.id)]).sorted("amount"),
            [{"amount": -50, "company_amount": -62.5}, {"amount": 80, "company_amount": 100}],
        )
        entry, reversal = run.move_ids.sorted("date")
        for move, expected in (
            (entry, [(-50, -62.5), (80, 100)]),
            (reversal, [(-80, -100), (50, 62.5)]),
        ):
            lines = move.line_ids.filtered(lambda line: line.account_id == self.unbilled)
            found = lines.mapped(lambda line: (line.amount_currency, line.balance))
            self.assertEqual(sorted(found), expected)

    def test_in_a_locked_month_both_entries_take_the_first_open_day(self):
        self.upgrade()
        self.company.fiscalyear_lock_date = "2025-02-14"
        run = self.run_month("2025-01")
        self.assertEqual({str(day) for day in run.move_ids.mapped("date")}, {"2025-02-15"})
        self.assertEqual(self.accrued(), [-50, 80])

    def test_items_that_add_up_to_nothing_need_no_entry(self):
        self.wait(-50), self.wait(50)
        run = self.run_month("2025-01")
        self.assertFalse(run.move_ids)
        self.assertEqual(self.accrued(), [-50, 50])

    # ── which items ──────────────────────────────────────────────────────────────────────────

    def test_only_what_waited_at_the_end_of_the_month_accrues(self):
        self.wait(1, state="invoiced", settled_on="2025-01-31")
        self.wait(2, state="deleted", settled_on="2025-01-20")
        self.wait(4, state="deleted", settled_on="2025-02-01")
        self.wait(8, created_on="2025-02-01")
        self.wait(16, proration=False)
        self.wait(32, "2025-01-15", "2025-01-15")
        self.wait(64, "2025-02-01", "2025-03-01", created_on="2025-01-15")
        self.run_month("2025-01")
        self.assertEqual(self.accrued(), [4])

    def test_a_price_that_contains_tax_does_not_accrue_and_the_preview_says_so(self):
        self.price.tax_behavior = "inclusive"
        items = self.upgrade()
        run = self.Run.create({"company_id": self.company.id, "period": "2025-01-01"})
        run.action_preview()
        self.assertFalse(run.accrual_line_ids)
        self.assertRecordValues(
            run.blocker_line_ids, [{"kind": "warning", "company_amount": 30, "record_count": 2}]
        )
        action = run.blocker_line_ids.action_open_records()
        self.assertEqual(self.Item.search(eval(action["domain"])), items.sorted("id", reverse=True))

    def test_without_the_rule_s_consent_nothing_accrues(self):
        self.rule = self.rule.browse(self.rule.action_new_version()["res_id"])
        self.rule.accrue_unbilled = False
        self.approve(self.rule)
        self.assertEqual(self.upgrade().saas_revenue_rule_id, self.rule)
        self.assertFalse(self.run_month("2025-01"))

    def test_an_item_keeps_the_rule_that_it_arrived_under(self):
        items = self.upgrade()
        self.assertEqual(items.saas_revenue_rule_id, self.rule)
        self.assertEqual(items.saas_revenue_account_id, self.revenue_account)
        self.approve(self.rule.browse(self.rule.action_new_version()["res_id"]))
        self.run_month("2025-01")
        other = self.product_a.copy({"name": "Other"})
        other.property_account_income_id = self.revenue_account.copy({"name": "Other"})
        self.price.product_id = other
        self.assertEqual(items.saas_revenue_rule_id, self.rule)
        self.assertEqual(items.saas_revenue_account_id, self.revenue_account)

    def test_a_rule_that_accrues_needs_an_account_and_a_method(self):
        for values in (
            {"unbilled_account_id": False},
            {"unbilled_account_id": self.company_data["default_account_receivable"].id},
            {"method": "on_usage"},
        ):
            with self.assertRaises(ValidationError):
                self.rule.copy({"code": "WRONG", **values})

    def test_sql_equals_python(self):
        pick = random.Random(20260103)
        expected = {}
        for _number in range(150):
            start = date(2025, 1, 1) + timedelta(days=pick.randrange(90))
            end = start + timedelta(days=pick.randrange(1, 500))
            amount = pick.randrange(-(10**6), 10**6) or 1
            item = self.wait(amount / 100, start, end)
            segment = closed_form.Segment(amount, start, end)
            expected[item.id] = closed_form.recognised_before(segment, date(2025, 4, 1))
        rows = self.Run._get_accrual_rows(self.company, month("2025-03"))
        found = self.env.execute_query(SQL("SELECT item_id, amount::text FROM (%s) due", rows))
        self.assertEqual(
            {item: int(Decimal(amount) * 100) for item, amount in found},
            {item: amount for item, amount in expected.items() if amount},
        )

    # ── again, late, undone ──────────────────────────────────────────────────────────────────

    def test_again_posts_nothing_and_a_late_item_comes_with_the_next_run(self):
        self.upgrade()
        self.run_month("2025-01")
        self.assertFalse(self.run_month("2025-01"))
        self.wait(7)
        late = self.run_month("2025-01")
        self.assertEqual(late.accrual_ids.mapped("amount"), [7])
        self.assertFalse(self.run_month("2025-01"))

    def test_a_later_rate_changes_nothing_that_is_booked(self):
        euro = self.setup_other_currency("EUR", rates=[("2025-01-01", 0.8)])
        self.wait(80, currency_id=euro.id)
        self.run_month("2025-01")
        euro.rate_ids.create({"currency_id": euro.id, "name": "2025-01-30", "rate": 0.5})
        self.assertFalse(self.run_month("2025-01"))

    def test_an_invoice_of_the_month_that_came_late_takes_the_accrual_back(self):
        items = self.upgrade()
        self.run_month("2025-01")
        self.bill("2025-01-31", items)
        again = self.run_month("2025-01")
        self.assertEqual(sorted(again.accrual_ids.mapped("amount")), [-80, 50])
        self.assertEqual(self.recognised(), [30, 0, 0, 0])

    def test_a_reversing_run_takes_the_accrual_and_its_reversal_back(self):
        self.upgrade()
        run = self.run_month("2025-01")
        undo = self.env["saas.revenue.run.undo"].create({"run_id": run.id, "reason": "Early"})
        reversal = self.Run.browse(undo.action_undo()["res_id"])
        self.assertEqual(sorted(reversal.accrual_ids.mapped("amount")), [-80, 50])
        self.assertEqual(reversal.accrued_company_amount, -30)
        self.assertEqual(self.recognised(), [0, 0, 0, 0])
        self.run_month("2025-01")
        self.assertEqual(self.recognised(), [30, -30, 0, 0])

    def test_rows_are_only_ever_added_and_once(self):
        self.upgrade()
        self.run_month("2025-01")
        accrual = self.Accrual.search([], limit=1)
        with self.assertRaises(UserError):
            accrual.sudo().write({"amount": 1})
        with (
            self.assertRaises(psycopg2.IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute("UPDATE saas_revenue_accrual SET amount = 1")
        self.env.cr.execute(
            "SELECT 1 FROM pg_constraint WHERE conname = 'saas_revenue_accrual_run_item_unique'"
        )
        self.assertTrue(self.env.cr.fetchone())

    # ── what people see ──────────────────────────────────────────────────────────────────────

    def test_preview_shows_the_accrual_as_lines_of_its_own_and_equals_the_posting(self):
        self.post_invoice("2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01"))
        self.upgrade()
        run = self.Run.create({"company_id": self.company.id, "period": "2025-01-01"})
        run.action_preview()
        run.action_preview()
        expected = {
            "kind": "accrual",
            "deferred_account_id": self.unbilled.id,
            "revenue_account_id": self.revenue_account.id,
            "company_amount": 30,
            "record_count": 2,
        }
        self.assertRecordValues(run.accrual_line_ids, [expected])
        self.assertFalse(run.blocker_line_ids)
        self.assertFalse(run.accrual_ids)
        run.action_post()
        self.assertRecordValues(run.accrual_line_ids, [expected])
        self.assertRecordValues(run, [{"company_amount": 31, "accrued_company_amount": 30}])
        self.assertEqual(run.amount_line_ids.company_amount, 31)

    def test_the_scheduled_action_finds_the_first_month_with_something_to_accrue(self):
        items = self.upgrade()
        self.assertEqual(self.Run._get_first_due_month(self.company), month("2025-01"))
        self.run_month("2025-01")
        self.assertEqual(self.Run._get_first_due_month(self.company), month("2025-02"))
        self.bill("2025-02-01", items)
        self.assertIsNone(self.Run._get_first_due_month(self.company))

    def test_a_close_waits_for_the_accrual(self):
        self.upgrade()
        close = self.env["saas.revenue.close"].create({"period": "2025-01-01"})
        self.assertEqual(close._check_run()["company_amount"], 30)
        self.run_month("2025-01")
        self.assertEqual(close._check_run()["state"], "done")

    # ── the proof ────────────────────────────────────────────────────────────────────────────

    def unbilled_results(self, text):
        results = self.Proof._check_recognised(self.company, month(text), date(2025, 2, 1))
        return [
            (each["left_amount"], each["right_amount"], each["difference_class"])
            for each in results
            if each["account_id"] == self.unbilled.id
        ]

    def test_the_report_of_recognised_revenue_has_them_on_both_days(self):
        self.upgrade()
        self.run_month("2025-01")
        self.env.flush_all()
        report = self.env["saas.revenue.recognised"]
        rows = report.search([*self.own_company, ("origin", "=", "unbilled")])
        figures = self.Proof._get_month_figures(self.company, month("2025-01"), month("2025-02"))
        for first, own in rows.grouped("period").items():
            self.assertAlmostEqual(
                sum(own.mapped("company_amount")), float(figures[first]["recognised"]), msg=first
            )
        self.assertEqual(sum(rows.mapped("company_amount")), 0)
        self.assertEqual(len(rows), 4)

    def test_accruals_are_the_balance_of_the_unbilled_account(self):
        self.upgrade()
        self.run_month("2025-01")
        self.assertEqual(self.unbilled_results("2025-01"), [(-30, -30, None)])

    def test_a_manual_entry_on_the_unbilled_account_is_named(self):
        self.is_tampered = True
        self.env["account.move"].create(
            {
                "date": "2025-01-20",
                "line_ids": [
                    (0, 0, {"account_id": self.unbilled.id, "debit": 7, "name": "Oops"}),
                    (0, 0, {"account_id": self.revenue_account.id, "credit": 7}),
                ],
            }
        ).action_post()
        self.assertEqual(self.unbilled_results("2025-01"), [(0, -7, None), (0, -7, "manual")])

    def test_rows_of_months_without_a_rate_have_no_company_amount(self):
        """How the scheduled action asks: it wants to know the month only."""
        self.upgrade()
        self.Run._flush_for_accruals()
        first = month("2025-01")
        rows = revenue_accrual_sql.due_rows(self.company.id, first, first, rates={})
        found = self.env.execute_query(SQL("SELECT amount, company_amount FROM (%s) due", rows))
        self.assertEqual({company for _amount, company in found}, {None})
