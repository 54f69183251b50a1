"""What was paid or given back outside the provider's account, in a journal of its own.

An invoice that was marked as paid elsewhere tells by how much; a payment that was reported to the
provider tells it once more, with its own id. So what is booked from the invoice is what it tells
less what payments tell, and a payment that is booked already is adopted instead of booked again.
"""

from collections import defaultdict
from decimal import Decimal
from types import SimpleNamespace

from odoo import models
from odoo.addons.saas_billing_connector.canonical import Outcome
from odoo.tools import float_repr


class SaasBillingHandlerOutside(models.AbstractModel):
    _name = "saas.billing.handler.outside"
    _description = "Billing Handler: Paid Outside"
    _inherit = "saas.billing.handler.money"

    # ── invoices ─────────────────────────────────────────────────────────────────────────────

    def _note(self, batch):
        """Book what the paid invoices of a batch tell of money from outside."""
        told = {
            external_id: changes[-1]
            for external_id, changes in batch.by_object().items()
            if changes[-1].record.status == "paid"
            and changes[-1].record.paid_at
            and changes[-1].record.paid_out_of_band
        }
        if not told:
            return
        named = [SimpleNamespace(invoice_id=external_id) for external_id in told]
        invoices = self._get_invoices(batch, named)
        rows = [(told[external_id], invoice) for external_id, invoice in invoices.items()]
        for change, invoice in rows:
            invoice.write(
                {
                    "saas_paid_outside": float(change.record.paid_out_of_band),
                    "saas_paid_outside_on": self._get_day(batch, change.record.paid_at),
                }
            )
        self._balance(batch, rows)

    def _balance(self, batch, told):
        """Bring what is booked from invoices to what they tell less what payments tell.

        :param told: list of (change, invoice)
        """
        payments = self._find_outside(invoice for _change, invoice in told)
        reverted, prepared = [], []
        for change, invoice in told:
            own, reported = self._split(payments[invoice])
            left = self._get_exact(invoice, invoice.saas_paid_outside) - reported
            if left == sum((self._get_exact(invoice, each.amount) for each in own), Decimal(0)):
                continue
            try:
                self._check_outside(batch, change, invoice)
            except Outcome as outcome:
                change.reject(outcome)
                continue
            reverted += [(change, each) for each in own]
            if left > 0:
                prepared.append((change, self._prepare_outside(batch, invoice, left)))
        if reverted:
            values = [
                (
                    change,
                    self._prepare_counter(
                        each, "outside_reversal", each.saas_external_id, each.date
                    ),
                )
                for change, each in reverted
            ]
            self._settle_reverted(values, self._post_payments(batch, "outside_reversal", values))
        if prepared:
            self._post_payments(batch, "outside_payment", prepared)
        if reverted or prepared:
            matching = self.env["saas.billing.matching"]
            matching._settle(self.env["account.move"].union(*(each for _c, each in told)))

    def _find_outside(self, invoices):
        """Standing payments from outside by invoice."""
        found = defaultdict(self.env["account.payment"].browse)
        payments = self.env["account.payment"].search(
            [
                ("saas_invoice_id", "in", [invoice.id for invoice in invoices]),
                ("saas_kind", "=", "outside"),
                ("saas_reverted_by_ids", "=", False),
            ]
        )
        found.update(payments.grouped("saas_invoice_id"))
        return found

    def _split(self, payments):
        """(payments booked from the invoice, amount of those with an id of their own)."""
        own = payments.filtered(self._is_of_invoice)
        reported = payments - own
        return own, sum((self._get_exact(each, each.amount) for each in reported), Decimal(0))

    def _is_of_invoice(self, payment):
        invoice_id = payment.saas_invoice_id.saas_external_id
        return payment.saas_external_id.partition(":")[0] == invoice_id

    def _get_exact(self, record, amount):
        return Decimal(float_repr(amount, record.currency_id.decimal_places))

    def _check_outside(self, batch, change, invoice):
        """The day is open.

        :raises Outcome: where it is not
        """
        journal = batch.connection._get_journal_of("outside")
        self._check_open(change.record, invoice.saas_paid_outside_on, journal, False)

    def _prepare_outside(self, batch, invoice, amount):
        earlier = self.env["account.payment"].search_count(
            [("saas_invoice_id", "=", invoice.id), ("saas_kind", "=", "outside")]
        )
        external_id = invoice.saas_external_id
        record = SimpleNamespace(
            external_id=f"{external_id}:{earlier + 1}" if earlier else external_id, amount=amount
        )
        return self._prepare_payment(
            record,
            invoice,
            batch.connection._get_journal_of("outside"),
            invoice.currency_id,
            "outside",
            invoice.saas_paid_outside_on,
        )

    # ── payments ─────────────────────────────────────────────────────────────────────────────

    def _adopt(self, batch, changes):
        """Of payments from outside give those their id that are booked from their invoice already.

        :returns: the changes that are still to be booked
        """
        outside = [change for change in changes if self._is_outside(change.record)]
        if not outside:
            return changes
        invoices = self._get_invoices(batch, [change.record for change in outside])
        payments = self._find_outside(invoices.values())
        adopted = []
        for change in outside:
            invoice = invoices.get(change.record.invoice_id, self.env["account.move"])
            own, _reported = self._split(payments[invoice])
            twin = own.filtered(lambda each, change=change: self._is_twin(batch, change, each))[:1]
            if twin:
                twin.saas_external_id = change.record.external_id
                adopted.append((change, change.record.external_id, twin))
        self._bind(batch, "payment", adopted)
        self._trace([(change, payment, "updated") for change, _id, payment in adopted])
        done = {change for change, *_rest in adopted}
        return [change for change in changes if change not in done]

    def _is_outside(self, record):
        """Whether the provider never held the money."""
        return not record.payment_intent_id and not record.charge_id

    def _is_twin(self, batch, change, payment):
        """Whether a payment booked from the invoice is the one that `change` tells of."""
        record = change.record
        return (
            payment.date == self._get_day(batch, record.paid_at)
            and payment.currency_id.name == record.currency
            and self._get_exact(payment, payment.amount) == record.amount
        )

    # ── credit notes ─────────────────────────────────────────────────────────────────────────

    def _give_back(self, batch, pairs):
        """Book what credit notes gave back outside, on their own day.

        :param pairs: list of (change, credit note)
        """
        told = [(change, note, self._get_given(change.record)) for change, note in pairs]
        told = [(change, note, amount) for change, note, amount in told if amount]
        if not told:
            return
        journal = batch.connection._get_journal_of("outside_refund")
        prepared = []
        for change, note, amount in told:
            self._check_open(change.record, note.date, journal, False)
            record = SimpleNamespace(external_id=note.saas_external_id, amount=amount)
            values = self._prepare_payment(
                record, note, journal, note.currency_id, "outside_refund", note.date
            )
            prepared.append((change, values | {"saas_invoice_id": note.reversed_entry_id.id}))
        self._post_payments(batch, "outside_refund", prepared)
        self.env["saas.credit.allocation"].create(
            [
                {
                    "note_id": note.id,
                    "connection_id": batch.connection.id,
                    "external_id": note.saas_external_id,
                    "amount": float(amount),
                }
                for _change, note, amount in told
            ]
        )

    def _get_given(self, record):
        """What a credit note gave back outside: told as such, or by a refund without an id."""
        refunds = (each.amount or Decimal(0) for each in record.refunds if not each.refund_id)
        return record.out_of_band_amount + sum(refunds, Decimal(0))


class SaasBillingHandlerInvoice(models.AbstractModel):
    _inherit = "saas.billing.handler.invoice"

    def _process(self, batch):
        result = super()._process(batch)
        self.env["saas.billing.handler.outside"]._note(batch)
        return result
