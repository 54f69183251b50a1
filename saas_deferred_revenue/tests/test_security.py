"""Who may see and do what."""

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .common import RevenueCommon, month

MODELS = ("rule", "schedule", "segment", "run", "run.line", "posting", "schedule.month")


@tagged("post_install", "-at_install")
class TestSecurity(RevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.post_invoice("2025-01-01", cls.prepare_line(90, "2025-01-01", "2025-04-01"))
        cls.Run._post_month(cls.company, month("2025-01"))
        roles = {
            "outsider": "base.group_user",
            "auditor": "saas_billing_connector.group_saas_auditor",
            "accountant": "saas_deferred_revenue.group_revenue_accountant",
            "manager": "saas_deferred_revenue.group_revenue_manager",
        }
        cls.users = {
            role: new_test_user(cls.env, f"{role}_defrev", groups=group, company_id=cls.company.id)
            for role, group in roles.items()
        }

    def model(self, name, role):
        return self.env[f"saas.revenue.{name}"].with_user(self.users[role])

    def test_outsiders_see_nothing(self):
        for name in MODELS:
            self.assertFalse(self.model(name, "outsider").has_access("read"), name)

    def test_auditors_see_everything_and_change_nothing(self):
        for name in MODELS:
            model = self.model(name, "auditor")
            self.assertTrue(model.search([], limit=1), name)
            for operation in ("write", "create", "unlink"):
                self.assertFalse(model.has_access(operation), f"{operation} {name}")

    def test_readers_of_accounting_open_invoices(self):
        reader = new_test_user(
            self.env,
            "reader_defrev",
            groups="account.group_account_readonly",
            company_id=self.company.id,
        )
        invoice = self.env["account.move"].search(
            [*self.own_company, ("move_type", "=", "out_invoice")], limit=1
        )
        form = Form(invoice.with_user(reader))
        self.assertEqual(form.saas_revenue_schedule_count, 1)

    def test_auditors_open_every_screen(self):
        for name in MODELS:
            record = self.model(name, "auditor").search([], limit=1)
            views = record.get_views([(False, "list"), (False, "form"), (False, "search")])
            for kind in ("list", "form"):
                fields = views["models"][record._name]["fields"]
                spec = {
                    field: {"fields": {"display_name": {}}} if info["type"] == "many2one" else {}
                    for field, info in fields.items()
                }
                self.assertTrue(record.web_read(spec), f"{name} {kind}")

    def test_nobody_writes_the_sub_ledger(self):
        for name in ("schedule", "segment", "posting", "schedule.month"):
            for operation in ("write", "create", "unlink"):
                self.assertFalse(self.model(name, "manager").has_access(operation), name)

    def test_accountants_run_month_ends(self):
        run = self.model("run", "accountant").create(
            {"company_id": self.company.id, "period": "2025-02-01"}
        )
        run.action_preview()
        run.action_post()
        self.assertRecordValues(
            run.sudo(), [{"state": "posted", "posted_by_id": self.users["accountant"].id}]
        )
        self.assertEqual(run.move_ids.line_ids.mapped("balance"), [-28, 28])

    def test_auditors_cannot_post(self):
        run = self.Run.create({"company_id": self.company.id, "period": "2025-02-01"})
        with self.assertRaises(AccessError):
            run.with_user(self.users["auditor"]).action_preview()

    def test_billing_clerks_may_post_deferred_invoices(self):
        clerk = new_test_user(
            self.env,
            "clerk_defrev",
            groups="account.group_account_invoice",
            company_id=self.company.id,
        )
        invoice = (
            self.env["account.move"]
            .with_user(clerk)
            .create(
                self.prepare_invoice(
                    "2025-01-01", self.prepare_line(30, "2025-01-01", "2025-04-01")
                )
            )
        )
        invoice.action_post()
        self.assertEqual(invoice.saas_revenue_schedule_ids.amount, 30)
        invoice.button_draft()
        self.assertFalse(invoice.saas_revenue_schedule_ids)

    def test_other_companies_are_hidden(self):
        other = self.setup_other_company(name="Other")["company"]
        stranger = new_test_user(
            self.env,
            "stranger_defrev",
            groups="saas_deferred_revenue.group_revenue_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        for name in MODELS:
            rows = self.env[f"saas.revenue.{name}"].with_user(stranger).search([])
            self.assertFalse(rows.filtered(lambda r: r.company_id == self.company), name)
        rules = self.env["saas.revenue.rule"].with_user(stranger).search([])
        self.assertEqual(rules.company_id, other)
