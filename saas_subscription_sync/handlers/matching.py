"""Which money settles which document: a function of what is booked, not of the order it came in.

Payments settle the invoice that the provider applied them to; credit notes what payments leave
open, unless they came after payment; refunds and lost disputes their credit notes. What was taken
back settles nothing but what took it back.
"""

from odoo import models

from ..models.account_payment import SETTLING


class SaasBillingMatching(models.AbstractModel):
    _name = "saas.billing.matching"
    _description = "Billing Matching"

    def _get_receivable_lines(self, moves):
        return moves.line_ids.filtered(lambda line: line.account_type == "asset_receivable")

    def _get_open_lines(self, moves):
        """Receivable lines with something left to settle."""
        return self._get_receivable_lines(moves).filtered(lambda line: not line.reconciled)

    def _reconcile(self, plan):
        """Reconcile each set of lines of `plan` that can be, in that order, all in one go."""
        plan = [lines for lines in plan if len(lines) > 1]
        # Read at once what `_reconcile_plan` would otherwise read move by move.
        self.env["account.move.line"].union(*plan).move_id.line_ids.mapped("tax_ids")
        self.env["account.move.line"]._reconcile_plan(plan)

    def _release(self, moves):
        """Undo what settles the receivable lines of `moves`, but for the customer's balance."""
        lines = self._get_receivable_lines(moves)
        (lines.matched_debit_ids | lines.matched_credit_ids).filtered(
            lambda partial: not (
                partial.debit_move_id | partial.credit_move_id
            ).move_id.saas_balance_of_id
        ).unlink()

    # ── invoices ─────────────────────────────────────────────────────────────────────────────

    def _settle(self, invoices):
        """Bring the settlement of `invoices` to what is booked by now."""
        payments = self._get_payments(invoices)
        notes = self._get_credit_notes(invoices)
        by_invoice = payments.grouped("saas_invoice_id")
        settling = notes.filtered(lambda note: not note.saas_after_payment)
        notes_by_invoice = settling.grouped("reversed_entry_id")
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
                for note in settling
                if self._get_open_lines(note.reversed_entry_id)
            ]
        )
        self._settle_given_back(notes)

    def _get_payments(self, invoices):
        """Payments of `invoices` that were not taken back."""
        return self.env["account.payment"].search(
            [
                ("saas_invoice_id", "in", invoices.ids),
                ("saas_kind", "in", SETTLING),
                ("saas_reverted_by_ids", "=", False),
            ]
        )

    def _get_credit_notes(self, invoices):
        """Credit notes of `invoices` that are not voided, the oldest first."""
        notes = self.env["account.move"].search(
            [
                ("reversed_entry_id", "in", invoices.ids),
                ("saas_document_type", "in", ("credit_note", "own_credit_note")),
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

    # ── given back ───────────────────────────────────────────────────────────────────────────

    def _settle_given_back(self, notes):
        """Settle credit notes with what gave their money back, as far as it is booked."""
        allocations = self.env["saas.credit.allocation"].search([("note_id", "in", notes.ids)])
        if not allocations:
            return
        given = self._get_given_back(allocations)
        groups = []
        for allocation in allocations:
            moves = allocation.note_id | given.get(allocation.external_id, notes.browse())
            joined = [group for group in groups if group & moves]
            groups = [group for group in groups if not group & moves]
            groups.append(moves.union(*joined))
        self._reconcile([self._get_open_lines(group) for group in groups])

    def _get_given_back(self, allocations):
        """Entries of refunds that stand and of lost disputes, by external id."""
        refunds = self.env["account.payment"].search(
            [
                ("saas_connection_id", "in", allocations.connection_id.ids),
                ("saas_external_id", "in", allocations.mapped("external_id")),
                ("saas_kind", "in", ("refund", "outside_refund")),
                ("saas_reverted_by_ids", "=", False),
            ]
        )
        disputes = self.env["saas.dispute"].search(
            [
                ("connection_id", "in", allocations.connection_id.ids),
                ("external_id", "in", allocations.mapped("external_id")),
            ]
        )
        return {refund.saas_external_id: refund.move_id for refund in refunds} | {
            dispute.external_id: dispute._get_loss_moves() for dispute in disputes
        }

    # ── taken back ───────────────────────────────────────────────────────────────────────────

    def _revert(self, counters):
        """Let payments that took others back settle those, whatever had settled them before."""
        self._release(counters.saas_reverts_id.move_id)
        self._reconcile(
            [
                self._get_open_lines(counter.move_id | counter.saas_reverts_id.move_id)
                for counter in counters
            ]
        )
