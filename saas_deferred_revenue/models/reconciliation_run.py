"""R4 and R5 join the reconciliation of the suite."""

from odoo import models

from ..recognition.calendar import months_between, next_month


class SaasReconciliationRun(models.Model):
    _inherit = "saas.reconciliation.run"

    def _get_checks(self):
        return super()._get_checks() | {"R4": "_check_r4", "R5": "_check_r5"}

    def _check_r4(self):
        """Deferred revenue at the end of the last month: sub-ledger against ledger, by account."""
        return self.env["saas.revenue.proof"]._check_deferred(self.company_id, self.date_to)

    def _check_r5(self):
        """Revenue recognised in each month: postings against the items of the run entries."""
        proof, lines = self.env["saas.revenue.proof"], []
        for month in months_between(self.date_from, self.date_to):
            if month < self.date_to:
                lines += proof._check_recognised(self.company_id, month, next_month(month))
        return lines
