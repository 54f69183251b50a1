"""Which handler takes which canonical type."""

from odoo import api, models

HANDLED_TYPES = (
    "customer",
    "tax_id",
    "product",
    "price",
    "tax_rate",
    "subscription",
    "subscription_schedule",
    "card_expiry",
    "invoice_item",
    "credit_grant",
    "credit_balance_transaction",
    "invoice",
    "payment",
    "charge",
    "credit_note",
    "refund",
    "dispute",
    "balance_transaction",
    "payout",
    "payout_contents",
)


class SaasBillingDrain(models.AbstractModel):
    _inherit = "saas.billing.drain"

    @api.model
    def _get_handlers(self):
        own = {name: f"saas.billing.handler.{name}" for name in HANDLED_TYPES}
        return super()._get_handlers() | own

    @api.model
    def _handle(self, connection, events):
        """Match what a batch brought with what waited for it, whichever came first."""
        outcomes = super()._handle(connection, events)
        if any(event.track == "accounting" for event in events):
            self.env["saas.settlement.transaction"]._match_safely(connection)
        return outcomes
