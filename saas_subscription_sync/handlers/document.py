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
    credits: dict


class SaasBillingHandlerDocument(models.AbstractModel):
    _name = "saas.billing.handler.document"
    _description = "Billing Handler: Document"
    _inherit = "saas.billing.document.tax"

    # ── resolve ──────────────────────────────────────────────────────────────────────────────

    def _resolve(self, batch, records):
        """Look up everything that `records` refer to."""
        connection = batch.connection
        lines = [line for record in records for line in record.lines]
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
            taxes=self._get_tax_mappings(batch, records),
            subscriptions=self._get_bound(
                batch, "subscription", self._collect(lines, "subscription_id"), "saas.subscription"
            ),
            items=self._get_items(batch, self._collect(lines, "subscription_item_id")),
            credits=self._get_bound(
                batch,
                "credit_balance_transaction",
                {credit.transaction_id for line in lines for credit in line.credits},
                "saas.credit.transaction",
            ),
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
        """What is asked for a line: with all its taxes, without what credit grants pay."""
        taxes = sum((tax.amount for tax in line.taxes), Decimal(0))
        return line.net_amount - line.credit_amount + taxes

    def _raise_mismatch(self, record, reason):
        name = record.number or record.external_id
        raise NeedsHuman(
            "total_mismatch",
            f"{name} over {record.total} {record.currency} was not booked: {reason}. Compare it "
            "with the provider and raise the tax tolerance of the connection if that is right.",
            key=record.external_id,
            **self._get_stake(record),
        )

    # ── lines ────────────────────────────────────────────────────────────────────────────────

    def _prepare_line(self, resolved, record, line, sign):
        """Values of one invoice line, without its account: the product's account applies.

        :param sign: 1 on an invoice, -1 where a canonical amount is booked on a credit note
        """
        currency = resolved.currencies[record.currency]
        net = line.net_amount - self._get_given(resolved, line)
        taxes = self._get_line_taxes(resolved, record, line)
        included = sum((pair[0] for tax, pair in taxes.items() if tax.price_include), Decimal(0))
        quantity, price = unit_price(sign * (net + included), line.quantity)
        values = {
            "name": line.description,
            "quantity": float(quantity),
            "price_unit": float(price),
            "tax_ids": [Command.set([tax.id for tax in taxes])],
            "saas_line_id": line.external_id,
            "saas_discount_amount": float(line.discount_amount),
            "saas_credit_amount": float(line.credit_amount),
        }
        if taxes:
            values["extra_tax_data"] = self._prepare_tax_data(
                currency, net, taxes, price, quantity, sign
            )
        return values

    # ── credit grants ────────────────────────────────────────────────────────────────────────

    def _get_credits(self, resolved, line):
        """(canonical credit, its grant) of what credit grants pay of a line.

        :raises MissingDependency: where a transaction has not arrived
        """
        for credit in line.credits:
            if credit.transaction_id not in resolved.credits:
                raise MissingDependency("credit_balance_transaction", credit.transaction_id)
            yield credit, resolved.credits[credit.transaction_id].grant_id

    def _get_given(self, resolved, line):
        """What promotional grants take off the line: a discount."""
        found = self._get_credits(resolved, line)
        given = (credit.amount for credit, grant in found if grant.category == "promotional")
        return sum(given, Decimal(0))

    def _prepare_prepaid_lines(self, resolved, record, lines, sign):
        """Lines that settle usage from what was paid before: revenue stays, the prepayment goes."""
        paid = {}
        for line in lines:
            for credit, grant in self._get_credits(resolved, line):
                if grant.category == "paid":
                    paid[grant] = paid.get(grant, Decimal(0)) + credit.amount
        return [
            {
                "name": self.env._("Paid with credit: %s", grant.name),
                "product_id": resolved.connection._get_prepaid_product(record).id,
                "quantity": 1.0,
                "price_unit": float(-sign * amount),
                "tax_ids": [Command.clear()],
                "saas_credit_grant_id": grant.id,
            }
            for grant, amount in paid.items()
        ]

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
            "saas_issued_at": self._naive(record.voided_at),
            "saas_balance_change": -move.saas_balance_change,
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
            "saas_credit_grant_id": line.saas_credit_grant_id.id,
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
        self.env["saas.billing.balance"]._book(batch, object_type, pairs)
        return moves

    def _check_total(self, record, move):
        """Odoo's total is the biller's, to the cent.

        :raises NeedsHuman: where it is not; the drain then takes the draft back
        """
        total = Decimal(float_repr(move.amount_total, move.currency_id.decimal_places))
        if total != abs(record.total):
            self._raise_mismatch(record, f"Odoo's total would be {total}")
