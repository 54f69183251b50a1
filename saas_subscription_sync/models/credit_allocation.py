"""Which refund, or dispute that was lost, pays out which credit note, and how much of it."""

from odoo import fields, models


class SaasCreditAllocation(models.Model):
    """As the credit note tells it: the refund itself may not have arrived yet."""

    _name = "saas.credit.allocation"
    _description = "Money Given Back for a Credit Note"
    _inherit = ["saas.append.only"]
    _order = "id"
    _rec_name = "external_id"
    _check_company_auto = True

    note_id = fields.Many2one(
        "account.move",
        string="Credit Note",
        required=True,
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )
    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    external_id = fields.Char(
        "Refund or Dispute",
        required=True,
        readonly=True,
        help="The credit note's own id where money was given back outside the provider.",
    )
    currency_id = fields.Many2one(related="note_id.currency_id")
    amount = fields.Monetary(readonly=True, help="Zero where the provider does not tell it.")

    _note_unique = models.Constraint(
        "UNIQUE(note_id, external_id)", "A refund pays out a credit note once."
    )
    _external_index = models.Index("(connection_id, external_id)")

    def _find(self, connection, external_ids):
        """Allocations of credit notes that still stand, by external id."""
        allocations = self.search(
            [("connection_id", "=", connection.id), ("external_id", "in", list(external_ids))]
        )
        return allocations._standing().grouped("external_id")

    def _standing(self):
        """Those whose credit note was not taken back."""
        return self.filtered(lambda each: not each.note_id.reversal_move_ids)

    def _find_notes(self, payment):
        found = self.search(
            [
                ("connection_id", "=", payment.saas_connection_id.id),
                ("external_id", "=", payment.saas_external_id),
            ]
        )
        return found.note_id if payment.payment_type == "outbound" else found.note_id.browse()
