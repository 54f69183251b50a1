"""A customer's card is about to expire: whoever pays for a running subscription may be told."""

from odoo import models
from odoo.addons.saas_billing_connector.canonical import MissingDependency, OutOfScope

RUNNING = ("trialing", "active", "past_due", "cancelling", "paused")


class SaasBillingHandlerCardExpiry(models.AbstractModel):
    _name = "saas.billing.handler.card_expiry"
    _description = "Billing Handler: Card Expiry"
    _inherit = "saas.billing.handler"

    def _process(self, batch):
        customers = self._get_bound(
            batch, "customer", [change.record.customer_id for change in batch], "res.partner"
        )
        subscriptions = self._get_running(batch, customers)
        causes = []
        for change in batch:
            partner = customers.get(change.record.customer_id)
            if not partner:
                change.reject(MissingDependency("customer", change.record.customer_id))
            elif partner not in subscriptions:
                change.reject(OutOfScope("The customer has no running subscription."))
            else:
                cause = f"{change.record.external_id}:{change.occurred_at:%Y-%m}"
                causes.append((subscriptions[partner], cause, change.event))
        self.env["saas.subscription"]._mail("card", causes)

    def _get_running(self, batch, customers):
        """The newest running subscription of each customer, who is told once."""
        running = self.env["saas.subscription"].search(
            [
                ("connection_id", "=", batch.connection.id),
                ("partner_id", "in", [partner.id for partner in customers.values()]),
                ("state", "in", RUNNING),
            ],
            order="started_at, id",
        )
        return {subscription.partner_id: subscription for subscription in running}
