"""Role by role, model by model, company by company, over all of the suite."""

from odoo.addons.saas_billing_connector.tests import access_table as connector
from odoo.addons.saas_billing_connector.tests.access_matrix import AccessMatrixMixin
from odoo.addons.saas_subscription_sync.tests import access_table as sync
from odoo.tests import tagged

from .access_table import ABOVE_AUDITOR, BUTTONS, GROUPS, MODELS, ROLES
from .common import RevenueCommon, month

ADDON = "saas_deferred_revenue"


@tagged("post_install", "-at_install")
class TestAccessMatrix(AccessMatrixMixin, RevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_matrix({**connector.GROUPS, **GROUPS}, cls.company)

    def get_records(self):
        """One record of each kind, all of one company."""
        self.post_invoice("2025-01-01", self.prepare_line(90, "2025-01-01", "2099-01-01"))
        self.create_unbilled()
        posted = self.Run._post_month(self.company, month("2025-01"))
        schedule = self.env["saas.revenue.schedule"].search([("company_id", "=", self.company.id)])
        amendment = self.env["saas.revenue.amendment"].create(
            {"schedule_id": schedule.id, "date": "2025-02-01", "reason": "Cancelled"}
        )
        amendment.action_propose()
        close = self.env["saas.revenue.close"].create({"period": "2025-01-01"})
        close.action_check()
        close.sudo()._sign("prepared")
        signed = (
            self.env["saas.revenue.close.day"]
            .sudo()
            .create(
                {
                    "signoff_id": close.signoff_ids.id,
                    "company_id": self.company.id,
                    "connection_id": self.env["saas.pending.item"].search([]).connection_id.id,
                    "day": "2025-01-01",
                    "kind": "invoice",
                    "currency_id": self.company.currency_id.id,
                }
            )
        )
        owed = self.post_invoice(
            "2025-01-01",
            self.prepare_line(90, "2025-01-01", "2025-04-01"),
            invoice_payment_term_id=False,
            invoice_date_due="2025-01-15",
        )
        write_off = self.env["saas.revenue.write.off"].create(
            {"move_id": owed.id, "reason": "Bankrupt"}
        )
        write_off.action_propose()
        rule = self.rule.copy({"code": "MATRIX"})
        rule.action_backtest()
        opening = self.env["saas.revenue.opening.import"].create(
            {"cutover_date": "2025-01-01", "old_account_id": self.revenue_account.id}
        )
        row = self.env["saas.revenue.opening.row"].sudo().create({"import_id": opening.id})
        entry = (
            self.env["saas.revenue.close.entry"]
            .sudo()
            .create(
                {
                    "signoff_id": close.signoff_ids.id,
                    "company_id": self.company.id,
                    "res_model": "account.move",
                    "res_id": schedule.move_id.id,
                    "what": "invoice",
                }
            )
        )
        self.env.flush_all()
        reports = [
            self.env[f"saas.revenue.{name}"]
            .with_context(revenue_as_of="2025-01-31")
            .search([("company_id", "=", self.company.id)])[0]
            for name in (
                "schedule.month",
                "movement",
                "recognised",
                "refundable",
                "rollforward",
                "waterfall.month",
            )
        ]
        return {
            record._name: record
            for record in (
                rule,
                rule.month_ids[0],
                self.Run.create({"company_id": self.company.id, "period": "2025-02-01"}),
                posted.line_ids[0],
                self.env["saas.revenue.posting"].search([("run_id", "=", posted.id)])[0],
                posted.accrual_ids,
                schedule,
                amendment,
                opening,
                row,
                self.env["saas.revenue.audit.pack"].create({"sample_size": 1}),
                close,
                close.line_ids[0],
                close.signoff_ids,
                entry.sudo(False),
                signed.sudo(False),
                amendment.month_ids[0],
                write_off,
                write_off.line_ids[0],
                schedule.segment_ids[0],
                *reports,
            )
        }

    def create_unbilled(self):
        """A proration that waits for its invoice, of a rule that accrues."""
        account = self.env["account.account"].create(
            {"name": "Unbilled", "code": "118800", "account_type": "asset_current"}
        )
        accruing = {"accrue_unbilled": True, "unbilled_account_id": account.id}
        self.approve(self.rule.copy({"code": "UNBILLED", "sequence": 1, **accruing}))
        connections = self.env["saas.billing.connection"].sudo()
        connection = connections.create(
            {"name": "Unbilled", "account": "acct_unb", "company_id": self.company.id}
        )
        self.env["saas.pending.item"].sudo().create(
            {
                "name": "Proration",
                "external_id": "ii_1",
                "connection_id": connection.id,
                "partner_id": self.partner_a.id,
                "currency_id": self.company.currency_id.id,
                "amount": 80,
                "proration": True,
                "service_start": "2025-01-15",
                "service_end": "2025-02-01",
                "created_on": "2025-01-15",
            }
        )

    def test_every_role_has_exactly_its_rights(self):
        self.assertMatrix(MODELS, ROLES)

    def test_revenue_roles_read_the_rest_of_the_suite_as_auditors_do(self):
        table = {
            model: (ABOVE_AUDITOR.get(model, rights[0]),) * len(GROUPS)
            for model, rights in {**connector.MODELS, **sync.MODELS}.items()
        }
        self.assertMatrix(table, GROUPS)

    def test_auditors_change_nothing_in_the_ledger_either(self):
        for model in ("account.move", "account.move.line", "account.payment"):
            records = self.env[model].with_user(self.users["auditor"])
            self.assertTrue(records.has_access("read"))
            for operation in ("write", "create", "unlink"):
                self.assertFalse(records.has_access(operation), f"{operation} {model}")

    def test_no_model_is_forgotten(self):
        self.assertModelsListed(MODELS, ADDON)

    def test_another_company_sees_nothing(self):
        self.assertCompaniesApart(self.get_records(), ADDON)

    def test_buttons_ask_for_the_role(self):
        self.assertButtons(BUTTONS, self.get_records())

    def test_no_button_is_forgotten(self):
        self.assertButtonsListed(BUTTONS, ADDON)
