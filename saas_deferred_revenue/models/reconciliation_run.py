"""R4, R5 and R7 join the reconciliation of the suite."""

from odoo import models


class SaasReconciliationRun(models.Model):
    _inherit = "saas.reconciliation.run"

    def _get_checks(self):
        return super()._get_checks() | {
            "R4": "_check_r4",
            "R5": "_check_r5",
            "R7": "_check_r7",
        }

    def _get_titles(self):
        return super()._get_titles() | {
            "R4": self.env._("Deferred"),
            "R5": self.env._("Recognised"),
            "R7": self.env._("Schedules"),
        }

    def _check_r4(self):
        """Deferred revenue at the end of the month: sub-ledger against ledger, by account."""
        return self.env["saas.revenue.proof"]._check_deferred(self.company_id, self.date_to)

    def _check_r5(self):
        """Revenue recognised in the month: postings against the items of the run entries."""
        proof = self.env["saas.revenue.proof"]
        return proof._check_recognised(self.company_id, self.date_from, self.date_to)

    def _check_r7(self):
        """Deferred lines of the month: each has segments that add up to it."""
        proof = self.env["saas.revenue.proof"]
        return proof._check_schedules(self.company_id, self.date_from, self.date_to)
