"""Payouts: the newest snapshot wins."""

from odoo import models


class SaasBillingHandlerPayout(models.AbstractModel):
    _name = "saas.billing.handler.payout"
    _description = "Billing Handler: Payout"
    _inherit = ["saas.billing.handler.latest", "saas.billing.guards"]

    _canonical_type = "payout"
    _record_model = "saas.settlement"

    def _resolve(self, batch):
        return self._get_currencies(change.record.currency for change in batch)

    def _check(self, batch, change, resolved):
        currency = self._check_currency(change.record, resolved)
        self._check_precision(change.record, currency, [change.record.amount])

    def _prepare_new(self, batch, record, resolved):
        return {
            "connection_id": batch.connection.id,
            "external_id": record.external_id,
            "currency_id": resolved[record.currency].id,
            "amount": float(record.amount),
            "created_at": record.created_at.replace(tzinfo=None),
            "automatic": record.automatic,
        }

    def _prepare_values(self, batch, record, resolved):
        return {
            "state": record.status,
            # The bank's day, whatever the zone of the books.
            "arrival_date": record.arrival_at.date(),
            "itemised": record.itemised,
            "failure_code": record.failure_code or False,
            "description": record.description or False,
            "statement_descriptor": record.statement_descriptor or False,
            "bank_reference": record.bank_reference or False,
            "reverses_id": record.reverses_id or False,
            "reversed_by_id": record.reversed_by_id or False,
        }

    def _process(self, batch):
        result = super()._process(batch)
        if len(batch):
            # A payout that moved is a good moment to read what else moved the balance.
            batch.connection._wake_settlement()
        return result
