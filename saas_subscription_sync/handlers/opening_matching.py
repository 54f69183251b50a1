"""What settles what, where there is no booked document to go by."""

from odoo import models


class SaasBillingMatching(models.AbstractModel):
    _inherit = "saas.billing.matching"

    def _settle_alone(self, notes):
        """Settle credit notes that take back no booked document with their refunds."""
        notes = notes.filtered(lambda note: not note.reversed_entry_id)
        refunds = self._get_payments([("saas_credit_note_id", "in", notes.ids)], "outbound")
        self._reconcile(
            [
                self._get_open_lines(note | own.move_id)
                for note, own in refunds.grouped("saas_credit_note_id").items()
            ]
        )
