"""R0: what the old books hand over, by the facts, against the opening documents."""

from odoo import models


# One file per check keeps each of them readable on its own.
# pylint: disable=consider-merging-classes-inherited
class SaasReconciliationRun(models.Model):
    _inherit = "saas.reconciliation.run"

    def _get_checks(self):
        return super()._get_checks() | {"R0": "_check_r0"}

    def _get_titles(self):
        return super()._get_titles() | {"R0": self.env._("Opening")}

    def _check_r0(self):
        """Opening receivables and credits, by currency, in months that reach the cut-over."""
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
            "connection_id": position.connection_id.id,
            "currency_id": position.currency_id.id,
            "label": position.name,
            "left_amount": left,
            "right_amount": right,
            "difference_class": "amount" if right else "missing",
            "right_model": position._name,
            "right_res_id": position.id,
            "external_id": position.external_id,
        }
