"""Payments: one per application of money to an invoice, reconciled with it."""

from odoo import models
from odoo.addons.saas_billing_connector.canonical import MissingDependency, OutOfScope


class SaasBillingHandlerPayment(models.AbstractModel):
    _name = "saas.billing.handler.payment"
    _description = "Billing Handler: Payment"
    _inherit = "saas.billing.handler.money"

    def _process(self, batch):
        for change in batch:
            if not change.record.amount:
                change.reject(OutOfScope("No money moved."))
        known = self._get_links(batch, "payment", batch.by_object())
        # A payment does not change: of several snapshots any one will do.
        new = [each[-1] for key, each in batch.by_object().items() if key not in known]
        if not new:
            return
        records = [change.record for change in new]
        invoices = self._get_invoices(batch, records)
        currencies = self._get_currencies(record.currency for record in records)
        prepared = self._prepare_each(
            new, lambda record: self._prepare(batch, record, invoices, currencies)
        )
        if prepared:
            self._book(batch, prepared)

    def _prepare(self, batch, record, invoices, currencies):
        """Values of the payment.

        :raises Outcome: where it cannot be booked
        """
        if record.invoice_id not in invoices:
            raise MissingDependency("invoice", record.invoice_id)
        currency = self._check_currency(record, currencies)
        self._check_precision(record, currency, [record.amount])
        journal = batch.connection._get_payment_journal()
        day = self._get_day(batch, record.paid_at)
        self._check_open(record, day, journal, False)
        return self._prepare_payment(
            record, invoices[record.invoice_id], journal, currency, "inbound", day
        )

    def _book(self, batch, prepared):
        payments = self._post_payments(batch, "payment", prepared)
        self._bind_sources(batch, prepared, payments)
        self.env["saas.billing.matching"]._settle(payments.saas_invoice_id)
        self._trace(
            [
                (change, payment.saas_invoice_id, "reconciled")
                for (change, _values), payment in zip(prepared, payments, strict=True)
            ]
        )

    def _bind_sources(self, batch, prepared, payments):
        """Let refunds find the payment by its payment intent or charge."""
        for object_type, name in (
            ("payment_intent", "payment_intent_id"),
            ("charge", "charge_id"),
        ):
            sources = {}
            for (change, _values), payment in zip(prepared, payments, strict=True):
                external_id = getattr(change.record, name)
                if external_id:
                    sources.setdefault(external_id, (change, external_id, payment))
            known = self._get_links(batch, object_type, sources)
            bound = [row for external_id, row in sources.items() if external_id not in known]
            if bound:
                self._bind(batch, object_type, bound)
