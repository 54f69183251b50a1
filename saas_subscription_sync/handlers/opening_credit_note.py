"""Credit notes from before the cut-over, and later ones against invoices from before it."""

from dataclasses import replace
from decimal import Decimal

from odoo import models
from odoo.addons.saas_billing_connector.canonical import InvalidData, NeedsHuman, Outcome

from ..rules.amounts import allocate


class SaasBillingHandlerCreditNote(models.AbstractModel):
    _inherit = "saas.billing.handler.credit_note"

    def _process(self, batch):
        old, current = self._part_by_invoice(batch, lambda record: record.issued_at)
        if old:
            self._collect_old(old)
        self._credit_positions(current)
        return super()._process(current)

    # ── before the cut-over ──────────────────────────────────────────────────────────────────

    def _collect_old(self, batch):
        """Keep what old credit notes took back; a later void of one is for a person."""
        links = self._get_links(batch, "credit_note", batch.by_object())
        positions = self._get_invoice_positions(batch)
        told, bound = [], []
        for external_id, changes in batch.by_object().items():
            if external_id in links:
                continue
            try:
                position = self._get_position(positions, changes[-1].record)
                told += self._prepare_credited(batch, changes[-1], position)
                bound.append((changes[-1], external_id, position))
            except Outcome as outcome:
                batch.reject(changes, outcome)
        if told:
            self._keep_facts(told)
            self._bind(batch, "credit_note", bound)
        self._collect_voids(batch)

    def _prepare_credited(self, batch, change, position):
        record = change.record
        currency = self._check_currency(record, {position.currency_id.name: position.currency_id})
        pairs = self._allocate(position, record)
        self._check_precision(record, currency, [record.total, *(x.net_amount for _f, x in pairs)])
        if sum((self._get_gross(line) for _fact, line in pairs), Decimal(0)) != record.total:
            self._raise_mismatch(record, "its lines add up to something else")
        day = self._get_day(batch, record.issued_at)
        return [
            (
                change,
                {
                    **self._prepare_amounts(position, -line.net_amount, -self._get_gross(line)),
                    **fact._prepare_taken_back(),
                    "kind": "credited",
                    "document_id": record.external_id,
                    "external_id": line.external_id,
                    "description": line.description or fact.description,
                    "date": day,
                },
            )
            for fact, line in pairs
        ]

    def _collect_voids(self, batch):
        voided = {
            change.record.external_id: change for change in batch if change.record.status == "void"
        }
        facts = self.env["saas.opening.fact"].search(
            [
                ("position_id.connection_id", "=", batch.connection.id),
                ("document_id", "in", list(voided)),
                ("kind", "in", ("credited", "credit_voided")),
            ]
        )
        known = set(facts.filtered(lambda f: f.kind == "credit_voided").mapped("document_id"))
        told = []
        for external_id, change in voided.items():
            if not self._is_old(batch, change.record.voided_at):
                self._leave_to_person(change)
            elif external_id not in known:
                day = self._get_day(batch, change.record.voided_at)
                told += [
                    (
                        change,
                        fact._prepare_opposite(
                            kind="credit_voided", document_id=external_id, date=day
                        ),
                    )
                    for fact in facts
                    if fact.document_id == external_id
                ]
        if told:
            self._keep_facts(told)

    def _leave_to_person(self, change):
        record = change.record
        change.reject(
            NeedsHuman(
                "opening_credit_note_void",
                f"Credit note {record.number or record.external_id} is from before the cut-over "
                "and was voided after it. Book what that brings back by hand.",
                key=record.external_id,
                **self._get_stake(record),
            )
        )

    # ── after the cut-over ───────────────────────────────────────────────────────────────────

    def _credit_positions(self, batch):
        """Book credit notes against opening positions; the ordinary way then finds them booked."""
        positions = self._get_invoice_positions(batch)
        known = self._get_links(batch, "credit_note", batch.by_object()) if positions else {}
        new = {
            key: changes
            for key, changes in batch.by_object().items()
            if key not in known and changes[-1].record.invoice_id in positions
        }
        if not new:
            return
        allocated = {}
        for key, changes in new.items():
            record = changes[-1].record
            try:
                pairs = self._allocate(positions[record.invoice_id], record)
            except Outcome as outcome:
                batch.reject(changes, outcome)
            else:
                allocated[key] = replace(record, lines=tuple(line for _f, line in pairs)), pairs
        resolved = self._resolve(batch, [record for record, _pairs in allocated.values()])
        prepared = []
        for key, (record, pairs) in allocated.items():
            position = positions[record.invoice_id]
            try:
                values = self._prepare_credit(resolved, record, position, pairs)
            except Outcome as outcome:
                batch.reject(new[key], outcome)
            else:
                prepared.append((new[key][-1], values, position._get_document()))
        if prepared:
            self._post_credit_notes(batch, prepared)

    def _prepare_credit(self, resolved, record, position, pairs):
        """Values of a credit note against an opening position.

        :raises Outcome: where it cannot be booked
        """
        day = record.issued_at.astimezone(resolved.zone).date()
        self._check_document(resolved, record, day, record.lines)
        values = self._prepare_taking_back(resolved, record, position, pairs, "credit_note", day)
        return values | self._prepare_issue(record)

    def _post_credit_notes(self, batch, prepared):
        super()._post_credit_notes(batch, prepared)
        if not batch.connection.cutover_date:
            return
        notes = self._get_bound(
            batch,
            "credit_note",
            [change.record.external_id for change, *_ in prepared],
            "account.move",
        )
        self.env["saas.billing.matching"]._settle_alone(
            self.env["account.move"].union(*notes.values())
        )

    # ── which lines it takes back ────────────────────────────────────────────────────────────

    def _allocate(self, position, record):
        """(billed fact, canonical line) pairs: what the credit note takes back of each line.

        Amounts that name no line are spread over all of them, net and taxes alike.
        """
        billed = {fact.external_id: fact for fact in position._get_billed()}
        pairs, spread = [], Decimal(0)
        for line in record.lines:
            if fact := billed.get(line.invoice_line_id):
                pairs.append((fact, line))
            else:
                spread += self._get_gross(line)
        if not record.lines:
            spread = record.total
        return pairs + self._spread(position, record, spread)

    def _spread(self, position, record, amount):
        if not amount:
            return []
        parts = []
        for fact in position._get_billed():
            parts.append((fact, None, fact._get_net()))
            parts += [(fact, tax, tax.amount) for tax in fact._load_taxes()]
        if not parts:
            raise InvalidData("The credited invoice has no lines.", key="credit_note.invoice")
        decimals = position.currency_id.decimal_places
        shares = allocate(amount, [part for _fact, _tax, part in parts], decimals)
        nets, taxes = {}, {}
        for (fact, tax, part), share in zip(parts, shares, strict=True):
            if tax is None:
                nets[fact] = share
            else:
                base = tax.taxable_amount * share / part if part else tax.taxable_amount
                base = round(base, decimals)
                taxes.setdefault(fact, []).append(replace(tax, amount=share, taxable_amount=base))
        return [
            (fact, fact._prepare_credit_line(net, taxes.get(fact, ())))
            for fact, net in nets.items()
            if net or any(tax.amount for tax in taxes.get(fact, ()))
        ]
