"""Every report in a browser: by its menu, searched, opened and exported, beside the tables below.

What it has to show is found in the general ledger, and where the ledger does not know (MRR, money
at stake) in the tables of the suite; no report is asked.
"""

import io
import json
from dataclasses import dataclass

from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon
from odoo.addons.saas_billing_connector.canonical import NeedsHuman
from odoo.addons.saas_subscription_sync.tests import factory
from odoo.addons.saas_subscription_sync.tests.test_settlement import FEES, SettlementCase
from odoo.http import Request
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL
from openpyxl import load_workbook

from .common import month

ROOT = "saas_billing_connector.menu_saas_root"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Excel's own limit, and what it refuses in the name of a sheet.
LONGEST_NAME, NOT_IN_NAMES = 31, set("[]:*?/\\")


def ledger(condition, sign=-1):
    """Posted journal items, credit positive unless told otherwise."""
    return SQL(
        """SELECT item.company_id, %s * item.balance AS amount
             FROM account_move_line item JOIN account_move move ON move.id = item.move_id
            WHERE item.parent_state = 'posted' AND %s""",
        sign,
        SQL(condition),
    )


IS_DEFERRED = "item.account_id IN (SELECT deferred_account_id FROM saas_revenue_schedule)"
DEFERRED = ledger(IS_DEFERRED)
DEFERRED_IN_FEBRUARY = ledger(f"{IS_DEFERRED} AND item.date < '2026-03-01'")
DOCUMENTS = ledger(f"{IS_DEFERRED} AND move.move_type IN ('out_invoice', 'out_refund')")
POSTED_BY_RUNS = ledger(f"{IS_DEFERRED} AND move.saas_revenue_run_id IS NOT NULL", sign=1)
UNPAID = ledger(
    f"{IS_DEFERRED} AND move.move_type = 'out_invoice' AND move.payment_state = 'not_paid'"
)
REVENUE = ledger(
    "item.account_id IN (SELECT id FROM account_account WHERE account_type = 'income')"
)
FEES_BOOKED = ledger("item.account_id IN (SELECT account_id FROM saas_settlement_fee)", sign=1)
BALANCE = ledger(
    """item.account_id IN (SELECT journal.default_account_id FROM account_journal journal
        JOIN saas_billing_connection connection ON connection.payment_journal_id = journal.id)""",
    sign=1,
)
MRR = SQL("SELECT company_id, mrr_company AS amount FROM saas_subscription_item")
AT_STAKE = SQL(
    """SELECT connection.company_id, event.stake_amount AS amount FROM saas_billing_event event
         JOIN saas_billing_connection connection ON connection.id = event.connection_id
        WHERE event.state = 'parked'"""
)


@dataclass(frozen=True, kw_only=True)
class Report:
    """A way to look at a report, and what it adds up to."""

    menu: str
    view: str
    total: SQL
    search: tuple = ()
    #: As of the end of a day, as the user's language writes it.
    day: str = ""
    #: What the screen is called, where not as its menu.
    title: str = ""
    #: Of a list: the column with the total, and what a row opens.
    column: str = ""
    opens: str = ""


REVENUE_MENUS, SYNC_MENUS = "saas_deferred_revenue.menu_revenue", "saas_subscription_sync.menu"
REPORTS = (
    Report(
        menu=f"{REVENUE_MENUS}_schedule_month",
        view="pivot",
        search=("Posted", "Customer"),
        total=POSTED_BY_RUNS,
    ),
    Report(menu=f"{REVENUE_MENUS}_schedule_month", view="graph", total=DOCUMENTS),
    Report(
        menu=f"{REVENUE_MENUS}_waterfall",
        view="pivot",
        day="02/28/2026",
        title="Deferred Revenue as of 02/28/2026",
        search=("Within 12 Months", "Product"),
        total=DEFERRED_IN_FEBRUARY,
    ),
    Report(
        menu=f"{REVENUE_MENUS}_waterfall",
        view="graph",
        day="02/28/2026",
        title="Deferred Revenue as of 02/28/2026",
        total=DEFERRED_IN_FEBRUARY,
    ),
    Report(
        menu=f"{REVENUE_MENUS}_rollforward",
        view="list",
        column="ledger_balance",
        opens="Deferred Revenue Movements",
        total=DEFERRED,
    ),
    Report(menu=f"{REVENUE_MENUS}_movement", view="pivot", search=("Plan",), total=DEFERRED),
    Report(
        menu=f"{REVENUE_MENUS}_movement",
        view="graph",
        search=("From Documents",),
        total=DOCUMENTS,
    ),
    Report(
        menu=f"{REVENUE_MENUS}_recognised",
        view="pivot",
        search=("Revenue Account",),
        total=REVENUE,
    ),
    Report(menu=f"{REVENUE_MENUS}_recognised", view="graph", total=REVENUE),
    Report(
        menu=f"{REVENUE_MENUS}_refundable",
        view="list",
        search=("Past Due",),
        column="company_amount",
        opens="Line il_2",
        total=UNPAID,
    ),
    Report(
        menu=f"{SYNC_MENUS}_subscription_change",
        view="pivot",
        search=("Growth", "Customer"),
        total=MRR,
    ),
    Report(menu=f"{SYNC_MENUS}_subscription_change", view="graph", total=MRR),
    Report(
        menu=f"{SYNC_MENUS}_subscription_cohort",
        view="list",
        search=("As It Is Now",),
        column="mrr",
        opens="MRR Movements",
        total=MRR,
    ),
    Report(menu=f"{SYNC_MENUS}_settlement_report", view="pivot", total=BALANCE),
    Report(menu=f"{SYNC_MENUS}_settlement_report", view="graph", total=FEES_BOOKED),
    Report(
        menu="saas_billing_connector.menu_billing_issue_age",
        view="pivot",
        search=("Connection",),
        total=AT_STAKE,
    ),
    Report(menu="saas_billing_connector.menu_billing_issue_age", view="graph", total=AT_STAKE),
)


