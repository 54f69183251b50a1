"""Money that moved: entries in the provider's journal, made and posted a batch at a time."""

from odoo import models
from odoo.addons.saas_billing_connector.canonical import Outcome


class SaasBillingHandlerMoney(models.AbstractModel):
    _name = "saas.billing.handler.money"
    _description = "Billing Handler: Money"
    _inherit = "saas.billing.guards"

    def _prepare_each(self, changes, prepare):
        """(change, values) of the changes that can be booked; the others are rejected."""
        prepared = []
        for change in changes:
            try:
                prepared.append((change, prepare(change.record)))
            except Outcome as outcome:
                change.reject(outcome)
        return prepared

    def _prepare_payment(self, record, invoice, journal, currency, payment_type, day):
        """Values of a payment in the provider's journal.

        :param payment_type: inbound for money received, outbound for money given back
        """
        receivable = invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).account_id[:1]
        methods = (
            journal.inbound_payment_method_line_ids
            if payment_type == "inbound"
            else journal.outbound_payment_method_line_ids
        )
        return {
            "payment_type": payment_type,
            "partner_type": "customer",
            "partner_id": invoice.commercial_partner_id.id,
            "amount": float(record.amount),
            "currency_id": currency.id,
            "date": day,
            "journal_id": journal.id,
            "payment_method_line_id": methods[:1].id,
            "destination_account_id": receivable.id,
            "memo": invoice.saas_number or invoice.name,
            "saas_connection_id": invoice.saas_connection_id.id,
            "saas_external_id": record.external_id,
            "saas_payment_intent_id": record.payment_intent_id,
            "saas_charge_id": record.charge_id,
            "saas_invoice_id": invoice.id,
        }

    def _post_payments(self, batch, object_type, prepared):
        """Create, post and bind payments, all in one go.

        :param prepared: list of (change, values)
        :returns: payments in that order
        """
        payments = self.env["account.payment"].create([values for _change, values in prepared])
        self._attach_entries(payments)
        payments.action_post()
        pairs = [(change, each) for (change, _v), each in zip(prepared, payments, strict=True)]
        self._bind(
            batch,
            object_type,
            [(change, change.record.external_id, each) for change, each in pairs],
        )
        self._trace(
            [(change, each, effect) for change, each in pairs for effect in ("created", "posted")]
        )
        return payments

    def _attach_entries(self, payments):
        """Make the entries of all payments in one go.

        Posting would make them too, but then ties each payment to its entry in a write of its own,
        which searches and flushes: more than half of all statements of a paid invoice.
        """
        entries = self.env["account.move"].create(
            [{**each._generate_move_vals(), "fiscal_position_id": False} for each in payments]
        )
        payments.flush_recordset()
        payments._write_multi([{"move_id": entry.id} for entry in entries])
        payments.invalidate_recordset(["move_id"])
        payments.modified(["move_id"])
