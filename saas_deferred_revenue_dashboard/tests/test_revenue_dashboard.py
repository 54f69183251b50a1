"""The dashboard shows what the books hold, to those who may read them, and opens in a browser."""

import json

from dateutil.relativedelta import relativedelta
from odoo import Command, fields
from odoo.addons.saas_deferred_revenue.tests.common import RevenueCommon
from odoo.addons.spreadsheet.utils.validate_data import odoo_charts
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL

#: What each model adds up to for a company, from the tables below it.
TOTALS = {
    "saas.revenue.recognised": SQL(
        """SELECT company_id, -balance AS amount FROM account_move_line item
            WHERE parent_state = 'posted'
              AND account_id IN (SELECT id FROM account_account WHERE account_type = 'income')"""
    ),
    "saas.revenue.refundable": SQL(
        """SELECT company_id, -balance AS amount FROM account_move_line
            WHERE parent_state = 'posted' AND account_id IN (
                  SELECT deferred_account_id FROM saas_revenue_schedule)"""
    ),
    "saas.subscription.change": SQL(
        "SELECT company_id, mrr_delta_company AS amount FROM saas_subscription_change"
    ),
}


@tagged("post_install", "-at_install")
class TestRevenueDashboard(RevenueCommon, HttpCase):
    """This year: 250.00 earned at once, 3,600.00 of the three years from next month on, MRR 100."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        first = cls.today.replace(month=1, day=1)
        cls.start = cls.today.replace(day=1) + relativedelta(months=1)
        cls.post_invoice(
            first,
            cls.prepare_line(250),
            cls.prepare_line(3600, cls.start, cls.start + relativedelta(years=3)),
        )
        cls.create_movement(first, 100)
        cls.env.flush_all()
        cls.dashboard = cls.env.ref("saas_deferred_revenue_dashboard.dashboard_revenue")
        cls.book = json.loads(cls.dashboard.spreadsheet_data)

    @classmethod
    def create_movement(cls, day, amount):
        """A subscription that began to count."""
        env = cls.env(su=True)
        currency = {"currency_id": cls.company.currency_id.id}
        connection = env["saas.billing.connection"].create(
            {"name": "Stripe", "company_id": cls.company.id, "account": "acct_dashboard"}
        )
        subscription = env["saas.subscription"].create(
            {
                **currency,
                "external_id": "sub_1",
                "connection_id": connection.id,
                "partner_id": cls.partner_a.id,
                "state": "active",
                "started_at": day,
            }
        )
        item = env["saas.subscription.item"].create(
            {
                **currency,
                "subscription_id": subscription.id,
                "external_id": "si_1",
                "version": "1",
            }
        )
        event = env["saas.billing.event"].create(
            {
                "connection_id": connection.id,
                "external_id": "evt_1",
                "event_type": "customer.subscription.created",
                "object_id": "sub_1",
                "track": "service",
                "occurred_at": day,
                "received_at": day,
            }
        )
        env["saas.subscription.change"].create(
            {
                **currency,
                "subscription_id": subscription.id,
                "item_id": item.id,
                "event_id": event.id,
                "kind": "new",
                "version": "1",
                "occurred_at": day,
                "date": day,
                "mrr_delta_company": amount,
            }
        )

    def get_sources(self):
        """(name, model, domain, group-bys, measure) of every pivot and chart."""
        for pivot in self.book["pivots"].values():
            measures = [measure["fieldName"] for measure in pivot["measures"]]
            groups = [row["fieldName"] for row in pivot["rows"]]
            yield pivot["name"], pivot["model"], pivot["domain"], groups, *measures
        for chart in odoo_charts(self.book):
            told = chart["metaData"]
            domain = chart["searchParams"]["domain"]
            yield chart["id"], told["resModel"], domain, told["groupBy"], told["measure"]

    def get_total(self, model, domain):
        """What a source has to add up to for the company."""
        if model == "saas.revenue.waterfall.month":
            return self.get_to_come() if ["horizon", "=", "year"] in domain else 3600
        [[total]] = self.env.execute_query(
            SQL(
                "SELECT SUM(amount) FROM (%s) found WHERE company_id = %s",
                TOTALS[model],
                self.company.id,
            )
        )
        return float(total)

    def get_to_come(self):
        """Of the 3,600.00, what months earn by day that begin within a year from tomorrow."""
        until = self.start
        while until < self.today + relativedelta(days=1, years=1):
            until += relativedelta(months=1)
        whole = self.start + relativedelta(years=3) - self.start
        return round(3600 * (until - self.start).days / whole.days, 2)

    def test_every_source_adds_up_to_what_the_books_hold(self):
        sources = list(self.get_sources())
        self.assertEqual(len(sources), 9)
        for name, model, domain, groups, measure in sources:
            with self.subTest(name):
                rows = self.env[model]._read_group(
                    [*self.own_company, *domain], groups, [f"{measure}:sum"]
                )
                total = self.get_total(model, domain)
                self.assertTrue(total)
                self.assertAlmostEqual(sum(row[-1] for row in rows), total)

    def test_every_field_menu_and_filter_exists(self):
        self.dashboard._check_spreadsheet_data()
        figures = {figure["id"] for sheet in self.book["sheets"] for figure in sheet["figures"]}
        self.assertEqual(set(self.book["chartOdooMenusReferences"]), figures)
        for menu in self.book["chartOdooMenusReferences"].values():
            self.assertTrue(self.env.ref(menu).action)
        filters = {each["id"]: each for each in self.book["globalFilters"]}
        for source in (*self.book["pivots"].values(), *odoo_charts(self.book)):
            model = source.get("model") or source["metaData"]["resModel"]
            for name, match in source["fieldMatching"].items():
                field = self.env[model]._fields[match["chain"]]
                self.assertEqual(field.type, match["type"])
                self.assertEqual(field.comodel_name, filters[name].get("modelName"))

    def test_whoever_has_a_role_of_the_suite_sees_it(self):
        for group, sees in (
            ("saas_billing_connector.group_saas_auditor", True),
            ("saas_billing_connector.group_saas_operator", True),
            ("saas_deferred_revenue.group_revenue_accountant", True),
            ("saas_deferred_revenue.group_revenue_manager", True),
            ("account.group_account_readonly", False),
            ("base.group_user", False),
        ):
            user = new_test_user(self.env, f"dashboard_{group}", groups=group)
            with self.subTest(group):
                shown = self.env["spreadsheet.dashboard"].with_user(user)
                found = shown.search([("id", "=", self.dashboard.id)])
                self.assertEqual(bool(found), sees)

    def test_who_sees_it_may_read_all_that_it_shows(self):
        auditor = new_test_user(
            self.env, "dashboard_auditor", groups="saas_billing_connector.group_saas_auditor"
        )
        for _name, model, *_rest in self.get_sources():
            self.assertTrue(self.env[model].with_user(auditor).has_access("read"), model)

    def test_it_opens_in_a_browser_with_its_figures(self):
        new_test_user(
            self.env,
            "executive",
            groups="base.group_user,saas_billing_connector.group_saas_auditor",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.start_tour("/odoo/dashboards", "saas_revenue_dashboard", login="executive")
