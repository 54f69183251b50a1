"""Refunds: money given back through the provider's journal, and money that came back again.

The money is booked as soon as the provider's balance moved, whatever the refund's status is by
then. Whether the customer is owed it, a credit note says: the provider's, or one of our own.
"""

from odoo import models
from odoo.addons.saas_billing_connector.canonical import NeedsHuman, Outcome, OutOfScope

#: The money never reached the customer.
RETURNED = ("failed", "canceled")


class SaasBillingHandlerRefund(models.AbstractModel):
    _name = "saas.billing.handler.refund"
    _description = "Billing Handler: Refund"
    _inherit = "saas.billing.handler.money"

    def _process(self, batch):
        moved = [change for change in batch if self._has_moved(change.record)]
        self._book_new(batch, moved)
        self._book_returned(batch, [change for change in moved if change.outcome is None])
        self._propose(batch)
        self._guard_failed(batch)
        for change in batch:
            if change.record.status != "failed" and not self._has_moved(change.record):
                change.reject(
                    OutOfScope(f"A refund that is {change.record.status} moved no money yet.")
                )

    def _has_moved(self, record):
        """Whether money left the provider's balance for it."""
        return record.status == "succeeded" or bool(record.balance_transaction_id)

    def _has_returned(self, record):
        return record.status in RETURNED or bool(record.failure_balance_transaction_id)

    # ── money out ────────────────────────────────────────────────────────────────────────────

    def _book_new(self, batch, changes):
        objects = {change.record.external_id: change for change in changes}
        known = self._get_links(batch, "refund", objects)
        new = [change for key, change in objects.items() if key not in known]
        if not new:
            return
        sources = self._get_sources(batch, changes)
        currencies = self._get_currencies(change.record.currency for change in new)
        prepared = self._prepare_each(
            new, lambda record: self._prepare(batch, record, sources, currencies)
        )
        self._reject_alike(changes, new)
        if prepared:
            self._book(batch, prepared)

    def _reject_alike(self, changes, tried):
        """Other snapshots of a refund that could not be booked share its outcome."""
        outcomes = {change.record.external_id: change.outcome for change in tried}
        for change in changes:
            if outcome := outcomes.get(change.record.external_id):
                change.reject(outcome)

    def _prepare(self, batch, record, sources, currencies):
        """Values of the outgoing payment.

        :raises Outcome: where it cannot be booked
        """
        payment = self._get_source(record, sources)
        currency = self._check_currency(record, currencies)
        self._check_precision(record, currency, [record.amount])
        journal = batch.connection._get_payment_journal()
        day = self._get_day(batch, record.created_at)
        self._check_open(record, day, journal, False)
        return self._prepare_payment(
            record, self._get_paid_invoice(payment), journal, currency, "refund", day
        )

    def _book(self, batch, prepared):
        transactions = [change.record.balance_transaction_id for change, _values in prepared]
        refunds = self._post_payments(batch, "refund", prepared, transactions)
        allocations = self.env["saas.credit.allocation"]._find(
            batch.connection, refunds.mapped("saas_external_id")
        )
        notes = self.env["account.move"].union(*(each.note_id for each in allocations.values()))
        self.env["saas.billing.matching"]._settle_given_back(notes)

    # ── money back in ────────────────────────────────────────────────────────────────────────

    def _book_returned(self, batch, changes):
        """Take back refunds that failed or were cancelled after money had left."""
        returned = {}
        for change in sorted(changes, key=lambda each: each.version, reverse=True):
            if self._has_returned(change.record):
                returned[change.record.external_id] = change
        done = self._get_links(batch, "refund_failure", returned)
        refunds = self._get_bound(batch, "refund", returned, "account.payment")
        prepared = []
        for external_id, change in returned.items():
            if external_id in refunds and external_id not in done:
                try:
                    values = self._prepare_returned(batch, change, refunds[external_id])
                except Outcome as outcome:
                    change.reject(outcome)
                else:
                    prepared.append((change, values))
        if prepared:
            transactions = [
                change.record.failure_balance_transaction_id for change, _values in prepared
            ]
            counters = self._post_payments(batch, "refund_failure", prepared, transactions)
            self._settle_reverted(prepared, counters)

    def _prepare_returned(self, batch, change, refund):
        """Values of the payment that brings the money back.

        :raises Outcome: where it cannot be booked
        """
        day = self._get_day(batch, change.occurred_at)
        self._check_open(change.record, day, refund.journal_id, False)
        return self._prepare_counter(refund, "refund_failure", change.record.external_id, day)

    # ── what the customer is owed ────────────────────────────────────────────────────────────

    def _propose(self, batch):
        """Propose credit notes for what no credit note accounts for."""
        objects = batch.by_object()
        bound = self._get_bound(batch, "refund", objects, "account.payment")
        self.env["saas.credit.proposal"]._propose(
            batch.connection,
            {
                external_id: self._prepare_proposal(objects[external_id], refund)
                for external_id, refund in bound.items()
            },
        )

    def _prepare_proposal(self, changes, refund):
        """Values of the proposal; a refund that was cancelled gives nothing back for good."""
        cancelled = any(change.record.status == "canceled" for change in changes)
        return {
            "connection_id": refund.saas_connection_id.id,
            "kind": "refund",
            "external_id": refund.saas_external_id,
            "event_id": changes[-1].event.id,
            "payment_id": refund.id,
            "invoice_id": refund.saas_invoice_id.id,
            "partner_id": refund.partner_id.id,
            "currency_id": refund.currency_id.id,
            "given_amount": 0.0 if cancelled else refund.amount,
            "date": refund.date,
        }

    def _guard_failed(self, batch):
        """A failed refund stays with a person until the customer was paid another way."""
        for change in batch:
            record = change.record
            if record.status == "failed" and not self._is_settled(batch, record):
                change.reject(
                    NeedsHuman(
                        "refund_failed",
                        f"Refund {record.external_id} failed and the money came back: it is on the "
                        "provider's account again. Pay the customer another way and settle the "
                        "credit note with that payment, then replay.",
                        key=record.external_id,
                        **self._get_stake(record),
                    )
                )

    def _is_settled(self, batch, record):
        """Whether nothing that the refund should have paid out is left to pay."""
        external_id = record.external_id
        proposal = self.env["saas.credit.proposal"]._find(batch.connection, [external_id])
        allocations = self.env["saas.credit.allocation"]._find(batch.connection, [external_id])
        notes = allocations[external_id].note_id if allocations else proposal.note_id
        left = any(not note.currency_id.is_zero(note.amount_residual) for note in notes)
        return proposal.state != "waiting" and not left
