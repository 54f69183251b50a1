"""Money that moved: entries in the provider's journal, made and posted a batch at a time."""

from datetime import UTC

from odoo import models
from odoo.addons.saas_billing_connector.canonical import MissingDependency, Outcome

OPPOSITE = {"inbound": "outbound", "outbound": "inbound"}


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

    # ── whose money it was ───────────────────────────────────────────────────────────────────

    def _get_sources(self, batch, changes):
        """Payments that are given back or disputed, by payment intent and by charge."""
        sources = {}
        for object_type, name in (("payment_intent", "payment_intent_id"), ("charge", "charge_id")):
            ids = [getattr(change.record, name) for change in changes]
            bound = self._get_bound(batch, object_type, ids, "account.payment")
            sources |= {(object_type, each): payment for each, payment in bound.items()}
        return sources

    def _get_source(self, record, sources):
        """The payment that `record` is about.

        :raises MissingDependency: where it is not in the books yet
        """
        keys = [("payment_intent", record.payment_intent_id), ("charge", record.charge_id)]
        keys = [key for key in keys if key[1]]
        for key in keys:
            if key in sources:
                return sources[key]
        raise MissingDependency(*(keys[0] if keys else ("charge", record.external_id)))

    def _get_paid_invoice(self, payment):
        return payment.saas_invoice_id

    # ── payments ─────────────────────────────────────────────────────────────────────────────

    def _prepare_payment(self, record, invoice, journal, currency, kind, day):
        """Values of a payment.

        :param kind: one of `account.payment.saas_kind`, which says where the money goes
        """
        receivable = invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).account_id[:1]
        return {
            **self._prepare_direction(journal, self.env["account.payment"]._get_saas_way(kind)),
            "partner_id": invoice.commercial_partner_id.id,
            "amount": float(record.amount),
            "currency_id": currency.id,
            "date": day,
            "destination_account_id": receivable.id,
            "memo": invoice.saas_number or invoice.name,
            "saas_connection_id": invoice.saas_connection_id.id,
            "saas_kind": kind,
            "saas_external_id": record.external_id,
            "saas_payment_intent_id": getattr(record, "payment_intent_id", None),
            "saas_charge_id": getattr(record, "charge_id", None),
            "saas_invoice_id": invoice.id,
        }

    def _prepare_direction(self, journal, way):
        """Where money goes, through which journal."""
        methods = (
            journal.inbound_payment_method_line_ids
            if way == "inbound"
            else journal.outbound_payment_method_line_ids
        )
        return {
            "payment_type": way,
            "partner_type": "customer",
            "journal_id": journal.id,
            "payment_method_line_id": methods[:1].id,
        }

    def _prepare_counter(self, payment, kind, external_id, day):
        """Values of the payment that takes `payment` back as a whole."""
        return {
            **self._prepare_direction(payment.journal_id, OPPOSITE[payment.payment_type]),
            "partner_id": payment.partner_id.id,
            "amount": payment.amount,
            "currency_id": payment.currency_id.id,
            "date": day,
            "destination_account_id": payment.destination_account_id.id,
            "memo": payment.memo,
            "saas_connection_id": payment.saas_connection_id.id,
            "saas_kind": kind,
            "saas_external_id": external_id,
            "saas_payment_intent_id": payment.saas_payment_intent_id,
            "saas_charge_id": payment.saas_charge_id,
            "saas_invoice_id": payment.saas_invoice_id.id,
            "saas_reverts_id": payment.id,
        }

    def _post_payments(self, batch, object_type, prepared, transactions=()):
        """Create, post and bind payments, all in one go.

        :param prepared: list of (change, values); `saas_external_id` is what they are bound by
        :param transactions: balance transaction of each, where they are known
        :returns: payments in that order
        """
        payments = self.env["account.payment"].create([values for _change, values in prepared])
        self._attach_entries(payments, transactions or [None] * len(prepared))
        with payments.move_id._numbered_together():
            payments.action_post()
        pairs = [(change, each) for (change, _v), each in zip(prepared, payments, strict=True)]
        self._bind(
            batch, object_type, [(change, each.saas_external_id, each) for change, each in pairs]
        )
        self._trace(
            [(change, each, effect) for change, each in pairs for effect in ("created", "posted")]
        )
        return payments

    def _attach_entries(self, payments, transactions):
        """Make the entries of all payments in one go.

        Posting would make them too, but then ties each payment to its entry in a write of its own,
        which searches and flushes: more than half of all statements of a paid invoice.
        """
        entries = self.env["account.move"].create(
            [
                {
                    **each._generate_move_vals(),
                    "fiscal_position_id": False,
                    "saas_balance_transaction_id": transaction,
                }
                for each, transaction in zip(payments, transactions, strict=True)
            ]
        )
        payments.flush_recordset()
        payments._write_multi([{"move_id": entry.id} for entry in entries])
        payments.invalidate_recordset(["move_id"])
        payments.modified(["move_id"])

    # ── charges ──────────────────────────────────────────────────────────────────────────────

    def _add_charges(self, batch, prepared):
        """Add to payment values the charge that carried each, where it was told before.

        :param prepared: list of (change, values)
        :returns: the charges in that order, empty where none is known
        """
        charges = self.env["saas.charge"]
        sources = [
            values["saas_payment_intent_id"] or values["saas_charge_id"]
            for _change, values in prepared
        ]
        known = charges._find_by_source(batch.connection, sources)
        carriers = []
        for (_change, values), source in zip(prepared, sources, strict=True):
            carrier = known.get(source, charges)._get_carrier(values["date"])
            values["saas_charge_id"] = carrier.external_id or values["saas_charge_id"]
            carriers.append(carrier)
        return carriers

    def _note_charges(self, batch, payments):
        """Note on `payments` the charge that carried each, and its balance transaction."""
        sources = [each._get_saas_source() for each in payments]
        charges = self.env["saas.charge"]
        known = charges._find_by_source(batch.connection, sources)
        for payment, source in zip(payments, sources, strict=True):
            if carrier := known.get(source, charges)._get_carrier(payment.date):
                carrier.payment_id = payment
                self._note(payment, carrier)
        return payments

    def _note(self, payment, charge):
        if payment.saas_charge_id != charge.external_id:
            payment.saas_charge_id = charge.external_id
        transaction = charge.balance_transaction_id
        if transaction and payment.saas_balance_transaction_id != transaction:
            payment.move_id.saas_balance_transaction_id = transaction

    def _revert_failed(self, batch, told):
        """Take back payments whose debit failed after all, once, on the day it was told.

        :param told: list of (change, payment)
        """
        if not told:
            return
        charges = self.env["saas.charge"].search(
            [
                ("payment_id", "in", [payment.id for _change, payment in told]),
                ("status", "=", "failed"),
                ("failure_balance_transaction_id", "!=", False),
            ]
        )
        if not charges:
            return
        by_payment = {charge.payment_id: charge for charge in charges}
        done = self._get_links(batch, "charge_failure", charges.mapped("external_id"))
        prepared, transactions = [], []
        for change, payment in told:
            charge = by_payment.get(payment)
            if not charge or charge.external_id in done:
                continue
            day = self._get_day(batch, charge.failed_at.replace(tzinfo=UTC))
            try:
                self._check_open(change.record, day, payment.journal_id, False)
            except Outcome as outcome:
                change.reject(outcome)
                continue
            values = self._prepare_counter(payment, "charge_failure", charge.external_id, day)
            prepared.append((change, values))
            transactions.append(charge.failure_balance_transaction_id)
        if prepared:
            failures = self._post_payments(batch, "charge_failure", prepared, transactions)
            self._settle_reverted(prepared, failures)

    def _settle_reverted(self, prepared, counters):
        self.env["saas.billing.matching"]._revert(counters)
        self.env["saas.billing.matching"]._settle(counters.saas_invoice_id)
        self._trace(
            [
                (change, counter.saas_reverts_id, "reversed")
                for (change, _values), counter in zip(prepared, counters, strict=True)
            ]
        )
