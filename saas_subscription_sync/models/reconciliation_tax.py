"""R8: tax as the provider billed it, by rate, against the tax lines of the documents, by tax."""

from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from .reconciliation_billed import DOCUMENTS, KINDS


# One file per check keeps each of them readable on its own.
# pylint: disable=consider-merging-classes-inherited
class SaasReconciliationRun(models.Model):
    _inherit = "saas.reconciliation.run"

    def _get_checks(self):
        return super()._get_checks() | {"R8": "_check_r8"}

    def _get_needed_readings(self):
        return super()._get_needed_readings() | {"R8": DOCUMENTS}

    def _get_titles(self):
        return super()._get_titles() | {"R8": self.env._("Tax")}

    def _check_r8(self):
        """Tax of final documents by month, currency and tax; rates count as what they map to."""
        connection = self.connection_id
        return self._compare_rows(
            connection,
            self._get_told_taxes(connection),
            self._get_booked_taxes(connection),
            titles=self._get_tax_titles(connection),
            tolerance=Decimal(str(connection.tax_tolerance)),
        )

    def _get_told_taxes(self, connection):
        """SELECT of the provider's side; a rate without a tax stands for itself."""
        return SQL(
            """SELECT fact.kind, fact.external_id,
                      COALESCE(mapping.tax_id::text, fact.item) AS item, fact.day, fact.currency,
                      SUM(fact.amount) AS amount, NULL AS state, MIN(fact.label) AS label,
                      NULL AS model, NULL::int AS res_id
                 FROM (%(facts)s) fact
            LEFT JOIN saas_tax_mapping mapping
                   ON mapping.connection_id = %(connection)s AND mapping.external_id = fact.item
                WHERE fact.item != ''
             GROUP BY fact.kind, fact.external_id, 3, fact.day, fact.currency
               HAVING SUM(fact.amount) != 0""",
            facts=self._get_facts(connection, *KINDS),
            connection=connection.id,
        )

    def _get_booked_taxes(self, connection):
        """SELECT of the tax lines; taxes that come to nothing on a document are left out."""
        return SQL(
            """SELECT move.saas_document_type AS kind, move.saas_external_id AS external_id,
                      line.tax_line_id::text AS item, move.date AS day, currency.name AS currency,
                      -SUM(line.amount_currency) AS amount, NULL AS state, move.name AS label,
                      'account.move' AS model, move.id AS res_id
                 FROM account_move move
                 JOIN account_move_line line ON line.move_id = move.id
                 JOIN res_currency currency ON currency.id = line.currency_id
                WHERE move.saas_connection_id = %s AND move.state = 'posted'
                  AND move.saas_document_type = ANY(%s) AND line.tax_line_id IS NOT NULL
             GROUP BY move.id, line.tax_line_id, currency.name HAVING SUM(line.amount_currency) != 0
            """,
            connection.id,
            list(KINDS),
        )

    def _get_tax_titles(self, connection):
        mappings = self.env["saas.tax.mapping"].sudo()
        mappings = mappings.search([("connection_id", "=", connection.id)])
        rates = {each.external_id: f"{each.name} ({each.external_id})" for each in mappings}
        taxes = self.env["account.tax"].sudo().with_context(active_test=False)
        taxes = taxes.search([("company_id", "=", connection.company_id.id)])
        return rates | {str(tax.id): tax.name for tax in taxes}
