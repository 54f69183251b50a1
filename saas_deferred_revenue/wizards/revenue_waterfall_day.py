"""Asks as of which day the waterfall is shown."""

from odoo import fields, models
from odoo.tools import format_date


class RevenueWaterfallDay(models.TransientModel):
    _name = "saas.revenue.waterfall.day"
    _description = "Day of the Deferred Revenue Waterfall"

    as_of = fields.Date(
        string="As of",
        required=True,
        default=fields.Date.context_today,
        help="The end of this day: documents and decisions booked later do not count.",
    )

    def action_show(self):
        """The waterfall of the day."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_deferred_revenue.action_revenue_waterfall_month"
        )
        name = self.env._("Deferred Revenue as of %s", format_date(self.env, self.as_of))
        return {
            **action,
            "name": name,
            "display_name": name,
            "target": "main",
            "context": {"revenue_as_of": self.as_of.isoformat()},
        }
