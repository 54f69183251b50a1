"""What a replay would defer: the schedules behind the journal items on deferred accounts."""

from odoo import api, models
from odoo.tools import SQL


class SaasBillingReplay(models.Model):
    _inherit = "saas.billing.replay"

    @api.model
    def _get_observed_tables(self):
        return [*super()._get_observed_tables(), "saas_revenue_schedule"]

    def _get_watched(self):
        rules = ([("company_id", "=", self.company_id.id)], ["state"])
        return {**super()._get_watched(), "saas.revenue.rule": rules}

    def _collect_created(self, marks):
        rows = self.env.execute_query(
            SQL(
                """SELECT trace.event_id, schedule.id
                     FROM saas_revenue_schedule schedule
                LEFT JOIN saas_billing_trace trace
                       ON trace.res_model = 'account.move' AND trace.effect = 'created'
                      AND trace.res_id = schedule.move_id
                    WHERE schedule.id > %s""",
                marks["saas_revenue_schedule"],
            )
        )
        schedules = [(event, "saas.revenue.schedule", schedule) for event, schedule in rows]
        return [*super()._collect_created(marks), *schedules]
