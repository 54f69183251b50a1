"""Invoices: posted once as soon as they are final, reversed once when voided.

Every snapshot of an invoice tells facts that never go back: it is final, it is void. A handler run
makes sure that the books hold each fact that any of the snapshots at hand tells, so that their
order does not matter.
"""

from odoo import Command, models
from odoo.addons.saas_billing_connector.canonical import (
    InvalidData,
    MissingDependency,
    NeedsHuman,
    Outcome,
    OutOfScope,
    Superseded,
)

from ..rules.addresses import address_text


class SaasBillingHandlerInvoice(models.AbstractModel):
    _name = "saas.billing.handler.invoice"
    _description = "Billing Handler: Invoice"
    _inherit = "saas.billing.handler.revision"

    # Lines are fixed once it is final, and no status takes back what a newer one told before.
    _newest_tells_all = True

    def _process(self, batch):
        for change in batch:
            if change.record.status == "draft":
                change.reject(OutOfScope("Drafts are booked once they are final."))
        links = self._get_links(batch, "invoice", batch.by_object())
        self._book_new(batch, links)
        self._refresh_known(batch, links)
        self._void(batch, "invoice")
        self._take_back_revised(batch)
        self._follow_overpaid(batch)
        self._follow_uncollectible(batch)

    # ── final ────────────────────────────────────────────────────────────────────────────────

    def _book_new(self, batch, links):
        """Post the invoices that are not in the books yet."""
        new = {key: each for key, each in batch.by_object().items() if key not in links}
        resolved = self._resolve(batch, [changes[-1].record for changes in new.values()])
        prepared = []
        for changes in new.values():
            try:
                prepared.append((changes[-1], self._prepare_invoice(resolved, changes[-1].record)))
            except Outcome as outcome:
                batch.reject(changes, outcome)
        if prepared:
            self._post_documents(batch, "invoice", prepared)

    def _prepare_invoice(self, resolved, record):
        """Values of the invoice, or of a credit note where the total is negative.

        :raises Outcome: where it cannot be booked
        """
        if not record.lines and not record.total:
            raise OutOfScope("An invoice without lines and amount books nothing.")
        if not record.accounting_at:
            raise InvalidData("A final invoice has no date.", key="invoice.accounting_at")
        partner = self._get_partner(resolved, record)
        day = record.accounting_at.astimezone(resolved.zone).date()
        sign, move_type = (1, "out_invoice") if record.total >= 0 else (-1, "out_refund")
        self._check_document(resolved, record, day, record.lines)
        lines = [self._prepare_invoice_line(resolved, record, line, sign) for line in record.lines]
        self._check_tax_tolerance(resolved, record, lines)
        lines += self._prepare_prepaid_lines(resolved, record, record.lines, sign)
        due = record.due_at.astimezone(resolved.zone).date() if record.due_at else day
        return {
            **self._prepare_document(resolved, record, "invoice", move_type, day, partner),
            **self._prepare_face(record),
            **self._prepare_fiscal_position(resolved, record),
            "invoice_date_due": max(due, day),
            "saas_issued_at": self._naive(record.finalized_at or record.accounting_at),
            "saas_balance_change": float(record.balance_applied),
            "saas_uncollectible_at": self._naive(record.uncollectible_at),
            "invoice_line_ids": [Command.create(values) for values in lines],
        }

    def _prepare_face(self, record):
        """What the document itself says: it stays so when the customer changes."""
        return {
            "saas_replaces_id": record.replaces_id,
            "saas_billing_reason": record.billing_reason,
            "saas_collection_method": record.collection_method,
            "saas_bill_name": record.customer_name,
            "saas_bill_email": record.customer_email,
            "saas_bill_address": address_text(record.customer_address),
            "saas_bill_tax_ids": "\n".join(f"{kind} {value}" for kind, value in record.tax_ids),
            "saas_tax_exempt": record.tax_exempt,
            "saas_memo": record.memo,
            "saas_terms": record.terms,
            **self._prepare_links(record),
        }

    def _prepare_fiscal_position(self, resolved, record):
        """That of the tax status on the document, where the connection names one."""
        position = resolved.connection._get_fiscal_position(record.tax_exempt)
        return {"fiscal_position_id": position.id} if position else {}

    def _prepare_links(self, record):
        """Pages of the provider, where the snapshot tells them."""
        links = {"saas_hosted_url": record.hosted_url, "saas_pdf_url": record.pdf_url}
        return {name: url for name, url in links.items() if url}

    def _get_partner(self, resolved, record):
        if record.customer_id not in resolved.customers:
            raise MissingDependency("customer", record.customer_id)
        partner = resolved.customers[record.customer_id]
        self._check_contact(record, partner)
        return partner

    def _prepare_invoice_line(self, resolved, record, line, sign):
        mapping, product = self._get_product(resolved, record, line)
        subscription = self._get_subscription(resolved, line)
        item = resolved.items.get(line.subscription_item_id)
        start, end = line.period.dates(resolved.zone)
        values = self._prepare_line(resolved, record, line, sign)
        return {
            **values,
            "name": line.description or product.name,
            "product_id": product.id,
            "saas_service_start": start,
            "saas_service_end": end,
            "saas_catalog_mapping_id": mapping.id,
            "saas_subscription_id": subscription.id,
            "saas_subscription_item_id": item.id if item else False,
            "saas_proration": line.proration,
            "saas_invoice_item_id": line.invoice_item_id,
        }

    def _get_product(self, resolved, record, line):
        """(mapping, product) of a line; the mapping is empty where the line names no price.

        :raises Outcome: where the price has not arrived or is not approved
        """
        none = self.env["saas.catalog.mapping"]
        if line.price_id:
            mapping = resolved.prices.get(line.price_id)
            if not mapping:
                raise MissingDependency("price", line.price_id)
            if mapping.state != "approved":
                raise NeedsHuman(
                    "unmapped_price",
                    f"No product is approved for price “{mapping.name}” ({line.price_id}). Choose "
                    "one under Catalogue Mappings.",
                    key=line.price_id,
                    **self._get_stake(record),
                )
            return mapping, mapping.product_id
        if line.product_id in resolved.products:
            return none, resolved.products[line.product_id]
        return none, resolved.connection._get_default_product()

    def _get_subscription(self, resolved, line):
        if line.subscription_id and line.subscription_id not in resolved.subscriptions:
            raise MissingDependency("subscription", line.subscription_id)
        return resolved.subscriptions.get(line.subscription_id, self.env["saas.subscription"])

    # ── newer snapshots ──────────────────────────────────────────────────────────────────────

    def _refresh_known(self, batch, links):
        """Note the newest status of invoices that were in the books before this batch."""
        newer = []
        for external_id, changes in batch.by_object().items():
            link = links.get(external_id)
            if not link:
                continue
            batch.reject([each for each in changes if each.version < link.version], Superseded())
            if changes[-1].version > link.version:
                newer.append((link, changes[-1]))
        moves = self.env["account.move"].browse(link.res_id for link, _change in newer)
        effects = []
        for (_link, change), move in zip(newer, moves, strict=True):
            values = {
                "saas_status": change.record.status,
                "saas_uncollectible_at": self._naive(change.record.uncollectible_at),
                **self._prepare_links(change.record),
            }
            if any(move[name] != value for name, value in values.items()):
                move.write(values)
                effects.append((change, move, "updated"))
        self._trace(effects)
        self.env["saas.billing.link"]._touch(newer)

    def _follow_overpaid(self, batch):
        """What was paid beyond an invoice goes to the customer's balance."""
        overpaid = {
            key: changes[-1]
            for key, changes in batch.by_object().items()
            if changes[-1].record.amount_overpaid
        }
        if overpaid:
            moves = self._get_bound(batch, "invoice", overpaid, "account.move")
            self.env["saas.billing.balance"]._book_overpaid(
                batch, [(overpaid[key], move) for key, move in moves.items()]
            )

    # ── given up ─────────────────────────────────────────────────────────────────────────────

    def _follow_uncollectible(self, batch):
        """Ask a person to decide about invoices that the provider has given up, until one pays."""
        given_up = {
            change.record.external_id
            for change in batch
            if change.record.uncollectible_at or change.record.status == "uncollectible"
        }
        if given_up:
            moves = self._get_bound(batch, "invoice", given_up, "account.move")
            self.env["account.move"].union(*moves.values())._follow_uncollectible()
