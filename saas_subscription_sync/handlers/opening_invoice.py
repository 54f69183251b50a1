"""Invoices from before the cut-over: kept as opening positions, booked by their documents."""

from dataclasses import replace

from odoo import Command, models
from odoo.addons.saas_billing_connector.canonical import InvalidData, Outcome


class SaasBillingHandlerInvoice(models.AbstractModel):
    _inherit = "saas.billing.handler.invoice"

    def _process(self, batch):
        old, current = self._part(
            batch,
            lambda record: record.status != "draft" and self._is_old(batch, record.accounting_at),
        )
        if old:
            self._collect_old(old)
        return super()._process(current)

    def _collect_old(self, batch):
        """Keep what the snapshots of old invoices tell: billed, paid, void."""
        links = self._get_links(batch, "invoice", batch.by_object())
        self._collect_new(batch, links)
        positions = self._get_positions(batch, "invoice", batch.by_object())
        self._note_settled(batch, positions)
        self._note_status(batch, positions, links)
        self._void_positions(batch, positions)

    # ── billed ───────────────────────────────────────────────────────────────────────────────

    def _collect_new(self, batch, links):
        new = {key: each for key, each in batch.by_object().items() if key not in links}
        if not new:
            return
        resolved = self._resolve(batch, [changes[-1].record for changes in new.values()])
        prepared = []
        for changes in new.values():
            try:
                values = self._prepare_position(resolved, changes[-1])
                prepared.append((changes[-1], values))
            except Outcome as outcome:
                batch.reject(changes, outcome)
        positions = self.env["saas.opening.position"].create([values for _c, values in prepared])
        pairs = [(change, each) for (change, _v), each in zip(prepared, positions, strict=True)]
        self._bind(
            batch, "invoice", [(change, change.record.external_id, each) for change, each in pairs]
        )
        self._trace([(change, each, "created") for change, each in pairs])
        positions._refresh()

    def _prepare_position(self, resolved, change):
        """Values of the position with its billed lines.

        :raises Outcome: where something that it names is missing
        """
        record = change.record
        currency = self._check_old(resolved, record, record.lines)
        day = record.accounting_at.astimezone(resolved.zone).date()
        own = resolved.company.currency_id
        rate = own._get_conversion_rate(own, currency, resolved.company, day)
        return {
            "connection_id": resolved.connection.id,
            "event_id": change.event.id,
            "kind": "invoice",
            "external_id": record.external_id,
            "number": record.number,
            "partner_id": self._get_partner(resolved, record).id,
            "currency_id": currency.id,
            "currency_rate": rate,
            "date": day,
            "date_due": record.due_at and record.due_at.astimezone(resolved.zone).date(),
            "total": float(record.total),
            "balance_applied": float(record.balance_applied),
            "status": record.status,
            "fact_ids": [
                Command.create(self._prepare_billed(resolved, change, line, day, rate))
                for line in record.lines
            ],
        }

    def _prepare_billed(self, resolved, change, line, day, rate):
        values = self._prepare_invoice_line(resolved, change.record, line, 1)
        own = resolved.company.currency_id
        return {
            "event_id": change.event.id,
            "kind": "billed",
            "document_id": change.record.external_id,
            "external_id": line.external_id,
            "date": day,
            "description": values["name"],
            "amount": float(line.net_amount),
            "company_amount": own.round(float(line.net_amount) / rate),
            "gross_amount": float(self._get_gross(line)),
            "taxes": self.env["saas.opening.fact"]._dump_taxes(line.taxes),
            "product_id": values["product_id"],
            "catalog_mapping_id": values["saas_catalog_mapping_id"],
            "subscription_id": values["saas_subscription_id"],
            "subscription_item_id": values["saas_subscription_item_id"],
            "proration": values["saas_proration"],
            "invoice_item_id": values["saas_invoice_item_id"],
            "service_start": values["saas_service_start"],
            "service_end": values["saas_service_end"],
        }

    # ── paid, status ─────────────────────────────────────────────────────────────────────────

    def _note_settled(self, batch, positions):
        """Remember which invoices had nothing left to pay on the cut-over date."""
        settled = self.env["saas.opening.position"].union(
            *(
                positions[change.record.external_id]
                for change in batch
                if self._is_old(batch, change.record.paid_at)
            )
        )
        settled = settled.filtered(lambda position: not position.settled)
        settled.write({"settled": True})
        settled._refresh()

    def _note_status(self, batch, positions, links):
        """Note the newest status of invoices that were known before this batch."""
        newer = []
        for external_id, changes in batch.by_object().items():
            link = links.get(external_id)
            if link and changes[-1].version > link.version:
                newer.append((link, changes[-1]))
                positions[external_id].status = changes[-1].record.status
        self.env["saas.billing.link"]._touch(newer)

    # ── void ─────────────────────────────────────────────────────────────────────────────────

    def _void_positions(self, batch, positions):
        """A void before the cut-over takes the facts back, a later one the opening document."""
        voided = {
            change.record.external_id: change for change in batch if change.record.status == "void"
        }
        facts, later = [], {}
        for external_id, change in voided.items():
            position = positions[external_id]
            if self._is_old(batch, change.record.voided_at):
                facts += self._prepare_voided(batch, change, position)
            else:
                later[external_id] = change
        if facts:
            self._keep_facts(facts)
        self._reverse_positions(batch, later, positions)

    def _prepare_voided(self, batch, change, position):
        if "voided" in position.fact_ids.mapped("kind"):
            return []
        day = self._get_day(batch, change.record.voided_at)
        return [
            (
                change,
                fact._prepare_opposite(
                    kind="voided", document_id=change.record.external_id, date=day
                ),
            )
            for fact in position.fact_ids
            if fact.kind == "billed"
        ]

    def _reverse_positions(self, batch, voided, positions):
        """Take back line by line what was billed, as the void of a booked invoice does."""
        done = self._get_links(batch, "invoice_void", voided)
        pending = [change for key, change in voided.items() if key not in done]
        if not pending:
            return
        records = {
            change: replace(
                change.record, lines=positions[change.record.external_id]._get_billed_lines()
            )
            for change in pending
        }
        resolved = self._resolve(batch, list(records.values()))
        prepared = []
        for change, record in records.items():
            position = positions[record.external_id]
            try:
                values = self._prepare_position_void(batch, resolved, record, position)
            except Outcome as outcome:
                change.reject(outcome)
            else:
                prepared.append((change, values, position._get_document()))
        if prepared:
            self._reverse(batch, "invoice", prepared)

    def _prepare_position_void(self, batch, resolved, record, position):
        """Values of the document that takes back an invoice from before the cut-over.

        :raises Outcome: where it cannot be booked
        """
        if not record.voided_at:
            raise InvalidData("A voided document has no date of its void.", key="voided_at")
        pairs = list(zip(position._get_billed(), record.lines, strict=True))
        day = self._get_day(batch, record.voided_at)
        return self._prepare_taking_back(resolved, record, position, pairs, "invoice_void", day)
