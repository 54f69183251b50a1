"""January 2025 of a company with one quarter of 90.00, and the people who close it."""

from odoo import fields
from odoo.tests import new_test_user

from .common import RevenueCommon, month

ACCOUNTANT = "saas_deferred_revenue.group_revenue_accountant"
MANAGER = "saas_deferred_revenue.group_revenue_manager"


class CloseCommon(RevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann, cls.max, cls.mia = (
            new_test_user(
                cls.env,
                login=login,
                groups=group,
                company_id=cls.company.id,
                company_ids=[fields.Command.set(cls.company.ids)],
            )
            for login, group in (("ann", ACCOUNTANT), ("max", MANAGER), ("mia", MANAGER))
        )
        cls.invoice = cls.post_invoice(
            "2025-01-01", cls.prepare_line(90, "2025-01-01", "2025-04-01")
        )
        cls.close = cls.create_close("2025-01-15")

    @classmethod
    def create_close(cls, day):
        closes = cls.env["saas.revenue.close"].with_user(cls.ann).with_company(cls.company)
        return closes.create({"period": day})

    def complete(self):
        """Do what the checklist asks for."""
        self.run_month("2025-01")
        self.reconcile()

    def reconcile(self):
        run = self.env["saas.reconciliation.run"].sudo()
        run._run_checks(self.company, month("2025-01"), month("2025-02"))

    def sign(self):
        self.complete()
        self.close.action_prepare()
        self.close.with_user(self.max).action_sign()
