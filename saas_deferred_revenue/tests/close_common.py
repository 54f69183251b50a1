"""January 2025 of a company with one quarter of 90.00, and the people who close it."""

from .common import ACCOUNTANT, MANAGER, RevenueCommon, month


class CloseCommon(RevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann, cls.max, cls.mia = (
            cls.create_person(login, group)
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
