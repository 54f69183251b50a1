"""Rules: versions, approval, matching, and what every company starts with."""

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import RevenueCommon


@tagged("post_install", "-at_install")
class TestRules(RevenueCommon):
    def defer(self, **values):
        line = self.prepare_line(90, "2025-01-01", "2025-04-01", **values)
        return self.post_invoice("2025-01-01", line).saas_revenue_schedule_ids

    def test_chart_of_accounts_brings_an_approved_rule(self):
        self.assertRecordValues(
            self.rule,
            [{"state": "approved", "method": "daily", "version": 1, "code": "RECURRING"}],
        )
        self.assertEqual(self.deferred_account.account_type, "liability_current")
        self.assertEqual(self.rule.journal_id.code, "SREV")
        self.assertEqual(self.company._get_or_create_default_revenue_rule(), self.rule)

    def test_another_chart_of_accounts_can_replace_the_first(self):
        other = self.setup_other_company(name="Chartless")["company"]
        first = self.env["saas.revenue.rule"].search([("company_id", "=", other.id)])
        other.chart_template = False  # as if the first had been another template
        self.env["account.chart.template"].try_loading("generic_coa", other, install_demo=False)
        second = self.env["saas.revenue.rule"].search([("company_id", "=", other.id)])
        self.assertFalse(first.exists())
        self.assertEqual(second.state, "approved")

    def map_price(self, **values):
        """A price of the biller, and what a line of it carries."""
        connections = self.env["saas.billing.connection"].sudo()
        connection = connections.create(
            {"name": "Prices", "account": "acct_rules", "company_id": self.company.id}
        )
        price = {"connection_id": connection.id, "external_id": "price_1", "name": "Plan"}
        mapping = self.env["saas.catalog.mapping"].sudo().create({**price, **values})
        return {"saas_catalog_mapping_id": mapping.id}

    def test_a_price_names_its_rule_and_follows_its_versions(self):
        monthly = self.rule.copy(
            {"code": "MONTHLY", "method": "monthly", "sequence": self.rule.sequence + 1}
        )
        self.approve(monthly)
        priced = self.map_price(saas_revenue_rule_id=monthly.id)
        self.assertEqual(self.defer().rule_id, self.rule)
        self.assertEqual(self.defer(**priced).rule_id, monthly)
        newer = self.env["saas.revenue.rule"].browse(monthly.action_new_version()["res_id"])
        self.approve(newer)
        self.assertEqual(self.defer(**priced).rule_id, newer)

    def test_revenue_is_earned_on_the_income_account_of_the_price(self):
        income = self.revenue_account.copy({"name": "Plans"})
        schedule = self.defer(**self.map_price(account_id=income.id))
        self.assertEqual(schedule.revenue_account_id, income)
        self.assertEqual(schedule.move_line_id.account_id, self.deferred_account)

    def test_copy_is_a_draft_of_its_own(self):
        copy = self.rule.copy()
        self.assertRecordValues(copy, [{"code": "RECURRING-COPY", "version": 1, "state": "draft"}])

    def test_account_in_use_is_not_taken_over(self):
        other = self.setup_other_company(name="Opening")["company"]
        rule = self.env["saas.revenue.rule"].search([("company_id", "=", other.id)])
        used = rule.deferred_account_id
        accounts = self.env["account.account"].with_company(other)
        domain = [*accounts._check_company_domain(other), ("account_type", "=", "income")]
        income = accounts.search(domain, limit=1)
        self.env["account.move"].with_company(other).create(
            {
                "company_id": other.id,
                "line_ids": [
                    (0, 0, {"account_id": used.id, "credit": 5}),
                    (0, 0, {"account_id": income.id, "debit": 5}),
                ],
            }
        )
        self.assertNotEqual(other._get_or_create_deferred_account(), used)

    def test_approved_rule_does_not_change(self):
        with self.assertRaises(UserError):
            self.rule.method = "monthly"
        with self.assertRaises(UserError):
            self.rule.state = "draft"
        with self.assertRaises(UserError):
            self.rule.unlink()
        self.rule.sequence = 5

    def test_new_version_supersedes_and_leaves_schedules_alone(self):
        before = self.defer()
        draft = self.env["saas.revenue.rule"].browse(self.rule.action_new_version()["res_id"])
        self.assertRecordValues(draft, [{"version": 2, "state": "draft", "code": "RECURRING"}])
        draft.method = "monthly"
        self.assertEqual(self.defer().rule_id, self.rule)
        self.approve(draft)
        self.assertEqual(self.rule.state, "superseded")
        after = self.defer()
        self.assertEqual((before.method, after.method), ("daily", "monthly"))
        self.run_months("2025-01", "2025-02")
        self.assertEqual(before.recognised_amount, 59)
        self.assertEqual(after.recognised_amount, 60)

    def test_most_specific_by_sequence(self):
        category = self.env["product.category"].create(
            {"name": "Plans", "parent_id": self.product_category.id}
        )
        self.product_a.categ_id = category
        other = self.copy_account(self.revenue_account)
        special = self.rule.copy(
            {
                "code": "PLANS",
                "sequence": 1,
                "product_category_id": self.product_category.id,
                "revenue_account_id": other.id,
            }
        )
        self.approve(special)
        self.assertRecordValues(
            self.defer(), [{"rule_id": special.id, "revenue_account_id": other.id}]
        )
        self.product_a.categ_id = self.env["product.category"].create({"name": "Elsewhere"})
        self.assertEqual(self.defer().rule_id, self.rule)

    def test_usage_is_income_at_the_invoice_date(self):
        usage = self.rule.copy(
            {"code": "USAGE", "sequence": 1, "method": "on_usage", "product_id": self.product_b.id}
        )
        self.approve(usage)
        self.assertFalse(self.defer(product_id=self.product_b.id))

    def test_point_in_time_waits_for_the_start(self):
        values = {"code": "EVENT", "sequence": 1, "product_id": self.product_b.id}
        event = self.rule.copy({**values, "method": "point_in_time"})
        self.approve(event)
        self.post_invoice(
            "2025-01-01",
            self.prepare_line(90, "2025-03-10", "2025-03-11", product_id=self.product_b.id),
        )
        self.run_months("2025-01", "2025-02", "2025-03")
        self.assertEqual(self.posted_by_month(), {"2025-03": 90})

    def test_accounts_must_make_sense(self):
        draft = self.rule.copy({"code": "DRAFT"})
        with self.assertRaises(ValidationError):
            draft.deferred_account_id = self.revenue_account
        with self.assertRaises(ValidationError):
            draft.revenue_account_id = self.deferred_account
        with self.assertRaises(ValidationError):
            draft.journal_id = self.company_data["default_journal_sale"]
