"""How fine a month-end entry is, by the company's choice."""

from odoo.tests import Form, tagged

from .common import RevenueCommon


@tagged("post_install", "-at_install")
class TestEntryGrouping(RevenueCommon):
    """Two products for two customers: 31.00 of 90.00, 62.00 of 180.00 and so on in January."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product_b.property_account_income_id = cls.revenue_account
        cls.partner_b.property_account_position_id = False  # it maps to other accounts
        amount = 0
        for partner in (cls.partner_a, cls.partner_b):
            for product in (cls.product_a, cls.product_b):
                amount += 90
                cls.post_invoice(
                    "2025-01-01",
                    cls.prepare_line(amount, "2025-01-01", "2025-04-01", product_id=product.id),
                    partner_id=partner.id,
                )

    def run_by(self, grouping, month="2025-01"):
        self.company.saas_revenue_grouping = grouping
        return self.run_month(month)

    def get_items(self, run):
        """`{(product, customer): revenue}`, one for each journal item on the revenue account."""
        items = run.move_ids.line_ids.filtered(lambda i: i.account_id == self.revenue_account)
        found = {(item.product_id, item.partner_id): -item.balance for item in items}
        self.assertEqual(len(found), len(items))
        self.assertEqual(len(run.move_ids.line_ids), 2 * len(items))
        return found

    def assertTied(self, run):
        """Each item is the sum of its postings, which are of its product and customer."""
        chosen = run.grouping.split("_") if run.grouping != "account" else []
        postings = self.env["saas.revenue.posting"].search([("run_id", "=", run.id)])
        self.assertEqual(len(postings), run.posting_count)
        for item in run.move_ids.line_ids:
            revenue = item.account_id == self.revenue_account
            own = item.saas_revenue_posting_ids if revenue else item.saas_deferred_posting_ids
            sign = -1 if revenue else 1
            self.assertTrue(own)
            self.assertEqual(item.balance, sign * sum(own.mapped("company_amount")))
            for name in chosen:
                self.assertEqual(own.schedule_id[f"{name}_id"], item[f"{name}_id"])

    def test_by_default_customers_and_products_share_an_item(self):
        run = self.run_by("account")
        nothing = self.env["product.product"], self.env["res.partner"]
        self.assertEqual(self.get_items(run), {nothing: 310})
        self.assertTied(run)

    def test_by_product(self):
        run, nobody = self.run_by("product"), self.env["res.partner"]
        self.assertEqual(
            self.get_items(run),
            {(self.product_a, nobody): 31 + 93, (self.product_b, nobody): 62 + 124},
        )
        self.assertTied(run)

    def test_by_customer(self):
        run, nothing = self.run_by("partner"), self.env["product.product"]
        self.assertEqual(
            self.get_items(run),
            {(nothing, self.partner_a): 31 + 62, (nothing, self.partner_b): 93 + 124},
        )
        self.assertTied(run)

    def test_by_both(self):
        run = self.run_by("product_partner")
        self.assertEqual(
            self.get_items(run),
            {
                (self.product_a, self.partner_a): 31,
                (self.product_b, self.partner_a): 62,
                (self.product_a, self.partner_b): 93,
                (self.product_b, self.partner_b): 124,
            },
        )
        self.assertTied(run)

    def test_odoo_adds_nothing_because_of_product_or_customer(self):
        self.revenue_account.tax_ids = self.tax_sale_a
        self.env["account.analytic.distribution.model"].create(
            {
                "product_id": self.product_a.id,
                "analytic_distribution": {self.create_analytic_account().id: 100},
            }
        )
        run = self.run_by("product_partner")
        items = run.move_ids.line_ids
        self.assertEqual(items.account_id, self.revenue_account | self.deferred_account)
        self.assertFalse(items.tax_ids)
        self.assertFalse(any(items.mapped("analytic_distribution")))
        self.assertEqual(set(items.mapped("name")), {run.move_ids.ref})

    def create_analytic_account(self):
        plan = self.env["account.analytic.plan"].create({"name": "Plan"})
        return self.env["account.analytic.account"].create({"name": "A", "plan_id": plan.id})

    def test_what_cancels_out_has_no_item(self):
        invoice = self.post_invoice(
            "2025-01-01",
            self.prepare_line(60, "2025-01-01", "2025-03-01"),
            partner_id=self.partner_a.copy({"name": "Went away"}).id,
        )
        self.credit(invoice, "2025-01-31")
        run = self.run_by("product_partner")
        self.assertEqual(len(self.get_items(run)), 4)
        postings = invoice.saas_revenue_schedule_ids.posting_ids
        self.assertEqual(len(postings), 2)
        self.assertFalse(postings.move_line_id)

    def test_a_reversal_has_the_items_of_its_run_whatever_was_chosen_since(self):
        run = self.run_by("partner")
        self.company.saas_revenue_grouping = "product"
        reversal = run._reverse("Posted too early")
        self.assertEqual((run.grouping, reversal.grouping), ("partner", "partner"))
        taken_back = {key: -amount for key, amount in self.get_items(reversal).items()}
        self.assertEqual(taken_back, self.get_items(run))
        self.assertTied(reversal)
        again = self.run_month("2025-01")
        self.assertEqual(again.grouping, "product")
        self.assertEqual(self.posted_by_month(), {"2025-01": 310})

    def test_preview_is_by_account_whatever_was_chosen(self):
        self.company.saas_revenue_grouping = "product_partner"
        run = self.Run.create({"company_id": self.company.id, "period": "2025-01-01"})
        run.action_preview()
        self.assertRecordValues(run.amount_line_ids, [{"company_amount": 310, "record_count": 4}])
        run.action_post()
        self.assertEqual(run.grouping, "product_partner")
        self.assertEqual(len(run.move_ids.line_ids), 8)

    def test_the_choice_is_a_setting_of_the_company(self):
        settings = self.env["res.config.settings"].sudo()
        with Form(settings.with_company(self.company)) as form:
            form.saas_revenue_grouping = "partner"
        form.record.execute()
        self.assertEqual(self.company.saas_revenue_grouping, "partner")
