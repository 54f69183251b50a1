"""From a subscription to its revenue."""

from odoo import fields, models


class SaasSubscription(models.Model):
    _inherit = "saas.subscription"

    revenue_schedule_ids = fields.One2many("saas.revenue.schedule", "subscription_id")
    revenue_schedule_count = fields.Integer(compute="_compute_revenue_schedule_count")

    def _compute_revenue_schedule_count(self):
        schedules = self.env["saas.revenue.schedule"]
        counts = {}
        if schedules.has_access("read"):
            rows = schedules._read_group(
                [("subscription_id", "in", self.ids)], ["subscription_id"], ["__count"]
            )
            counts = {subscription.id: count for subscription, count in rows}
        for subscription in self:
            subscription.revenue_schedule_count = counts.get(subscription.id, 0)

    def action_open_revenue_schedules(self):
        """Revenue schedules of this subscription's invoice lines."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_deferred_revenue.action_revenue_schedule"
        )
        return {**action, "domain": [("subscription_id", "=", self.id)], "context": {}}
