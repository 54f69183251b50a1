"""From an event to the revenue that its documents bring."""

from odoo import fields, models


class SaasBillingEvent(models.Model):
    _inherit = "saas.billing.event"

    revenue_schedule_count = fields.Integer(
        compute="_compute_revenue_schedule_count", string="Revenue Schedules"
    )

    def _compute_revenue_schedule_count(self):
        segments = self.env["saas.revenue.segment"]
        for event in self:
            domain = event._get_revenue_segment_domain()
            event.revenue_schedule_count = len(segments.search(domain).schedule_id)

    def _get_revenue_segment_domain(self):
        return [("move_line_id.move_id", "in", self._get_effect_ids("account.move"))]

    def action_open_revenue_schedules(self):
        """Schedules that the event's documents made or changed."""
        self.ensure_one()
        segments = self.env["saas.revenue.segment"].search(self._get_revenue_segment_domain())
        return segments.schedule_id._get_records_action(name=self.env._("Revenue Schedules"))
