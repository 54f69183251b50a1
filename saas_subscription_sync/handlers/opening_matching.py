"""What settles what, where there is no booked document to go by."""

from odoo import models


class SaasBillingMatching(models.AbstractModel):
    _inherit = "saas.billing.matching"

    def _settle_alone(self, notes):
        """Settle credit notes that take back no booked document with their refunds."""
        self._settle_given_back(notes.filtered(lambda note: not note.reversed_entry_id))
