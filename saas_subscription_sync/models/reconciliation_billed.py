"""R1: what the provider billed, read live, against the posted documents."""

from dateutil.relativedelta import relativedelta
from odoo import models

from ..rules.comparison import Entry

#: How far a document's creation may lie from its accounting date: drafts wait, dates are set back.
SLACK = relativedelta(days=40)


# One file per check keeps each of them readable on its own.
# pylint: disable=consider-merging-classes-inherited
class SaasReconciliationRun(models.Model):
    _inherit = "saas.reconciliation.run"

    def _get_checks(self):
        return super()._get_checks() | {"R1": "_check_r1"}

    def _check_r1(self):
        """Final invoices less credit notes and voids, by month and currency."""
        lines = []
        for connection in self._get_connections():
            right = self._get_booked_documents(connection)
            left = self._get_billed_documents(connection, self._get_first_creation(right))
            missing = {each.key for each in left} - {each.key for each in right}
            right += self._get_booked_documents(connection, missing)
            lines += self._compare(connection, left, right)
        return lines

    def _get_first_creation(self, entries):
        """Day from which documents matter: a void of these months may void a much older invoice."""
        origins = (
            entry.owner.reversed_entry_id.date
            for entry in entries
            if entry.key.partition(":")[0].endswith("_void")
        )
        return min([self.date_from, *filter(None, origins)])

    def _get_billed_documents(self, connection, first):
        """Entries of the provider's documents that were created around the run's months."""
        window = self._get_instants(connection, SLACK, first)
        entries = []
        for record in connection._iter_provider("invoice", *window):
            if record.status != "draft" and record.accounting_at:
                entries += self._get_document_entries(
                    connection, "invoice", record, record.accounting_at, record.total
                )
        for record in connection._iter_provider("credit_note", *window):
            entries += self._get_document_entries(
                connection, "credit_note", record, record.issued_at, -record.total
            )
        return entries

    def _get_document_entries(self, connection, kind, record, instant, amount):
        """An entry for the document, and the opposite one for its void."""
        label = record.number or record.external_id
        facts = [(kind, instant, amount)]
        if record.status == "void" and record.voided_at:
            facts.append((f"{kind}_void", record.voided_at, -amount))
        return [
            Entry(
                key=f"{name}:{record.external_id}",
                month=self._get_month(connection, when),
                currency=record.currency,
                amount=value,
                label=label,
            )
            for name, when, value in facts
        ]

    def _get_booked_documents(self, connection, keys=None):
        """Entries of posted documents: those of the run's months, or those with the given keys."""
        domain = [("saas_connection_id", "=", connection.id), ("state", "=", "posted")]
        if keys is None:
            domain += [("date", ">=", self.date_from), ("date", "<", self.date_to)]
        else:
            ids = [key.partition(":")[2] for key in keys]
            domain += [("saas_external_id", "in", ids)]
        moves = self.env["account.move"].search_fetch(
            domain,
            [
                "saas_document_type",
                "saas_external_id",
                "move_type",
                "date",
                "currency_id",
                "amount_total",
                "name",
            ],
        )
        entries = [self._get_booked_entry(move) for move in moves]
        return [entry for entry in entries if keys is None or entry.key in keys]

    def _get_booked_entry(self, move):
        amount = self._get_exact(move.amount_total, move.currency_id)
        return Entry(
            key=f"{move.saas_document_type}:{move.saas_external_id}",
            month=(move.date.year, move.date.month),
            currency=move.currency_id.name,
            amount=-amount if move.move_type == "out_refund" else amount,
            label=move.name,
            owner=move,
        )