@tagged("post_install", "-at_install")
class TestReportTour(SettlementCase, AccountTestInvoicingHttpCommon):
    """1,200.00 of 2026, billed, paid and settled in January, 120.00 of it credited in February;
    600.00 from March on and 30.00 at once that nobody paid; 50.00 that nobody has booked.
    """

    @classmethod
    def get_default_groups(cls):
        return (
            super().get_default_groups()
            | cls.env.ref("saas_deferred_revenue.group_revenue_manager")
            | cls.env.ref("base.group_allow_export")
        )

    def setUp(self):
        super().setUp()
        self.deliver(factory.invoice(), factory.payment(), factory.balance_transaction(fees=FEES))
        self.post("2026-01")
        self.deliver(factory.credit_note("cn_1", factory.credit_line("120")))
        self.post("2026-02")
        half_a_year = factory.period(factory.at(3), factory.at(9))
        no_time = factory.period(factory.at(3), factory.at(3))
        self.deliver(
            factory.invoice(
                "in_2",
                factory.line("600", period=half_a_year, external_id="il_2"),
                factory.line("30", period=no_time, external_id="il_3"),
                accounting_at=factory.at(3),
            )
        )
        self.park(50)
        self.env.flush_all()

    def post(self, text):
        self.env["saas.revenue.run"]._post_month(self.company, month(text))

    def park(self, amount):
        outcome = NeedsHuman("made_up", "Mend it")
        [issue] = self.env["saas.billing.issue"].sudo()._raise(self.connection, [outcome]).values()
        self.change(factory.customer("cus_2")).event.write(
            {
                "state": "parked",
                "issue_id": issue.id,
                "stake_amount": amount,
                "stake_currency_id": self.company.currency_id.id,
            }
        )
        self.env["saas.billing.issue"]._refresh_money()

    def get_total(self, report):
        [[total]] = self.env.execute_query(
            SQL(
                "SELECT SUM(amount) FROM (%s) found WHERE company_id = %s",
                report.total,
                self.company.id,
            )
        )
        return round(float(total), 2)

    def prepare_report(self, report):
        """A report as the tour needs it."""
        menu, amount = self.env.ref(report.menu), self.get_total(report)
        section = menu
        while section.parent_id != self.env.ref(ROOT):
            section = section.parent_id
        return {
            "menu": [section.get_external_id()[section.id], report.menu],
            "name": menu.name,
            "title": report.title or menu.name,
            "view": report.view,
            "search": report.search,
            "day": report.day,
            "column": report.column,
            "opens": report.opens,
            "amount": amount,
            "total": self.company.currency_id.format(amount).replace("\xa0", " "),
        }

    def test_each_report_shows_opens_and_exports_what_the_tables_hold(self):
        reports = [self.prepare_report(report) for report in REPORTS]
        self.assertTrue(all(report["amount"] for report in reports))
        workbooks = self.catch_workbooks()
        told = json.dumps(json.dumps(reports))
        self.start_tour(
            "/odoo",
            "saas_reports",
            code=f"sessionStorage.setItem('saas_reports', {told}); odoo.startTour('saas_reports')",
            login=self.env.user.login,
            timeout=240,
        )
        exported = [report for report in reports if report["view"] != "graph"]
        self.assertEqual(len(workbooks), len(exported))
        for report, workbook in zip(exported, workbooks, strict=True):
            with self.subTest(report["name"]):
                self.assertExported(report, load_workbook(io.BytesIO(workbook)).active)

    def catch_workbooks(self):
        """What the browser is given to save, in order."""
        found, make_response = [], Request.make_response

        def catch(request, data, headers=None, *more, **options):
            if ("Content-Type", XLSX) in (headers or ()):
                found.append(data)
            return make_response(request, data, headers, *more, **options)

        self.patch(Request, "make_response", catch)
        return found

    def assertExported(self, report, sheet):
        """A pivot's first row is its total; of a list it is the first one, as on the screen."""
        heads, *rows = sheet.iter_rows(values_only=True)
        if report["view"] == "pivot":
            self.assertEqual(sheet.title, report["name"])
            [values] = [row for row in rows if row[0] == "Total"]
        else:
            values = rows[0]
        amounts = [round(value, 2) for value in values if isinstance(value, float | int)]
        self.assertIn(report["amount"], amounts, heads)


@tagged("post_install", "-at_install")
class TestReportNames(TransactionCase):
    def test_what_a_cell_opens_and_a_sheet_has_a_name_that_excel_takes(self):
        """Without one it is “Untitled”; with a wrong one the export fails."""
        views = self.env["ir.ui.view"].search(
            [("type", "in", ("pivot", "graph")), ("model", "=like", "saas.%")]
        )
        self.assertTrue(views)
        for view in views:
            name = self.env[view.model].get_view(view.id)["arch"].partition('string="')[2]
            name = name.partition('"')[0]
            with self.subTest(view.xml_id):
                self.assertTrue(0 < len(name) <= LONGEST_NAME and not NOT_IN_NAMES & set(name))

    def test_every_selection_tells_its_words_to_the_browser(self):
        """Without them lists show codes, and graphs break."""
        for model in self.env.values():
            if model._name.startswith("saas.") and not model._abstract:
                fields = model.fields_get(attributes=["type", "selection"])
                for name, field in fields.items():
                    if field["type"] == "selection":
                        with self.subTest(f"{model._name}.{name}"):
                            self.assertTrue(field["selection"])
