"""Invoices with service periods, month ends, and the proof that sub-ledger equals ledger."""

from datetime import date

from odoo import Command
from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.tests import new_test_user
from odoo.tools import SQL

from ..recognition.calendar import months_between, next_month

ACCOUNTANT = "saas_deferred_revenue.group_revenue_accountant"
MANAGER = "saas_deferred_revenue.group_revenue_manager"


def month(text):
    """`2025-03` → the first day of that month."""
    return date.fromisoformat(f"{text}-01")


class RevenueCommon(AccountTestInvoicingCommon):
    """The company's chart brings the default rule: every recurring line, by day."""

    is_tampered = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.Run = cls.env["saas.revenue.run"]
        cls.rule = cls.env["saas.revenue.rule"].search([("company_id", "=", cls.company.id)])
        cls.deferred_account = cls.rule.deferred_account_id
        cls.revenue_account = cls.company_data["default_account_revenue"]
        cls.vat = cls.tax_sale_a.copy({"name": "VAT 20 %", "amount": 20})
        cls.own_company = [("company_id", "=", cls.company.id)]
        cls.Proof = cls.env["saas.revenue.proof"]

    def tearDown(self):
        """Whatever a test does, the sub-ledger equals the ledger at every month's end."""
        if not self.is_tampered:
            self.assertProof()
        super().tearDown()

    def assertProof(self):
        for result in self.prove():
            self.assertEqual(
                result["left_amount"], result["right_amount"], f"{result['label']}: {result}"
            )

    def prove(self, first="2024-12", last="2026-03"):
        """Results of R4, R5 and R7 for each month."""
        results = []
        for start in months_between(month(first), month(last)):
            end = next_month(start)
            results += self.Proof._check_deferred(self.company, end)
            results += self.Proof._check_recognised(self.company, start, end)
            results += self.Proof._check_schedules(self.company, start, end)
        return results

    @classmethod
    def get_default_groups(cls):
        manager = cls.env.ref("saas_deferred_revenue.group_revenue_manager")
        return super().get_default_groups() | manager

    @classmethod
    def create_person(cls, login, group, company=None):
        """A user of the company, or of another one."""
        company = company or cls.company
        return new_test_user(
            cls.env,
            login,
            group,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    @classmethod
    def prepare_line(cls, amount, start=None, end=None, **values):
        return Command.create(
            {
                "name": "Plan",
                "product_id": cls.product_a.id,
                "quantity": 1,
                "price_unit": amount,
                "tax_ids": [],
                "saas_service_start": start,
                "saas_service_end": end,
                **values,
            }
        )

    @classmethod
    def prepare_invoice(cls, day, *lines, move_type="out_invoice", **values):
        return {
            "move_type": move_type,
            "partner_id": cls.partner_a.id,
            "invoice_date": day,
            "date": day,
            "invoice_line_ids": list(lines),
            **values,
        }

    @classmethod
    def post_invoice(cls, day, *lines, **values):
        invoice = cls.env["account.move"].create(cls.prepare_invoice(day, *lines, **values))
        invoice.action_post()
        return invoice

    def approve(self, rule):
        """Put a rule in force as the system does; people need two (`TestRuleApproval`)."""
        rule.sudo().action_approve()
        return rule

    def credit(self, invoice, day, amount=None):
        """A credit note of the invoice's lines; `amount` replaces the price of the first one."""
        note = invoice._reverse_moves([{"invoice_date": day, "date": day}])
        if amount is not None:
            note.invoice_line_ids[0].price_unit = amount
        note.action_post()
        return note

    def run_month(self, text, company=None):
        return self.Run._post_month(company or self.company, month(text))

    def run_months(self, *texts):
        for text in texts:
            self.run_month(text)

    def posted_by_month(self, schedules=None):
        """`{"2025-01": amount in company currency}` of the postings."""
        where = SQL("schedule_id = ANY(%s)", schedules.ids) if schedules else SQL("TRUE")
        rows = self.env.execute_query(
            SQL(
                "SELECT to_char(period, 'YYYY-MM'), SUM(company_amount) FROM saas_revenue_posting"
                " WHERE company_id = %s AND %s GROUP BY 1 ORDER BY 1",
                self.company.id,
                where,
            )
        )
        return {text: float(amount) for text, amount in rows}

    def balance(self, account, until=None):
        """Credit balance of an account in posted entries."""
        domain = [
            ("account_id", "=", account.id),
            ("parent_state", "=", "posted"),
            ("company_id", "=", self.company.id),
        ]
        if until:
            domain.append(("date", "<=", until))
        [[total]] = self.env["account.move.line"]._read_group(domain, [], ["balance:sum"])
        return -round(total or 0.0, 2)
