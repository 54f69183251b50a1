"""Payments: one per application of money to an invoice, reconciled with it.

Money that did not come through the provider's account has neither a payment intent nor a charge:
it is booked in the journal of what is paid outside.
"""

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
        objects = batch.by_object()
        known = self._get_links(batch, "payment", objects)
        # A payment does not change: of several snapshots any one will do.
        self._book_new(batch, [each[-1] for key, each in objects.items() if key not in known])
        self._revert_told(batch)

    def _revert_told(self, batch):
        """Take back what came back: a debit may have been told as failed before its payment."""
        objects = batch.by_object()
        payments = self._get_bound(batch, "payment", objects, "account.payment")
        self._revert_failed(batch, [(objects[key][-1], each) for key, each in payments.items()])

    def _book_new(self, batch, new):
        if not new:
            return
        new = self.env["saas.billing.handler.outside"]._adopt(batch, new)
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
        kind = "payment" if record.payment_intent_id or record.charge_id else "outside"
        journal = batch.connection._get_journal_of(kind)
        day = self._get_day(batch, record.paid_at)
        self._check_open(record, day, journal, False)
        return self._prepare_payment(
            record, invoices[record.invoice_id], journal, currency, kind, day
        )

    def _book(self, batch, prepared):
        charges = self._add_charges(batch, prepared)
        payments = self._post_payments(
            batch, "payment", prepared, [charge.balance_transaction_id for charge in charges]
        )
        for charge, payment in zip(charges, payments, strict=True):
            charge.payment_id = payment
        self._bind_sources(batch, prepared, payments)
        self._balance_outside(batch, prepared, payments)
        self.env["saas.billing.matching"]._settle(payments.saas_invoice_id)
        self._trace(
            [
                (change, payment.saas_invoice_id, "reconciled")
                for (change, _values), payment in zip(prepared, payments, strict=True)
            ]
        )

    def _balance_outside(self, batch, prepared, payments):
        """What a payment from outside tells, its invoice need not tell once more."""
        told = [
            (change, payment.saas_invoice_id)
            for (change, _values), payment in zip(prepared, payments, strict=True)
            if payment.saas_kind == "outside" and payment.saas_invoice_id.saas_paid_outside
        ]
        if told:
            self.env["saas.billing.handler.outside"]._balance(batch, told)

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
