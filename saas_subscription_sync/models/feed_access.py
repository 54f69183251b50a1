"""Changes of access are told whatever caused them: an event, time, a person or the policy."""

from odoo import api, models

from .feed_message import Told


class SaasSubscription(models.Model):
    _inherit = "saas.subscription"

    @api.model
    def _on_access_changed(self, changes):
        self.env["saas.feed.message"]._announce(
            [
                Told(each.company_id.id, each._name, each.id, "created", each.event_id.id)
                for each in changes
            ]
        )
        return super()._on_access_changed(changes)
