"""Every report adds up to the general ledger, month by month."""

from datetime import date

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.revenue_close_sql import month_entries
from ..recognition.calendar import months_between
from .common import MANAGER, RevenueCommon, month

MONTHS = months_between(month("2025-01"), month("2025-06"))


@tagged("post_install", "-at_install")
class TestReports(RevenueCommon):
    """Half a year with a late invoice, a credit note, a foreign one and an amendment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.setup_other_currency("EUR", rates=[("2025-01-01", 0.8), ("2025-03-01", 0.9)])
        cls.quarter = cls.post_invoice(
            "2025-01-01",
            cls.prepare_line(90, "2025-01-01", "2025-04-01"),
            cls.prepare_line(10),
        )
        cls.foreign = cls.post_invoice(
            "2025-01-15",
            cls.prepare_line(100, "2025-01-15", "2025-07-15"),
            currency_id=cls.euro.id,
            partner_id=cls.partner_b.id,
        )
        cls.Run._post_month(cls.company, month("2025-01"))
        cls.late = cls.post_invoice("2025-01-20", cls.prepare_line(365, "2025-01-20", "2026-01-20"))
        for text in ("2025-02", "2025-03"):
            cls.Run._post_month(cls.company, month(text))
        note = cls.foreign._reverse_moves([{"invoice_date": "2025-04-10", "date": "2025-04-10"}])
        note.invoice_line_ids.price_unit = 40
        note.action_post()
        amendment = cls.env["saas.revenue.amendment"].create(
            {
                "schedule_id": cls.late.saas_revenue_schedule_ids.id,
                "date": "2025-05-01",
                "reason": "Cancelled",
            }
        )
        amendment.action_propose()
        amendment.with_user(cls.create_person("max", MANAGER)).action_approve()
        for text in ("2025-04", "2025-05", "2025-06"):
            cls.Run._post_month(cls.company, month(text))
        cls.env.flush_all()

    def get_sums(self, model, groupby, *domain, measure="company_amount"):
        """`{group: sum}` of a report for the company, zeros left out."""
        rows = self.env[model]._read_group(
            [*self.own_company, *domain], [groupby], [f"{measure}:sum"]
        )
        return {key: round(total, 2) for key, total in rows if round(total, 2)}

    def get_figures(self):
        return self.Proof._get_month_figures(self.company, MONTHS[0], MONTHS[-1])

    def get_balance(self, last_day):
        return self.balance(self.deferred_account, last_day)

    # ── contract liability ───────────────────────────────────────────────────────────────────

    def test_movements_up_to_a_day_are_what_is_deferred_on_it(self):
        for day in (date(2025, 1, 31), date(2025, 4, 10), date(2025, 4, 30), date(2025, 6, 30)):
            sums = self.get_sums("saas.revenue.movement", "company_id", ("date", "<=", day))
            self.assertEqual(sum(sums.values()), self.get_balance(day), day)

    def test_movements_tell_what_documents_brought_and_what_was_recognised(self):
        sums = self.get_sums("saas.revenue.movement", "kind")
        self.assertEqual(set(sums), {"billed", "credited", "recognised", "recognised_prior"})
        self.assertEqual(sums["billed"], 90 + 125 + 365)
        self.assertEqual(sums["credited"], -50)
        self.assertEqual(sums["recognised"] + sums["recognised_prior"], -self.balance_recognised())

    def balance_recognised(self):
        return sum(self.posted_by_month().values())

    def test_the_roll_forward_goes_from_opening_to_closing_and_meets_the_ledger(self):
        rows = self.env["saas.revenue.rollforward"].search(
            [*self.own_company, ("month", "<=", MONTHS[-1])], order="month"
        )
        self.assertEqual(rows.mapped("month"), MONTHS)
        figures, before = self.get_figures(), 0
        for row in rows:
            moved = sum(
                row[name]
                for name in (
                    "opening_position",
                    "billed",
                    "credited",
                    "reversed",
                    "written_off",
                    "amended",
                    "recognised",
                    "recognised_prior",
                    "exchange",
                )
            )
            self.assertAlmostEqual(row.opening, before)
            self.assertAlmostEqual(row.opening + moved, row.closing)
            self.assertAlmostEqual(row.closing, float(figures[row.month]["deferred"]))
            self.assertEqual((row.ledger_balance, row.difference), (row.closing, 0))
            self.assertEqual(row.amended, 0)
            before = row.closing

    def test_a_manual_entry_on_the_account_is_a_difference(self):
        self.is_tampered = True
        self.env["account.move"].create(
            {
                "date": "2025-03-10",
                "journal_id": self.rule.journal_id.id,
                "line_ids": [
                    Command.create({"account_id": account.id, "balance": balance})
                    for account, balance in (
                        (self.deferred_account, -7),
                        (self.revenue_account, 7),
                    )
                ],
            }
        ).action_post()
        self.env.flush_all()
        rows = self.env["saas.revenue.rollforward"].search(
            [*self.own_company, ("difference", "!=", 0), ("month", "<=", MONTHS[-1])]
        )
        self.assertEqual(rows.mapped("difference"), [7] * 4)
        self.assertEqual(min(rows.mapped("month")), month("2025-03"))

    def test_a_month_opens_its_movements(self):
        row = self.env["saas.revenue.rollforward"].search(
            [*self.own_company, ("month", "=", month("2025-02"))]
        )
        domain = row.action_open_movements()["domain"]
        movements = self.env["saas.revenue.movement"].search(domain)
        self.assertAlmostEqual(sum(movements.mapped("company_amount")), row.closing - row.opening)

    # ── revenue ──────────────────────────────────────────────────────────────────────────────

    def test_recognised_revenue_is_that_of_the_ledger(self):
        rows = self.env["saas.revenue.recognised"].search(self.own_company)
        for start, figures in self.get_figures().items():
            own = rows.filtered(lambda row, first=start: row.date.replace(day=1) == first)
            self.assertAlmostEqual(
                sum(own.mapped("company_amount")), float(figures["recognised"]), msg=start
            )

    def test_a_receipt_is_revenue_of_its_day_everywhere(self):
        self.post_invoice("2025-08-05", self.prepare_line(50), move_type="out_receipt")
        august = month("2025-08")
        figures = self.Run._get_month_figures(self.company, august, august)
        self.assertEqual(figures[august]["recognised"], 50)
        told = self.env["saas.revenue.recognised"].search(
            [*self.own_company, ("period", "=", august), ("origin", "=", "at_once")]
        )
        self.assertEqual(sum(told.mapped("company_amount")), 50)
        entries = month_entries(self.company.id, august, month("2025-09"), [])
        rows = self.env.execute_query_dict(entries)
        self.assertEqual([row["recognised_amount"] for row in rows], [50])

    def test_revenue_is_told_by_where_it_comes_from(self):
        sums = self.get_sums("saas.revenue.recognised", "origin", ("period", "=", "2025-02-01"))
        self.assertEqual(set(sums), {"period", "prior"})
        self.assertEqual(sums["prior"], 12, "twelve days of January of the invoice that came late")
        at_once = self.get_sums("saas.revenue.recognised", "origin", ("period", "=", "2025-01-01"))
        self.assertEqual(at_once["at_once"], 10)

    def test_a_month_that_earns_nothing_is_not_due(self):
        trial = self.post_invoice("2025-06-10", self.prepare_line(0, "2025-06-10", "2025-06-24"))
        paid = self.post_invoice("2025-06-10", self.prepare_line(14, "2025-06-10", "2025-06-24"))
        for invoice, state in ((trial, "posted"), (paid, "due")):
            months = invoice.saas_revenue_schedule_ids.month_ids
            self.assertEqual(months.mapped("state"), [state])

    # ── refundable ───────────────────────────────────────────────────────────────────────────

    def test_the_refundable_liability_is_what_is_deferred(self):
        sums = self.get_sums("saas.revenue.refundable", "company_id")
        self.assertEqual(sum(sums.values()), self.get_balance("2025-12-31"))

    def test_an_unpaid_invoice_is_past_due(self):
        sums = self.get_sums("saas.revenue.refundable", "risk")
        self.assertEqual(set(sums), {"past_due"}, "nobody paid the foreign one")

    # ── waterfall ────────────────────────────────────────────────────────────────────────────

    def test_the_waterfall_as_of_any_day_is_what_was_deferred_on_it(self):
        for day in (date(2025, 1, 31), date(2025, 4, 30), date(2025, 6, 30)):
            report = self.env["saas.revenue.waterfall.month"].with_context(revenue_as_of=day)
            sums = dict(report._read_group(self.own_company, ["horizon"], ["company_amount:sum"]))
            # January's run did not know the late invoice yet; the run of February brought its days.
            not_posted = 12 if day == date(2025, 1, 31) else 0
            self.assertAlmostEqual(sum(sums.values()), self.get_balance(day) - not_posted)

    def test_what_is_earned_within_a_year_is_told_from_what_comes_later(self):
        self.post_invoice("2025-06-01", self.prepare_line(730, "2025-07-01", "2027-07-01"))
        self.env.flush_all()
        report = self.env["saas.revenue.waterfall.month"].with_context(revenue_as_of="2025-06-30")
        rows = report._read_group(
            [*self.own_company, ("partner_id", "=", self.partner_a.id)],
            ["horizon"],
            ["company_amount:sum"],
        )
        self.assertEqual(dict(rows), {"year": 365, "later": 365})

    def test_a_wizard_opens_the_waterfall_of_its_day(self):
        wizard = self.env["saas.revenue.waterfall.day"].create({"as_of": "2025-03-31"})
        action = wizard.action_show()
        self.assertEqual(action["context"], {"revenue_as_of": "2025-03-31"})
        self.assertIn("03/31/2025", action["display_name"])

    # ── all of them ──────────────────────────────────────────────────────────────────────────

    def test_every_report_can_be_grouped_by_all_that_it_shows(self):
        for model, groups in (
            ("saas.revenue.movement", ("kind", "date:month", "deferred_account_id")),
            ("saas.revenue.recognised", ("origin", "period:month", "revenue_account_id")),
            ("saas.revenue.refundable", ("risk", "deferred_account_id")),
        ):
            whole = sum(self.get_sums(model, "company_id").values())
            for group in (*groups, "partner_id", "product_id", "catalog_mapping_id", "currency_id"):
                with self.subTest(f"{model} by {group}"):
                    sums = self.get_sums(model, group)
                    self.assertAlmostEqual(sum(sums.values()), whole)

    def test_ids_of_rows_are_unique(self):
        for model in ("movement", "recognised", "refundable", "rollforward", "waterfall.month"):
            query = self.env[f"saas.revenue.{model}"]._table_query
            [[count, ids]] = self.env.execute_query(
                SQL("SELECT COUNT(*), COUNT(DISTINCT id) FROM (%s) report", query)
            )
            self.assertEqual(count, ids, model)
