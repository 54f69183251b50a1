"""Many paid invoices of one month, as the billing platform's documents are."""

from datetime import date

from odoo import Command
from odoo.tools import SQL

from tests.bench.copies import analyse, copy_row

MONTH = date(2025, 10, 1)
DAY = date(2025, 10, 15)


class PaidInvoices:
    """One paid invoice, booked by Odoo, and as many copies of it as asked for, by plain SQL.

    :param day: SQL of the accounting day of a copy by its `number`; that of the first by default
    """

    def __init__(self, connection, day=None):
        self.env = connection.env
        self.day = day or SQL("%s::date", DAY)
        self.tax = self._map_tax(connection)
        self.move, self.payment = self._book(connection)
        self.size = 1
        self.env.flush_all()

    def _map_tax(self, connection):
        tax = self.env["account.tax"].search([("name", "=", "20% VAT")], limit=1)
        self.env["saas.tax.mapping"].sudo().create(
            {
                "connection_id": connection.id,
                "external_id": "txr_bench",
                "name": "VAT",
                "tax_id": tax.id,
            }
        )
        return tax

    def _book(self, connection):
        partner = self.env["res.partner"].create({"name": "Subscriber"})
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": DAY,
                "date": DAY,
                "saas_connection_id": connection.id,
                "saas_document_type": "invoice",
                "saas_external_id": "in_0",
                "saas_status": "paid",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Plan",
                            "price_unit": 1200,
                            "tax_ids": [Command.set(self.tax.ids)],
                        }
                    )
                ],
            }
        )
        move.action_post()
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": partner.id,
                "amount": 1440,
                "date": DAY,
                "journal_id": connection._get_payment_journal().id,
                "saas_connection_id": connection.id,
                "saas_kind": "payment",
                "saas_external_id": "pi_0",
                "saas_payment_intent_id": "pi_0",
            }
        )
        payment.action_post()
        receivable = (move | payment.move_id).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        receivable.reconcile()
        return move, payment

    def grow_to(self, size):
        """Have `size` invoices with their lines, and as many payments."""
        numbers = SQL(
            "(SELECT number, %s AS day FROM generate_series(%s, %s) number) copies",
            self.day,
            self.size,
            size - 1,
        )
        copy_row(
            self.env,
            "account_move",
            self.move.id,
            numbers,
            name=SQL("source.name || '-' || number"),
            date=SQL("day"),
            saas_external_id=SQL("'in_' || number"),
        )
        copy_row(
            self.env,
            "account_payment",
            self.payment.id,
            numbers,
            date=SQL("day"),
            saas_external_id=SQL("'pi_' || number"),
            saas_payment_intent_id=SQL("'pi_' || number"),
        )
        copies = SQL(
            "(SELECT id, date AS day FROM account_move WHERE saas_external_id IN"
            " (SELECT 'in_' || number FROM %s)) copies",
            numbers,
        )
        for line in self.move.line_ids:
            copy_row(
                self.env,
                "account_move_line",
                line.id,
                copies,
                move_id=SQL("copies.id"),
                date=SQL("day"),
            )
        self.size = size
        analyse(self.env, "account_move", "account_move_line", "account_payment")
