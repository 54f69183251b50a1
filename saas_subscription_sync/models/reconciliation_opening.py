"""R0: what the old books hand over, by the facts, against the opening documents.

The checks against the provider begin with the cut-over.
"""

from odoo import models


# One file per check keeps each of them readable on its own.
# pylint: disable=consider-merging-classes-inherited
class SaasReconciliationRun(models.Model):
    _inherit = "saas.reconciliation.run"

    def _get_checks(self):
        return super()._get_checks() | {"R0": "_check_r0"}

    def _check_r0(self):
        """Opening receivables and credits, by currency, in runs that reach the cut-over."""
        lines = []
        for connection in self._get_connections():
            cutover = connection.cutover_date
            if cutover and cutover < self.date_to:
                lines += self._compare_opening(connection)
        return lines

    def _compare_opening(self, connection):
        positions = self.env["saas.opening.position"].search(
            [("connection_id", "=", connection.id)]
        )
        wanted, booked = positions._get_open_amounts(), positions._get_booked_open_amounts()
        lines = []
        for currency, own in positions.grouped("currency_id").items():
            lines.append(
                {
                    "currency_id": currency.id,
                    "label": self.env._("%s · opening receivables", connection.name),
                    "left_amount": currency.round(sum(wanted[each.id] for each in own)),
                    "right_amount": currency.round(sum(booked.get(each.id, 0.0) for each in own)),
                }
            )
            for position in own:
                left, right = wanted[position.id], booked.get(position.id, 0.0)
                if currency.compare_amounts(left, right):
                    lines.append(self._prepare_opening_difference(position, left, right))
        return lines

    def _prepare_opening_difference(self, position, left, right):
        return {
            "currency_id": position.currency_id.id,
            "label": position.name,
            "left_amount": left,
            "right_amount": right,
            "difference_class": "amount" if right else "missing",
            "right_model": position._name,
            "right_res_id": position.id,
            "external_id": position.external_id,
        }

    # ── the other checks begin with the cut-over ─────────────────────────────────────────────

    def _is_since_cutover(self, connection, instant):
        cutover = connection.cutover_date
        return not cutover or instant.astimezone(connection._get_zone()).date() >= cutover

    def _get_document_entries(self, connection, kind, record, instant, amount):
        """Documents, and voids of documents, from before the cut-over are not ours to book."""
        entries = super()._get_document_entries(connection, kind, record, instant, amount)
        instants = [instant, record.voided_at]
        return [
            entry
            for entry, when in zip(entries, instants, strict=False)
            if self._is_since_cutover(connection, when)
        ]

    def _get_booked_documents(self, connection, keys=None):
        entries = super()._get_booked_documents(connection, keys)
        return [each for each in entries if each.owner.saas_document_type != "opening"]

    def _is_countable(self, connection, record):
        """Money from before the cut-over is in the old books."""
        return super()._is_countable(connection, record) and self._is_since_cutover(
            connection, record.created_at
        )
