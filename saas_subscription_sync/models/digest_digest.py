"""The inbox in Odoo's digest mail. `account` brings the digest; the connector does without."""

from odoo import fields, models
from odoo.exceptions import AccessError


class DigestDigest(models.Model):
    _inherit = "digest.digest"

    kpi_saas_events_done = fields.Boolean("Billing Events Processed")
    kpi_saas_events_done_value = fields.Integer(compute="_compute_kpi_saas_events_value")
    kpi_saas_events_parked = fields.Boolean("Billing Events Parked")
    kpi_saas_events_parked_value = fields.Integer(compute="_compute_kpi_saas_events_value")

    def _compute_kpi_saas_events_value(self):
        """From the counters, so that a million events cost the mail nothing."""
        if not self.env.user.has_group("saas_billing_connector.group_saas_auditor"):
            raise AccessError(self.env._("No access to the billing inbox: left out of the digest."))
        start, end, companies = self._get_kpi_compute_parameters()
        rows = (
            self.env["saas.billing.metric"]
            .sudo()
            ._read_group(
                [
                    ("name", "=", "outcome"),
                    ("hour", ">=", start),
                    ("hour", "<", end),
                    ("connection_id.company_id", "in", companies.ids),
                ],
                ["connection_id", "label"],
                ["value:sum"],
            )
        )
        totals = {}
        for connection, label, value in rows:
            key = connection.company_id, label.partition(":")[0]
            totals[key] = totals.get(key, 0) + round(value)
        for digest in self:
            company = digest.company_id or self.env.company
            digest.kpi_saas_events_done_value = totals.get((company, "done"), 0)
            digest.kpi_saas_events_parked_value = totals.get((company, "parked"), 0)

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        menu = self.env.ref("saas_billing_connector.menu_saas_root").id
        for kpi in ("kpi_saas_events_done", "kpi_saas_events_parked"):
            actions[kpi] = f"saas_billing_connector.action_billing_dashboard?menu_id={menu}"
        return actions
