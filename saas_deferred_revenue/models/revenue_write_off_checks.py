"""Write-offs that wait stand in the way of a month, and written-off invoices are no difference."""

from odoo import models
from odoo.tools import SQL

from ..recognition.calendar import next_month


class RevenueRun(models.Model):
    _inherit = "saas.revenue.run"

    def _prepare_blocker_lines(self, totals):
        waiting = self._prepare_write_offs_line()
        return super()._prepare_blocker_lines(totals) + ([waiting] if waiting else [])

    def _prepare_write_offs_line(self):
        """Write-offs that wait for a decision: until then their schedules run on."""
        domain = [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "proposed"),
            ("date", "<", next_month(self.period).isoformat()),
        ]
        waiting = self.env["saas.revenue.write.off"].sudo()
        [[count, amount]] = waiting._read_group(domain, [], ["__count", "company_amount:sum"])
        if not count:
            return None
        return {
            "kind": "blocker",
            "name": self.env._("Write-offs that wait for a decision"),
            "currency_id": self.company_currency_id.id,
            "amount": amount,
            "company_amount": amount,
            "record_count": count,
            "res_model": waiting._name,
            "res_domain": domain,
        }


class RevenueClose(models.Model):
    _inherit = "saas.revenue.close"

    def _get_checks(self):
        return super()._get_checks() | {"write_offs": "_check_write_offs"}

    def _get_check_titles(self):
        return super()._get_check_titles() | {"write_offs": self.env._("Write-offs to decide")}

    def _check_write_offs(self):
        return self._from_run("_prepare_write_offs_line", self.env._("Every write-off is decided"))


class SaasReconciliationRun(models.Model):
    _inherit = "saas.reconciliation.run"

    def _get_booked_invoices(self, connection):
        """What is written off is not paid: the provider still calls it open."""
        return SQL(
            """SELECT booked.external_id,
                      CASE WHEN booked.state = 'paid' AND EXISTS (
                                SELECT FROM saas_revenue_write_off given_up
                                 WHERE given_up.move_id = booked.res_id
                                   AND given_up.state = 'approved') THEN 'open'
                           ELSE booked.state END AS state,
                      booked.label, booked.model, booked.res_id
                 FROM (%s) booked""",
            super()._get_booked_invoices(connection),
        )
