"""R1: what the provider billed, read live, against the posted documents."""

from odoo import models
from odoo.tools import SQL

DOCUMENTS = ("invoice", "credit_note")
#: Kinds of facts about documents: a void counts for itself, in its own month.
KINDS = ("invoice", "invoice_void", "credit_note", "credit_note_void")
#: Documents that the books have and the list did not show are asked for one by one, so many.
MOST_LOOKED_UP = 200
#: What a document counts for, as the provider signs it.
AMOUNT = SQL(
    """CASE WHEN move.move_type = 'out_refund'
            THEN -move.amount_total ELSE move.amount_total END"""
)


# One file per check keeps each of them readable on its own.
# pylint: disable=consider-merging-classes-inherited
class SaasReconciliationRun(models.Model):
    _inherit = "saas.reconciliation.run"

    def _get_checks(self):
        return super()._get_checks() | {"R1": "_check_r1"}

    def _get_needed_readings(self):
        return super()._get_needed_readings() | {"R1": DOCUMENTS}

    def _get_titles(self):
        return super()._get_titles() | {
            "R1": self.env._("Billed"),
            "invoice": self.env._("Invoices"),
            "credit_note": self.env._("Credit Notes"),
        }

    def _check_r1(self):
        """Final invoices less credit notes and voids, by month and currency."""
        connection = self.connection_id
        booked = self._get_booked_documents(connection)
        self._look_up_documents(connection, booked)
        lines = self._compare_rows(connection, self._get_told(connection, *KINDS), booked)
        return self._mark_manual(connection, lines)

    def _get_booked_documents(self, connection):
        """SELECT of the posted documents of this origin."""
        return SQL(
            """SELECT move.saas_document_type AS kind, move.saas_external_id AS external_id,
                      '' AS item, move.date AS day, currency.name AS currency,
                      %s AS amount, NULL AS state, move.name AS label, 'account.move' AS model,
                      move.id AS res_id
                 FROM account_move move
                 JOIN res_currency currency ON currency.id = move.currency_id
                WHERE move.saas_connection_id = %s AND move.state = 'posted'
                  AND move.saas_document_type = ANY(%s)""",
            AMOUNT,
            connection.id,
            list(KINDS),
        )

    def _look_up_documents(self, connection, booked):
        """Ask for the documents of the month that no list showed: their creation lies far away."""
        parts = self._get_fact_parts(connection)
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT replace(kind, '_void', ''), external_id FROM (%s) side
                    WHERE day >= %s AND day < %s AND NOT EXISTS (
                          SELECT FROM saas_reconciliation_fact fact
                           WHERE fact.part_id = ANY(%s) AND fact.kind = side.kind
                             AND fact.external_id = side.external_id AND fact.item = '')
                 ORDER BY 2 LIMIT %s""",
                booked,
                self.date_from,
                self.date_to,
                parts.ids,
                MOST_LOOKED_UP,
            )
        )
        for part in parts:
            if wanted := [external_id for kind, external_id in rows if kind == part.code]:
                part._look_up(wanted)

    def _mark_manual(self, connection, lines):
        """Documents that no event made were entered, or copied, by a person."""
        links = self.env["saas.billing.link"].sudo()
        for kind in KINDS:
            alone = [
                line
                for line in lines
                if line.get("difference_class") in ("unexpected", "duplicate")
                and line["key"].startswith(f"{kind}:")
            ]
            found = links._find(connection, kind, [line["external_id"] for line in alone])
            for line in alone:
                link = found.get(line["external_id"])
                if not link or link.res_id != line["right_res_id"]:
                    line["difference_class"] = "manual"
                    line["reason"] = self.env._("No event made it")
        return lines
