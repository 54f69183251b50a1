"""Credit grants: kept as they stand; usage that they pay for is booked with its invoice."""

from odoo import models
from odoo.addons.saas_billing_connector.canonical import InvalidData, MissingDependency

#: Categories that decide how usage is booked.
CATEGORIES = frozenset({"paid", "promotional"})


class SaasBillingHandlerCreditGrant(models.AbstractModel):
    _name = "saas.billing.handler.credit_grant"
    _description = "Billing Handler: Credit Grant"
    _inherit = ["saas.billing.handler.latest", "saas.billing.guards"]

    _canonical_type = "credit_grant"
    _record_model = "saas.credit.grant"

    def _resolve(self, batch):
        records = [change.record for change in batch]
        return {
            "customers": self._get_bound(
                batch, "customer", [record.customer_id for record in records], "res.partner"
            ),
            "currencies": self._get_currencies(record.currency for record in records),
        }

    def _check(self, batch, change, resolved):
        record = change.record
        if record.category not in CATEGORIES:
            raise InvalidData(
                f"Unknown category of a credit grant: “{record.category}”.",
                key="credit_grant.category",
            )
        if record.customer_id not in resolved["customers"]:
            raise MissingDependency("customer", record.customer_id)
        self._check_precision(
            record, self._check_currency(record, resolved["currencies"]), [record.amount]
        )

    def _prepare_values(self, batch, record, resolved):
        return {
            "name": record.name or record.external_id,
            "partner_id": resolved["customers"][record.customer_id].id,
            "category": record.category,
            "currency_id": resolved["currencies"][record.currency].id,
            "amount": float(record.amount),
            "effective_at": self._naive(record.effective_at),
            "expires_at": self._naive(record.expires_at),
            "voided_at": self._naive(record.voided_at),
        }

    def _prepare_new(self, batch, record, resolved):
        return {"connection_id": batch.connection.id, "external_id": record.external_id}
