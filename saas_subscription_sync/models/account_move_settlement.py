"""From payments and entries to the movement of the provider's balance that settles them."""

from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _get_saas_transactions(self):
        """Movements that these entries are, or that are reconciled with them."""
        items = self.line_ids
        others = items.matched_debit_ids.debit_move_id | items.matched_credit_ids.credit_move_id
        return (items | others).statement_line_id.saas_transaction_ids

    def action_open_saas_settlement(self):
        """Movements of the provider's balance behind this entry."""
        transactions = self._get_saas_transactions()
        return transactions._get_records_action(name=self.env._("Balance Transactions"))
