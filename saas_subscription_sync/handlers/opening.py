"""The cut-over: which change belongs to the old books, and what is kept of it."""

from decimal import Decimal

from odoo import Command, models
from odoo.addons.saas_billing_connector.canonical import Batch, MissingDependency


class SaasBillingGuards(models.AbstractModel):
    """What lies before the cut-over date is not booked: handlers part it off and collect it.

    The links of collected objects lead to their opening position, those of booked ones to
    their document or payment.
    """

    _inherit = "saas.billing.guards"

    def _is_old(self, batch, instant):
        """Whether an instant lies before the cut-over date."""
        cutover = batch.connection.cutover_date
        return bool(cutover and instant) and self._get_day(batch, instant) < cutover

    def _part(self, batch, is_old):
        """(what belongs to the old books, the rest) as batches of the same changes."""
        old, current = Batch(batch.connection), Batch(batch.connection)
        for change in batch:
            (old if is_old(change.record) else current).changes.append(change)
        return old, current

    def _part_by_invoice(self, batch, get_instant):
        """The same for what belongs to an invoice: it stays on the side where its invoice is."""
        if not batch.connection.cutover_date:
            return Batch(batch.connection), batch
        ids = [change.record.invoice_id for change in batch]
        booked = self._get_bound(batch, "invoice", ids, "account.move")
        return self._part(
            batch,
            lambda record: (
                record.invoice_id not in booked and self._is_old(batch, get_instant(record))
            ),
        )

    def _get_positions(self, batch, object_type, external_ids):
        """Opening positions by external id of an object that belongs to them."""
        return self._get_bound(batch, object_type, external_ids, "saas.opening.position")

    def _get_invoice_positions(self, batch):
        """Opening positions of the invoices that the batch names."""
        if not batch.connection.cutover_date:
            return {}
        return self._get_positions(batch, "invoice", [each.record.invoice_id for each in batch])

    def _get_position(self, positions, record):
        """The position of the invoice that a record from before the cut-over belongs to.

        :raises MissingDependency: where the invoice has not arrived
        """
        if record.invoice_id not in positions:
            raise MissingDependency("invoice", record.invoice_id)
        return positions[record.invoice_id]

    def _get_invoices(self, batch, records):
        """Opening documents too: what was open is settled like any other invoice."""
        invoices = super()._get_invoices(batch, records)
        if not batch.connection.cutover_date:
            return invoices
        positions = self._get_positions(batch, "invoice", [each.invoice_id for each in records])
        opened = {key: each._get_document() for key, each in positions.items()}
        return invoices | {key: document for key, document in opened.items() if document}

    def _keep_facts(self, told):
        """Store new facts and bring the figures of their positions up to date.

        :param told: list of (change, values of a fact)
        """
        facts = self.env["saas.opening.fact"].create(
            [{"event_id": change.event.id, **values} for change, values in told]
        )
        facts.position_id._refresh()
        pairs = zip(told, facts, strict=True)
        self._trace([(change, fact.position_id, "updated") for (change, _values), fact in pairs])

    def _prepare_amounts(self, position, net, gross):
        """Amounts of a fact, signed in the sense of what the customer owes."""
        return {
            "position_id": position.id,
            "amount": float(net),
            "company_amount": position._to_company(float(net)),
            "gross_amount": float(gross),
        }


class SaasBillingHandlerDocument(models.AbstractModel):
    _inherit = "saas.billing.handler.document"

    def _check_old(self, resolved, record, lines):
        """Refuse what cannot be opened: as for a booking, but the day may well be closed.

        :raises Outcome: which ends the change
        """
        currency = self._check_currency(record, resolved.currencies)
        self._check_precision(record, currency, [record.total, *(x.net_amount for x in lines)])
        added = sum((self._get_gross(line) for line in lines), Decimal(0))
        if added != record.total:
            self._raise_mismatch(record, f"its lines add up to {added}")
        return currency

    def _prepare_taking_back(self, resolved, record, position, pairs, document_type, day):
        """Values of a document since the cut-over that takes back what was billed before it.

        Service that was still to come leaves the deferred account, the rest goes against revenue;
        taxes are those of the document itself.

        :param pairs: list of (billed fact, canonical line that takes it back)
        :raises Outcome: where it cannot be booked
        """
        position._check_booked(record.total, record.currency)
        self._check_open(record, day, resolved.journal, any(line.taxes for _fact, line in pairs))
        sign, move_type = (1, "out_refund") if record.total >= 0 else (-1, "out_invoice")
        lines = [
            self._prepare_line(resolved, record, line, sign) | fact._prepare_origin()
            for fact, line in pairs
        ]
        return {
            **self._prepare_document(
                resolved, record, document_type, move_type, day, position.partner_id
            ),
            "invoice_currency_rate": position.currency_rate,
            "invoice_line_ids": [Command.create(values) for values in lines],
        }
