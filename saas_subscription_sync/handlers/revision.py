"""Revisions: the invoice that another one replaces is taken back, so that neither counts twice.

The provider voids it too. Whichever arrives first, the revision or the void, books the reversal.
"""

from dataclasses import replace
from datetime import UTC
from decimal import Decimal

from odoo import models
from odoo.fields import Domain
from odoo.tools import float_repr


class SaasBillingHandlerRevision(models.AbstractModel):
    _name = "saas.billing.handler.revision"
    _description = "Billing Handler: Revision"
    _inherit = "saas.billing.handler.reversal"

    def _take_back_revised(self, batch):
        """Reverse what invoices of this batch replace, and those of them that are replaced."""
        told = {key: changes[-1] for key, changes in batch.by_object().items()}
        revisions = self._find_revisions(batch, told)
        if not revisions:
            return
        originals = self._get_bound(
            batch, "invoice", revisions.mapped("saas_replaces_id"), "account.move"
        )
        voided, sources = {}, {}
        for revision in revisions:
            original = originals.get(revision.saas_replaces_id)
            if original:
                change = told.get(revision.saas_external_id) or told[revision.saas_replaces_id]
                void = replace(change, record=self._as_void(change.record, original, revision))
                voided[original.saas_external_id] = void
                sources[void] = change
        self._take_back(batch, "invoice", voided)
        for void, change in sources.items():
            if void.outcome:
                change.reject(void.outcome)

    def _find_revisions(self, batch, external_ids):
        """Booked revisions among these invoices, or of them; in one query."""
        names = Domain("saas_external_id", "in", [*external_ids])
        names |= Domain("saas_replaces_id", "in", [*external_ids])
        return self.env["account.move"].search(
            Domain("saas_connection_id", "=", batch.connection.id)
            & Domain("saas_document_type", "=", "invoice")
            & Domain("saas_replaces_id", "!=", False)
            & names
        )

    def _as_void(self, record, original, revision):
        """The record of `original`, void since its revision became final."""
        decimals = original.currency_id.decimal_places
        return replace(
            record,
            external_id=original.saas_external_id,
            number=original.saas_number or None,
            status="void",
            total=Decimal(float_repr(original.amount_total, decimals)),
            voided_at=revision.saas_issued_at.replace(tzinfo=UTC),
        )
