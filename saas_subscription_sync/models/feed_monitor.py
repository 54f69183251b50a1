"""The feed's figures for machines."""

from odoo import api, fields, models
from odoo.addons.saas_billing_connector.models.billing_monitor import Family


class SaasBillingMonitor(models.AbstractModel):
    _inherit = "saas.billing.monitor"

    @api.model
    def _get_families(self):
        return [*super()._get_families(), *self._get_feed_families()]

    @api.model
    def _get_feed_families(self):
        subscribers = self.env["saas.feed.subscriber"].sudo().search([("active", "=", True)])
        figures, now = subscribers._get_figures(), fields.Datetime.now()
        depth, age = [], []
        for subscriber in subscribers:
            mine = figures[subscriber.id]
            label = {"subscriber": str(subscriber.id), "name": subscriber.name}
            depth += [
                ("", {**label, "state": "waiting"}, mine.waiting),
                ("", {**label, "state": "failed"}, mine.failed),
            ]
            waited = (now - mine.oldest_at).total_seconds() if mine.oldest_at else 0
            age.append(("", label, max(0, waited)))
        return [
            Family("saas_billing_feed_messages", "gauge", "Messages not delivered yet.", depth),
            Family(
                "saas_billing_feed_oldest_seconds",
                "gauge",
                "Age of the oldest message that waits for a subscriber.",
                age,
            ),
        ]
