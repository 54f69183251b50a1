"""R2: money the provider took and gave back, read live, against the payments."""

from dateutil.relativedelta import relativedelta
from odoo import models

from ..rules.comparison import Entry

#: How far a charge may lie from the day its payment was booked on.
SLACK = relativedelta(days=2)
BOOKED_STATES = ("in_process", "paid")


# One file per check keeps each of them readable on its own.
# pylint: disable=consider-merging-classes-inherited
class SaasReconciliationRun(models.Model):
    _inherit = "saas.reconciliation.run"

    def _get_checks(self):
        return super()._get_checks() | {"R2": "_check_r2"}

    def _check_r2(self):
        """Succeeded charges less refunds, by month and currency.

        Payments made outside the provider (no charge, no payment intent) are not its money.
        """
        lines = []
        for connection in self._get_connections():
            charges, intents = self._get_charges(connection)
            left = charges + self._get_refunds(connection)
            lines += self._compare(connection, left, self._get_booked_payments(connection, intents))
        return lines

    def _get_charges(self, connection):
        """Entries of succeeded charges, and payment intent by charge."""
        entries, intents = [], {}
        for record in connection._iter_provider("charge", *self._get_instants(connection, SLACK)):
            if self._is_countable(connection, record):
                source = record.payment_intent_id or record.external_id
                intents[record.external_id] = source
                entries.append(self._get_money_entry(connection, f"charge:{source}", record, 1))
        return entries, intents

    def _get_refunds(self, connection):
        return [
            self._get_money_entry(connection, f"refund:{record.external_id}", record, -1)
            for record in connection._iter_provider(
                "refund", *self._get_instants(connection, SLACK)
            )
            if self._is_countable(connection, record)
        ]

    def _is_countable(self, connection, record):
        """Whether a charge or refund moved money that the books must hold."""
        return record.status == "succeeded"

    def _get_money_entry(self, connection, key, record, sign):
        return Entry(
            key=key,
            month=self._get_month(connection, record.created_at),
            currency=record.currency,
            amount=sign * record.amount,
            label=record.external_id,
        )

    def _get_booked_payments(self, connection, intents):
        """Entries of payments and refunds around the run's months.

        :param intents: payment intent by charge, for payments that know the charge only
        """
        payments = self.env["account.payment"].search(
            [
                ("saas_connection_id", "=", connection.id),
                ("state", "in", BOOKED_STATES),
                ("date", ">=", self.date_from - SLACK),
                ("date", "<", self.date_to + SLACK),
            ]
        )
        entries = []
        for payment in payments:
            charge_id = payment.saas_charge_id
            source = payment.saas_payment_intent_id or intents.get(charge_id, charge_id)
            if payment.payment_type == "outbound":
                entries.append(self._get_paid_entry(payment, f"refund:{payment.saas_external_id}"))
            elif source:
                entries.append(self._get_paid_entry(payment, f"charge:{source}"))
        return entries

    def _get_paid_entry(self, payment, key):
        amount = self._get_exact(payment.amount, payment.currency_id)
        return Entry(
            key=key,
            month=(payment.date.year, payment.date.month),
            currency=payment.currency_id.name,
            amount=-amount if payment.payment_type == "outbound" else amount,
            label=payment.name or payment.memo,
            owner=payment,
        )
