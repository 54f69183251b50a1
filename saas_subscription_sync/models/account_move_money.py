"""What the provider says of the money behind a document, and its movement there."""

from odoo import fields, models


# Money is a concern of its own; where a document came from has its file.
# pylint: disable=consider-merging-classes-inherited
class AccountMove(models.Model):
    _inherit = "account.move"

    saas_document_type = fields.Selection(
        selection_add=[
            ("own_credit_note", "Credit Note of Our Own"),
            ("own_credit_note_void", "Void of a Credit Note of Our Own"),
            ("dispute", "Dispute"),
        ]
    )
    saas_balance_transaction_id = fields.Char(
        string="Balance Transaction",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The movement of the provider's balance that this entry books.",
    )
    saas_after_payment = fields.Boolean(
        string="Credited After Payment",
        readonly=True,
        copy=False,
        help="A credit note that settles nothing of its invoice: its money is given back.",
    )
    saas_dispute_id = fields.Many2one(
        "saas.dispute",
        string="Dispute",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    saas_paid_outside = fields.Monetary(
        string="Paid Outside",
        readonly=True,
        copy=False,
        help="What the provider was told to be paid elsewhere, as the paid invoice says.",
    )
    saas_paid_outside_on = fields.Date(string="Paid Outside On", readonly=True, copy=False)
    saas_credit_allocation_ids = fields.One2many(
        "saas.credit.allocation", "note_id", string="Given Back By", readonly=True
    )
    saas_dispute_count = fields.Integer(compute="_compute_saas_dispute_count", string="Disputes")

    def _compute_saas_dispute_count(self):
        counts = self.env["saas.dispute"]._count_by("invoice_id", self)
        for move in self:
            move.saas_dispute_count = counts.get(move, 0)

    def action_open_saas_disputes(self):
        """Disputes of the payments of these invoices."""
        return self.env["saas.dispute"]._get_list_action([("invoice_id", "in", self.ids)])
