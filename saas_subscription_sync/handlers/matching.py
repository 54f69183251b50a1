"""Which money settles which document: a function of what is booked, not of the order it came in.

Payments settle the invoice that the provider applied them to; credit notes what payments leave
open; refunds what is left of their credit note.
"""

from odoo import models


class SaasBillingMatching(models.AbstractModel):
    _name = "saas.billing.matching"
    _description = "Billing Matching"

    def _get_open_lines(self, moves):
        """Receivable lines with something left to settle."""
        return moves.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        )

    def _reconcile(self, plan):
        """Reconcile each set of lines of `plan` that can be, in that order, all in one go."""
        plan = [lines for lines in plan if len(lines) > 1]
        # Read at once what `_reconcile_plan` would otherwise read move by move.
        self.env["account.move.line"].union(*plan).move_id.line_ids.mapped("tax_ids")
        self.env["account.move.line"]._reconcile_plan(plan)

    def _release(self, moves):
        """Undo what settles the receivable lines of `moves`."""
        lines = moves.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
        lines.filtered(
            lambda line: line.matched_debit_ids or line.matched_credit_ids
        ).remove_move_reconcile()

    def _settle(self, invoices):
        """Bring the settlement of `invoices` to what is booked by now."""
        payments = self._get_payments([("saas_invoice_id", "in", invoices.ids)], "inbound")
        notes = self._get_credit_notes(invoices)
        refunds = self._get_payments([("saas_credit_note_id", "in", notes.ids)], "outbound")
        by_invoice = payments.grouped("saas_invoice_id")
        notes_by_invoice = notes.grouped("reversed_entry_id")
        refunds_by_note = refunds.grouped("saas_credit_note_id")
        for invoice in invoices:
            self._make_room(
                invoice, by_invoice.get(invoice, payments.browse()), notes_by_invoice.get(invoice)
            )
        self._reconcile(
            [
                self._get_open_lines(invoice | own.move_id)
                for invoice, own in by_invoice.items()
                if self._get_open_lines(invoice) and self._get_open_lines(own.move_id)
            ]
        )
        self._reconcile(
            [
                self._get_open_lines(note | note.reversed_entry_id)
                for note in notes
                if self._get_open_lines(note.reversed_entry_id)
            ]
        )
        self._reconcile(
            [self._get_open_lines(note | own.move_id) for note, own in refunds_by_note.items()]
        )

    def _get_payments(self, domain, payment_type):
        return self.env["account.payment"].search([*domain, ("payment_type", "=", payment_type)])

    def _get_credit_notes(self, invoices):
        """Credit notes of `invoices` that are not voided, the oldest first."""
        notes = self.env["account.move"].search(
            [
                ("reversed_entry_id", "in", invoices.ids),
                ("saas_document_type", "=", "credit_note"),
                ("state", "=", "posted"),
            ],
            order="invoice_date, saas_external_id",
        )
        return notes.filtered(lambda note: not note.reversal_move_ids)

    def _make_room(self, invoice, payments, notes):
        """Take credit notes off an invoice where they settle what payments are there for."""
        if not notes:
            return
        waiting = self._get_open_lines(payments.move_id)
        needed = -sum(waiting.mapped("amount_residual_currency"))
        left = sum(self._get_open_lines(invoice).mapped("amount_residual_currency"))
        if invoice.currency_id.compare_amounts(needed, left) > 0:
            self._release(notes)
