"""A final invoice settles the items that waited for it, whether or not their own events came."""

from odoo import models


class SaasBillingHandlerInvoice(models.AbstractModel):
    _inherit = "saas.billing.handler.invoice"

    def _process(self, batch):
        """After booking, whichever books the invoice belongs to."""
        result = super()._process(batch)
        self._settle_pending(batch)
        return result

    def _settle_pending(self, batch):
        causes = {
            line.invoice_item_id: change
            for change in batch
            for line in change.record.lines
            if line.invoice_item_id
        }
        if causes:
            settled = self.env["saas.pending.item"]._settle(batch.connection, causes)
            self._trace([(causes[item.external_id], item, "updated") for item in settled])
