"""Numbering many documents at once: their numbers follow each other, so one look is enough."""

from contextlib import contextmanager

from odoo import models

MEMO = "saas.numbering"


class AccountMove(models.Model):
    _inherit = "account.move"  # pylint: disable=consider-merging-classes-inherited

    @contextmanager
    def _numbered_together(self):
        """While documents are posted inside, those of one journal and day share their format.

        Odoo looks for the last number anew for each document, which is half of all statements
        of booking it, though only the first one's tells it something: from then on it counts in
        memory, under the lock that it took (see `sequence.mixin._locked_increment`).
        """
        memos = self.env.cr.precommit.data
        memos[MEMO] = {}
        try:
            yield
        finally:
            memos.pop(MEMO, None)

    def _get_next_sequence_format(self):
        memo = self.env.cr.precommit.data.get(MEMO)
        if memo is None:
            return super()._get_next_sequence_format()
        key = self._get_numbering_key()
        if key not in memo:
            memo[key] = super()._get_next_sequence_format()
        number_format, values = memo[key]
        return number_format, dict(values)  # whoever counts takes the number out of it

    def _get_numbering_key(self):
        """What decides the format of a number; documents with one key are numbered alike."""
        partner = self.journal_id.is_self_billing and self.partner_id.commercial_partner_id.id
        return self.journal_id.id, self.move_type, bool(self.origin_payment_id), self.date, partner
