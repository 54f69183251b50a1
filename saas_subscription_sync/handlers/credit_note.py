"""Credit notes: the lines they take back, over the same service periods, at the invoice's rate."""

from collections import defaultdict
from decimal import Decimal

from odoo import Command, models
from odoo.addons.saas_billing_connector.canonical import (
    InvalidData,
    MissingDependency,
    NeedsHuman,
    Outcome,
    Superseded,
)
from odoo.tools import float_repr

from ..rules.amounts import allocate


class SaasBillingHandlerCreditNote(models.AbstractModel):
    _name = "saas.billing.handler.credit_note"
    _description = "Billing Handler: Credit Note"
    _inherit = "saas.billing.handler.reversal"

    # Lines never change, and a void is final.
    _newest_tells_all = True

    def _process(self, batch):
        links = self._get_links(batch, "credit_note", batch.by_object())
        self._book_new(batch, links)
        self._refresh_known(batch, links)
        self._void(batch, "credit_note")

    def _book_new(self, batch, links):
        new = {key: each for key, each in batch.by_object().items() if key not in links}
        if not new:
            return
        records = [changes[-1].record for changes in new.values()]
        resolved = self._resolve(batch, records)
        invoices = self._get_bound(
            batch, "invoice", [record.invoice_id for record in records], "account.move"
        )
        prepared = []
        for changes in new.values():
            record = changes[-1].record
            try:
                invoice = self._get_invoice(invoices, record)
                values = self._prepare_credit_note(resolved, record, invoice)
                prepared.append((changes[-1], values, invoice))
            except Outcome as outcome:
                batch.reject(changes, outcome)
        if prepared:
            self._post_credit_notes(batch, prepared)

    def _get_invoice(self, invoices, record):
        if record.invoice_id not in invoices:
            raise MissingDependency("invoice", record.invoice_id)
        return invoices[record.invoice_id]

    def _post_credit_notes(self, batch, prepared):
        """Post, and only then say which invoices they take back.

        Odoo matches a posted reversal with its origin by itself, but pairs them wrongly where one
        invoice has several in a batch (`_post` zips two lists); `saas.billing.matching` does it.
        """
        notes = self._post_documents(
            batch, "credit_note", [(change, values) for change, values, _invoice in prepared]
        )
        effects = []
        for (change, _values, invoice), note in zip(prepared, notes, strict=True):
            note.reversed_entry_id = invoice
            effects += [(change, each, "reconciled") for each in invoice]
        pairs = [(change, note) for (change, *_rest), note in zip(prepared, notes, strict=True)]
        self._give_back(batch, pairs)
        self.env["saas.billing.matching"]._settle(notes.reversed_entry_id)
        self._trace(effects)

    def _give_back(self, batch, pairs):
        """Remember which refunds pay out which credit note, and book what went back outside.

        Refunds that were first are told; what a credit note of our own stood for falls away.
        """
        allocations = self.env["saas.credit.allocation"].create(
            [
                {
                    "note_id": note.id,
                    "connection_id": batch.connection.id,
                    "external_id": refund.refund_id,
                    "amount": float(refund.amount or 0),
                }
                for change, note in pairs
                for refund in change.record.refunds
                if refund.refund_id
            ]
        )
        self.env["saas.billing.handler.outside"]._give_back(batch, pairs)
        self.env["saas.credit.proposal"]._refresh(
            batch.connection, allocations.mapped("external_id")
        )

    # ── values ───────────────────────────────────────────────────────────────────────────────

    def _prepare_credit_note(self, resolved, record, invoice):
        """Values of the credit note.

        :raises Outcome: where it cannot be booked
        """
        currency = self._check_currency(record, resolved.currencies)
        day = record.issued_at.astimezone(resolved.zone).date()
        self._check_precision(record, currency, [record.total])
        taxed = bool(invoice.invoice_line_ids.tax_ids)
        self._check_open(record, day, resolved.journal, taxed)
        lines = self._prepare_credited_lines(resolved, record, invoice)
        return {
            **self._prepare_document(
                resolved, record, "credit_note", "out_refund", day, invoice.partner_id
            ),
            **self._prepare_issue(record),
            "invoice_currency_rate": invoice.invoice_currency_rate,
            "invoice_line_ids": [Command.create(values) for values in lines],
        }

    def _prepare_issue(self, record):
        return {
            "saas_issued_at": record.issued_at.replace(tzinfo=None),
            "saas_balance_change": -float(record.balance_credited or 0),
            "saas_after_payment": bool(record.post_payment_amount)
            and not record.pre_payment_amount,
        }

    def _prepare_credited_lines(self, resolved, record, invoice):
        """Lines by what each takes back; amounts that name no line are spread over all of them."""
        origins = {line.saas_line_id: line for line in invoice.invoice_line_ids}
        named, spread = [], Decimal(0)
        for line in record.lines:
            origin = origins.get(line.invoice_line_id)
            if origin:
                values = self._prepare_line(resolved, record, line, 1)
                named.append(values | self._prepare_origin(origin))
            else:
                spread += self._get_gross(line)
        if not record.lines:
            spread = record.total
        if record.lines:
            self._check_document(
                resolved,
                record,
                record.issued_at.astimezone(resolved.zone).date(),
                record.lines,
            )
        self._check_tax_tolerance(resolved, record, named)
        prepaid = self._prepare_prepaid_lines(resolved, record, record.lines, 1)
        return named + prepaid + self._prepare_spread(invoice, spread)

    def _prepare_spread(self, invoice, amount):
        """Lines that take back `amount`, taxes included, in proportion to the invoice's lines."""
        if not amount:
            return []
        decimals = invoice.currency_id.decimal_places
        parts = [
            (line, tax_id, part)
            for line in invoice.invoice_line_ids
            for tax_id, part in self._get_parts(line).items()
        ]
        if not parts:
            raise InvalidData("The credited invoice has no lines.", key="credit_note.invoice")
        shares = allocate(amount, [part for _line, _tax_id, part in parts], decimals)
        by_line = defaultdict(dict)
        for (line, tax_id, _part), share in zip(parts, shares, strict=True):
            by_line[line][tax_id] = share
        return [
            self._prepare_spread_line(line, split)
            for line, split in by_line.items()
            if any(split.values())
        ]

    def _get_parts(self, line):
        """Net (key None) and taxes (by tax id) of a booked line, in the invoice's sense."""
        decimals = line.currency_id.decimal_places

        def exact(value):
            return Decimal(float_repr(value, decimals))

        taxes = (line.extra_tax_data or {}).get("manual_tax_amounts") or {}
        parts = {None: exact(line.price_subtotal)}
        for tax_id, amounts in taxes.items():
            parts[int(tax_id)] = exact(amounts.get("tax_amount_currency", 0))
        return parts

    def _prepare_spread_line(self, line, split):
        """Values of a line that takes back the given net and taxes of `line`."""
        net = split[None]
        taxes = {tax: (split[tax.id], net) for tax in line.tax_ids if tax.id in split}
        included = sum((pair[0] for tax, pair in taxes.items() if tax.price_include), Decimal(0))
        values = {
            "name": line.name,
            "quantity": 1.0,
            "price_unit": float(net + included),
            "tax_ids": [Command.set(line.tax_ids.ids)],
            **self._prepare_origin(line),
        }
        if taxes:
            values["extra_tax_data"] = self._prepare_tax_data(
                line.currency_id, net, taxes, net + included, 1, 1
            )
        return values

    # ── newer snapshots ──────────────────────────────────────────────────────────────────────

    def _refresh_known(self, batch, links):
        newer = []
        for external_id, changes in batch.by_object().items():
            link = links.get(external_id)
            if link:
                batch.reject(
                    [each for each in changes if each.version < link.version], Superseded()
                )
                if changes[-1].version > link.version:
                    newer.append((link, changes[-1]))
        for link, change in newer:
            self.env["account.move"].browse(link.res_id).saas_status = change.record.status
        self.env["saas.billing.link"]._touch(newer)

    # ── of our own ───────────────────────────────────────────────────────────────────────────

    def _book_own(self, batch):
        """Post credit notes for money that went back without one of the provider's.

        :param batch: changes whose records are credit notes that the provider does not know
        :returns: credit notes by external id; what could not be booked is rejected
        """
        records = [change.record for change in batch]
        resolved = self._resolve(batch, records)
        invoices = self._get_bound(
            batch, "invoice", [record.invoice_id for record in records], "account.move"
        )
        prepared = []
        for change in batch:
            record = change.record
            try:
                invoice = self._get_own_invoice(invoices, record)
                values = self._prepare_own(resolved, record, invoice)
            except Outcome as outcome:
                change.reject(outcome)
            else:
                prepared.append((change, values, invoice))
        if not prepared:
            return {}
        notes = self._post_documents(
            batch, "own_credit_note", [(change, values) for change, values, _invoice in prepared]
        )
        for (_change, _values, invoice), note in zip(prepared, notes, strict=True):
            note.reversed_entry_id = invoice
        pairs = [(change, note) for (change, *_rest), note in zip(prepared, notes, strict=True)]
        self._give_back(batch, pairs)
        self.env["saas.billing.matching"]._settle_given_back(notes)
        return {note.saas_external_id: note for note in notes}

    def _get_own_invoice(self, invoices, record):
        """The booked invoice whose lines are to be credited.

        :raises NeedsHuman: where it is from before the cut-over, so that the books have no lines
        """
        if record.invoice_id not in invoices:
            raise NeedsHuman(
                "own_credit_note",
                "The invoice is from before the cut-over: the books do not have its lines. Decline "
                "the proposal and book the credit by hand, or make a credit note at the provider.",
                key=record.external_id,
                **self._get_stake(record),
            )
        return invoices[record.invoice_id]

    def _prepare_own(self, resolved, record, invoice):
        return {
            **self._prepare_credit_note(resolved, record, invoice),
            "saas_document_type": "own_credit_note",
            "saas_balance_change": 0.0,
        }

    def _take_back_own(self, batch):
        """Reverse credit notes of our own on their own day.

        :raises Outcome: where that day is closed
        """
        notes = self._get_bound(batch, "own_credit_note", batch.by_object(), "account.move")
        prepared = []
        for change in batch:
            note = notes[change.record.external_id]
            self._check_open(
                change.record, note.date, note.journal_id, bool(note.invoice_line_ids.tax_ids)
            )
            values = self._prepare_reversal(note, change.record, note.date)
            prepared.append((change, values, note))
        self._reverse(batch, "own_credit_note", prepared)
