"""Access follows from what was just applied, in the same transaction."""

from odoo import models

from ..rules.access import Since
from .subscription import naive


class SaasBillingHandlerSubscription(models.AbstractModel):
    _inherit = "saas.billing.handler.subscription"

    def _apply(self, batch, resolved):
        changes = sorted(batch, key=lambda change: change.version)
        result = super()._apply(batch, resolved)
        ids = {change.record.external_id for change in changes}
        subscriptions = self._get_bound(batch, "subscription", ids, "saas.subscription")
        self._note_past_due(changes, subscriptions)
        # An older event too may tell since when a payment is late.
        causes = {subscriptions[each.record.external_id].id: each for each in changes}
        events = {key: change.event for key, change in causes.items()}
        rows = self.env["saas.subscription"].browse(events)._refresh_access("state", events)
        self._trace([(causes[row.subscription_id.id], row, "created") for row in rows])
        return result

    def _note_past_due(self, changes, subscriptions):
        """Note since when payment is late."""
        late = {}
        for change in changes:
            if change.record.status == "past_due":
                late.setdefault(subscriptions[change.record.external_id], []).append(change)
        for subscription, told in late.items():
            known = Since(subscription.past_due_since or None, subscription.past_due_version or "")
            since = known
            for change in told:
                began = bool(change.previous) and change.previous.status != "past_due"
                at = naive(change.occurred_at)
                since = since.joined(at, change.version, began=began)
            if since != known:
                subscription.write(
                    {"past_due_since": since.at, "past_due_version": since.version or False}
                )
