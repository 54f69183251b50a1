"""Money from before the cut-over is in the old books; later money finds its opening position."""

from odoo import models
from odoo.addons.saas_billing_connector.canonical import NeedsHuman, Outcome, OutOfScope


class SaasBillingHandlerPayment(models.AbstractModel):
    _inherit = "saas.billing.handler.payment"

    def _process(self, batch):
        old, current = self._part_by_invoice(batch, lambda record: record.paid_at)
        if old:
            self._collect_old(old)
        self._check_positions(current)
        return super()._process(current)

    def _collect_old(self, batch):
        """Keep what was paid, and let later refunds find whose money they give back."""
        known = self._get_links(batch, "payment", batch.by_object())
        positions = self._get_invoice_positions(batch)
        told, paid = [], []
        for external_id, changes in batch.by_object().items():
            if external_id in known:
                continue
            try:
                position = self._get_position(positions, changes[-1].record)
            except Outcome as outcome:
                batch.reject(changes, outcome)
            else:
                told.append((changes[-1], self._prepare_paid(batch, changes[-1].record, position)))
                paid.append((changes[-1], position))
        if told:
            self._keep_facts(told)
            bound = [(change, change.record.external_id, each) for change, each in paid]
            self._bind(batch, "payment", bound)
            self._bind_sources(batch, told, [position for _change, position in paid])

    def _prepare_paid(self, batch, record, position):
        return {
            **self._prepare_amounts(position, 0, -record.amount),
            "kind": "paid",
            "document_id": record.external_id,
            "external_id": record.external_id,
            "date": self._get_day(batch, record.paid_at),
        }

    def _check_positions(self, batch):
        """Money for an invoice from before the cut-over settles its opening document."""
        positions = self._get_invoice_positions(batch)
        for change in batch:
            record = change.record
            if position := positions.get(record.invoice_id):
                try:
                    position._check_booked(record.amount, record.currency)
                    self._check_receivable(record, position)
                except Outcome as outcome:
                    change.reject(outcome)

    def _check_receivable(self, record, position):
        """There is a document to settle.

        :raises NeedsHuman: where the old books had the invoice as paid
        """
        if not position._get_document():
            raise NeedsHuman(
                "opening_settled",
                f"{position.name} was paid before the cut-over as far as the provider tells, and a "
                f"payment of {record.amount} {record.currency} came since. Find out what it is for "
                "and book it by hand.",
                key=position.external_id,
                **self._get_stake(record),
            )


class SaasBillingHandlerMoney(models.AbstractModel):
    """What is given back or disputed may have been paid before the cut-over."""

    _inherit = "saas.billing.handler.money"

    def _get_sources(self, batch, changes):
        sources = super()._get_sources(batch, changes)
        if not batch.connection.cutover_date:
            return sources
        for object_type, name in (("payment_intent", "payment_intent_id"), ("charge", "charge_id")):
            ids = [getattr(change.record, name) for change in changes]
            positions = self._get_positions(batch, object_type, ids)
            sources |= {(object_type, each): position for each, position in positions.items()}
        return sources

    def _get_paid_invoice(self, payment):
        if payment._name == "saas.opening.position":
            return payment._get_document()
        return super()._get_paid_invoice(payment)


class SaasBillingHandlerDispute(models.AbstractModel):
    _inherit = "saas.billing.handler.dispute"

    def _process(self, batch):
        for change in batch:
            if self._is_old(batch, change.record.created_at):
                change.reject(OutOfScope("From before the cut-over: it is in the old books."))
        return super()._process(batch)

    def _prepare_payer(self, payment):
        if payment._name != "saas.opening.position":
            return super()._prepare_payer(payment)
        return {
            "invoice_id": self._get_paid_invoice(payment).id,
            "partner_id": payment.partner_id.id,
        }


class SaasBillingHandlerRefund(models.AbstractModel):
    _inherit = "saas.billing.handler.refund"

    def _process(self, batch):
        for change in batch:
            if self._is_old(batch, change.record.created_at):
                change.reject(OutOfScope("From before the cut-over: it is in the old books."))
        return super()._process(batch)

    def _prepare(self, batch, record, sources, currencies):
        values = super()._prepare(batch, record, sources, currencies)
        position = self._get_source(record, sources)
        if position._name != "saas.opening.position":
            return values
        # The payment was never booked here, and its invoice only where something was left of it.
        partner = position.partner_id.with_company(position.company_id).commercial_partner_id
        return values | {
            "partner_id": partner.id,
            "destination_account_id": partner.property_account_receivable_id.id,
            "memo": position.name,
            "saas_connection_id": position.connection_id.id,
        }
