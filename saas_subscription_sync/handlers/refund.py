"""Refunds: money given back through the provider's journal, against their credit note if any."""

from odoo import models
from odoo.addons.saas_billing_connector.canonical import MissingDependency, NeedsHuman, OutOfScope


class SaasBillingHandlerRefund(models.AbstractModel):
    _name = "saas.billing.handler.refund"
    _description = "Billing Handler: Refund"
    _inherit = "saas.billing.handler.money"

    def _process(self, batch):
        for change in batch:
            self._guard_status(change)
        known = self._get_links(batch, "refund", batch.by_object())
        new = [each[-1] for key, each in batch.by_object().items() if key not in known]
        if not new:
            return
        sources = self._get_sources(batch, new)
        currencies = self._get_currencies(change.record.currency for change in new)
        prepared = self._prepare_each(
            new, lambda record: self._prepare(batch, record, sources, currencies)
        )
        if prepared:
            self._book(batch, prepared)

    def _guard_status(self, change):
        record = change.record
        if record.status == "failed":
            change.reject(
                NeedsHuman(
                    "refund_failed",
                    f"Refund {record.external_id} failed and the money came back. Cancel its "
                    "payment in Odoo if it is there, and pay the customer another way.",
                    key=record.external_id,
                    **self._get_stake(record),
                )
            )
        elif record.status != "succeeded":
            change.reject(OutOfScope(f"A refund that is {record.status} moved no money yet."))

    def _get_sources(self, batch, changes):
        """Payments that are given back, by payment intent and by charge."""
        sources = {}
        for object_type, name in (("payment_intent", "payment_intent_id"), ("charge", "charge_id")):
            ids = [getattr(change.record, name) for change in changes]
            bound = self._get_bound(batch, object_type, ids, "account.payment")
            sources |= {(object_type, each): payment for each, payment in bound.items()}
        return sources

    def _get_source(self, record, sources):
        """The payment that `record` gives back.

        :raises MissingDependency: where it is not in the books yet
        """
        keys = [("payment_intent", record.payment_intent_id), ("charge", record.charge_id)]
        keys = [key for key in keys if key[1]]
        for key in keys:
            if key in sources:
                return sources[key]
        raise MissingDependency(*(keys[0] if keys else ("charge", record.external_id)))

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
            record, self._get_paid_invoice(payment), journal, currency, "outbound", day
        )

    def _get_paid_invoice(self, payment):
        return payment.saas_invoice_id

    def _book(self, batch, prepared):
        refunds = self._post_payments(batch, "refund", prepared)
        notes = self._get_bound(
            batch,
            "refund_credit_note",
            [change.record.external_id for change, _values in prepared],
            "account.move",
        )
        for (change, _values), refund in zip(prepared, refunds, strict=True):
            refund.saas_credit_note_id = notes.get(change.record.external_id, False)
        self.env["saas.billing.matching"]._settle(refunds.saas_credit_note_id.reversed_entry_id)
