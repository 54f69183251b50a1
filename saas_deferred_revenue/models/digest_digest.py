"""Recognised and deferred revenue in Odoo's digest mail, as the reports have them."""

from odoo import fields, models


class DigestDigest(models.Model):
    _inherit = "digest.digest"

    kpi_saas_recognised = fields.Boolean("Revenue Recognised")
    kpi_saas_recognised_value = fields.Monetary(compute="_compute_kpi_saas_recognised_value")
    kpi_saas_deferred = fields.Boolean("Deferred Revenue")
    kpi_saas_deferred_value = fields.Monetary(compute="_compute_kpi_saas_deferred_value")

    def _compute_kpi_saas_recognised_value(self):
        """Of the accounting dates of the period: after its first day, its last one included."""
        start, end = self._get_saas_days()
        self._set_saas_revenue(
            "kpi_saas_recognised_value",
            "saas.revenue.recognised",
            [("date", ">", start), ("date", "<=", end)],
        )

    def _compute_kpi_saas_deferred_value(self):
        """At the end of the period; at that of the one before, when the mail compares."""
        _start, end = self._get_saas_days()
        self._set_saas_revenue(
            "kpi_saas_deferred_value", "saas.revenue.movement", [("date", "<=", end)]
        )

    def _get_saas_days(self):
        start, end, _companies = self._get_kpi_compute_parameters()
        return fields.Date.to_date(start), fields.Date.to_date(end)

    def _set_saas_revenue(self, name, report, domain):
        """Put what a report adds up to for each digest's company into a field.

        :raises AccessError: for who may not read the report; the digest leaves the figure out
        """
        self.env[report].check_access("read")
        _start, _end, companies = self._get_kpi_compute_parameters()
        rows = (
            self.env[report]
            .sudo()
            ._read_group(
                [("company_id", "in", companies.ids), *domain],
                ["company_id"],
                ["company_amount:sum"],
            )
        )
        totals = dict(rows)
        for digest in self:
            digest[name] = totals.get(digest.company_id or self.env.company, 0)

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        menu = self.env.ref("saas_billing_connector.menu_saas_root").id
        for kpi, action in (
            ("kpi_saas_recognised", "action_revenue_recognised"),
            ("kpi_saas_deferred", "action_revenue_movement"),
        ):
            actions[kpi] = f"saas_deferred_revenue.{action}?menu_id={menu}"
        return actions
