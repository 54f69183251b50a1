"""Taking back a whole document, once, on the day the provider voided it."""

from odoo import models
from odoo.addons.saas_billing_connector.canonical import InvalidData, Outcome


class SaasBillingHandlerReversal(models.AbstractModel):
    _name = "saas.billing.handler.reversal"
    _description = "Billing Handler: Reversal"
    _inherit = "saas.billing.handler.document"

    def _void(self, batch, object_type):
        """Reverse the voided documents of a batch that are booked and not reversed yet.

        :param object_type: canonical type of the documents
        """
        voided = {
            change.record.external_id: change for change in batch if change.record.status == "void"
        }
        self._take_back(batch, object_type, voided)

    def _take_back(self, batch, object_type, voided):
        """Reverse documents that are booked and not reversed yet.

        :param voided: change by external id of the document that it voids
        """
        if not voided:
            return
        moves = self._get_bound(batch, object_type, voided, "account.move")
        done = self._get_links(batch, f"{object_type}_void", voided)
        prepared = []
        for external_id, change in voided.items():
            if external_id in moves and external_id not in done:
                try:
                    values = self._prepare_void(batch, change.record, moves[external_id])
                except Outcome as outcome:
                    change.reject(outcome)
                else:
                    prepared.append((change, values, moves[external_id]))
        if prepared:
            self._reverse(batch, object_type, prepared)

    def _prepare_void(self, batch, record, move):
        """Values of the reversal.

        :raises Outcome: where it cannot be booked
        """
        if not record.voided_at:
            raise InvalidData("A voided document has no date of its void.", key="voided_at")
        day = self._get_day(batch, record.voided_at)
        self._check_open(record, day, move.journal_id, bool(move.invoice_line_ids.tax_ids))
        return self._prepare_reversal(move, record, day)

    def _reverse(self, batch, object_type, prepared):
        reversals = self._post_documents(
            batch, f"{object_type}_void", [(change, values) for change, values, _move in prepared]
        )
        matching, effects, plan = self.env["saas.billing.matching"], [], []
        # Only the reversal settles a voided document, whatever settled it before.
        matching._release(self.env["account.move"].union(*(move for *_, move in prepared)))
        for (change, _values, move), reversal in zip(prepared, reversals, strict=True):
            reversal.reversed_entry_id = move
            plan.append(matching._get_open_lines(move | reversal))
            effects += [(change, move, "reversed"), (change, reversal, "reconciled")]
        matching._reconcile(plan)
        self._trace(effects)
