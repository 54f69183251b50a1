"""From canonical documents to posted customer invoices and credit notes, a batch at a time."""

from dataclasses import dataclass
from decimal import Decimal

from odoo import Command, models
from odoo.addons.saas_billing_connector.canonical import MissingDependency, NeedsHuman
from odoo.tools import float_repr

from ..rules.amounts import unit_price


@dataclass(slots=True)
class Resolved:
    """What the documents of one batch refer to, by external id; looked up once per batch."""

    connection: object
    company: object
    zone: object
    journal: object
    currencies: dict
    customers: dict
    prices: dict
    products: dict
    taxes: dict
    subscriptions: dict
    items: dict


class SaasBillingHandlerDocument(models.AbstractModel):
    _name = "saas.billing.handler.document"
    _description = "Billing Handler: Document"
    _inherit = "saas.billing.guards"

    # ── resolve ──────────────────────────────────────────────────────────────────────────────

    def _resolve(self, batch, records):
        """Look up everything that `records` refer to."""
        connection = batch.connection
        lines = [line for record in records for line in record.lines]
        rates = {tax.rate_id for line in lines for tax in line.taxes}
        return Resolved(
            connection=connection,
            company=connection.company_id,
            zone=connection._get_zone(),
            journal=connection._get_sales_journal(),
            currencies=self._get_currencies(record.currency for record in records),
            customers=self._get_bound(
                batch, "customer", [record.customer_id for record in records], "res.partner"
            ),
            prices=self._get_bound(
                batch, "price", self._collect(lines, "price_id"), "saas.catalog.mapping"
            ),
            products=self._get_bound(
                batch, "product", self._collect(lines, "product_id"), "product.product"
            ),
            taxes=self._get_bound(batch, "tax_rate", rates, "saas.tax.mapping"),
            subscriptions=self._get_bound(
                batch, "subscription", self._collect(lines, "subscription_id"), "saas.subscription"
            ),
            items=self._get_items(batch, self._collect(lines, "subscription_item_id")),
        )

    def _collect(self, lines, name):
        return {value for line in lines if (value := getattr(line, name, None))}

    def _get_items(self, batch, external_ids):
        """Subscription items by external id, in one query."""
        if not external_ids:
            return {}
        items = self.env["saas.subscription.item"].with_context(active_test=False)
        items = items.search(
            [
                ("subscription_id.connection_id", "=", batch.connection.id),
                ("external_id", "in", list(external_ids)),
            ]
        )
        return {item.external_id: item for item in items}

    # ── guard ────────────────────────────────────────────────────────────────────────────────

    def _check_document(self, resolved, record, day, lines):
        """Refuse what cannot be booked as it stands.

        :param lines: canonical lines that will be booked
        :raises Outcome: which ends the change
        """
        currency = self._check_currency(record, resolved.currencies)
        amounts = [record.total, *(line.net_amount for line in lines)]
        amounts += [tax.amount for line in lines for tax in line.taxes]
        self._check_precision(record, currency, amounts)
        taxed = any(line.taxes for line in lines)
        self._check_open(record, day, resolved.journal, taxed)
        added = sum((self._get_gross(line) for line in lines), Decimal(0))
        if added != record.total:
            self._raise_mismatch(record, f"its lines add up to {added}")

    def _get_gross(self, line):
        """Amount of a line with all its taxes."""
        return line.net_amount + sum((tax.amount for tax in line.taxes), Decimal(0))

    def _raise_mismatch(self, record, reason):
        name = record.number or record.external_id
        raise NeedsHuman(
            "total_mismatch",
            f"{name} over {record.total} {record.currency} was not booked: {reason}. Compare it "
            "with the provider and raise the tax tolerance of the connection if that is right.",
            key=record.external_id,
            **self._get_stake(record),
        )

    # ── taxes ────────────────────────────────────────────────────────────────────────────────

    def _get_line_taxes(self, resolved, record, line):
        """Odoo tax → (amount, taxable amount) of a line, as billed.

        :raises Outcome: where a rate has not arrived or is not mapped
        """
        found = {}
        for each in line.taxes:
            if not each.rate_id and not each.amount:
                continue
            tax = self._get_tax(resolved, record, each)
            amount, base = found.get(tax, (Decimal(0), Decimal(0)))
            found[tax] = (amount + each.amount, max(base, each.taxable_amount, key=abs))
        return found

    def _get_tax(self, resolved, record, line_tax):
        rate_id = line_tax.rate_id
        mapping = resolved.taxes.get(rate_id)
        if rate_id and not mapping:
            raise MissingDependency("tax_rate", rate_id)
        if not mapping or mapping.state != "approved":
            name = f"{mapping.name} ({rate_id})" if mapping else "a tax without a rate"
            raise NeedsHuman(
                "unmapped_tax",
                f"No Odoo tax is approved for {name}. Choose one under Tax Mappings.",
                key=rate_id or "none",
                **self._get_stake(record),
            )
        return mapping.tax_id

    def _prepare_tax_data(self, currency, net, taxes, price, quantity, sign):
        """Odoo's own way to fix tax amounts on a line: they are carried, not recomputed.

        Reverse-charge taxes are left to Odoo, because they add nothing to what was billed.
        """
        return {
            "currency_id": currency.id,
            "price_unit": float(price),
            "quantity": float(quantity),
            "discount": 0.0,
            "manual_total_excluded_currency": float(sign * net),
            "manual_tax_amounts": {
                str(tax.id): {}
                if tax.has_negative_factor
                else {
                    "base_amount_currency": float(sign * base),
                    "tax_amount_currency": float(sign * amount),
                }
                for tax, (amount, base) in taxes.items()
            },
        }

    def _check_tax_tolerance(self, resolved, record, prepared):
        """What Odoo would compute differs from what was billed by the tolerance at most.

        :param prepared: line values as built by `_prepare_line`
        :raises NeedsHuman: where it differs by more; nothing is booked then
        """
        currency = resolved.currencies[record.currency]
        engine = self.env["account.tax"]
        taxed = [values for values in prepared if values.get("extra_tax_data")]
        base_lines = [
            engine._prepare_base_line_for_taxes_computation(
                {},
                tax_ids=engine.browse(values["tax_ids"][0][2]),
                price_unit=values["price_unit"],
                quantity=values["quantity"],
                currency_id=currency,
            )
            for values in taxed
        ]
        engine._add_tax_details_in_base_lines(base_lines, resolved.company)
        engine._round_base_lines_tax_details(base_lines, resolved.company)
        computed = sum(
            Decimal(float_repr(tax["tax_amount_currency"], currency.decimal_places))
            for base_line in base_lines
            for tax in base_line["tax_details"]["taxes_data"]
        )
        billed = sum(
            Decimal(float_repr(amounts.get("tax_amount_currency", 0), currency.decimal_places))
            for values in taxed
            for amounts in values["extra_tax_data"]["manual_tax_amounts"].values()
        )
        tolerance = Decimal(str(resolved.connection.tax_tolerance))
        if abs(computed - billed) > tolerance:
            self._raise_mismatch(
                record, f"it was billed with {billed} of tax where Odoo computes {computed}"
            )

    # ── lines ────────────────────────────────────────────────────────────────────────────────

    def _prepare_line(self, resolved, record, line, sign):
        """Values of one invoice line, without its account: the product's account applies.

        :param sign: 1 on an invoice, -1 where a canonical amount is booked on a credit note
        """
        currency = resolved.currencies[record.currency]
        taxes = self._get_line_taxes(resolved, record, line)
        included = sum((pair[0] for tax, pair in taxes.items() if tax.price_include), Decimal(0))
        quantity, price = unit_price(sign * (line.net_amount + included), line.quantity)
        values = {
            "name": line.description,
            "quantity": float(quantity),
            "price_unit": float(price),
            "tax_ids": [Command.set([tax.id for tax in taxes])],
            "saas_line_id": line.external_id,
        }
        if taxes:
            values["extra_tax_data"] = self._prepare_tax_data(
                currency, line.net_amount, taxes, price, quantity, sign
            )
        return values

    # ── documents ────────────────────────────────────────────────────────────────────────────

    def _prepare_document(self, resolved, record, document_type, move_type, day, partner):
        """Values of a document without its lines."""
        return {
            "move_type": move_type,
            "company_id": resolved.company.id,
            "journal_id": resolved.journal.id,
            "partner_id": partner.id,
            "currency_id": resolved.currencies[record.currency].id,
            "invoice_date": day,
            "date": day,
            "invoice_payment_term_id": False,
            "invoice_date_due": day,
            "ref": record.number or record.external_id,
            "payment_reference": record.number or record.external_id,
            "saas_connection_id": resolved.connection.id,
            "saas_document_type": document_type,
            "saas_external_id": record.external_id,
            "saas_number": record.number,
            "saas_status": record.status,
        }

    def _prepare_reversal(self, move, record, day):
        """Values of the document that takes back all of `move`, at the rate of `move`."""
        return {
            "move_type": "out_refund" if move.move_type == "out_invoice" else "out_invoice",
            "company_id": move.company_id.id,
            "journal_id": move.journal_id.id,
            "partner_id": move.partner_id.id,
            "currency_id": move.currency_id.id,
            "invoice_currency_rate": move.invoice_currency_rate,
            "invoice_date": day,
            "date": day,
            "invoice_payment_term_id": False,
            "invoice_date_due": day,
            "ref": record.number or record.external_id,
            "payment_reference": record.number or record.external_id,
            "saas_connection_id": move.saas_connection_id.id,
            "saas_document_type": f"{move.saas_document_type}_void",
            "saas_external_id": record.external_id,
            "saas_number": record.number,
            "saas_status": record.status,
            "invoice_line_ids": [
                Command.create(self._prepare_reversal_line(line)) for line in move.invoice_line_ids
            ],
        }

    def _prepare_reversal_line(self, line):
        return {
            "name": line.name,
            "quantity": line.quantity,
            "price_unit": line.price_unit,
            "tax_ids": [Command.set(line.tax_ids.ids)],
            "extra_tax_data": line.extra_tax_data,
            **self._prepare_origin(line),
        }

    def _prepare_origin(self, line):
        """What a line that takes back `line` inherits from it."""
        return {
            "product_id": line.product_id.id,
            "saas_credited_line_id": line.id,
            "saas_service_start": line.saas_service_start,
            "saas_service_end": line.saas_service_end,
            "saas_catalog_mapping_id": line.saas_catalog_mapping_id.id,
            "saas_subscription_id": line.saas_subscription_id.id,
            "saas_subscription_item_id": line.saas_subscription_item_id.id,
            "saas_proration": line.saas_proration,
        }

    def _post_documents(self, batch, object_type, prepared):
        """Create, post and bind documents, all in one go.

        :param prepared: list of (change, values)
        :returns: documents in that order
        """
        moves = self.env["account.move"].create([values for _change, values in prepared])
        for (change, _values), move in zip(prepared, moves, strict=True):
            self._check_total(change.record, move)
        with moves._numbered_together():
            moves._post(soft=False)
        pairs = [(change, move) for (change, _values), move in zip(prepared, moves, strict=True)]
        self._bind(
            batch,
            object_type,
            [(change, change.record.external_id, move) for change, move in pairs],
        )
        self._trace(
            [(change, move, effect) for change, move in pairs for effect in ("created", "posted")]
        )
        return moves

    def _check_total(self, record, move):
        """Odoo's total is the biller's, to the cent.

        :raises NeedsHuman: where it is not; the drain then takes the draft back
        """
        total = Decimal(float_repr(move.amount_total, move.currency_id.decimal_places))
        if total != abs(record.total):
            self._raise_mismatch(record, f"Odoo's total would be {total}")
