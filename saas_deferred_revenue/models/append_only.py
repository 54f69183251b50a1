"""Rows of the sub-ledger, which are only ever added."""

from odoo import models
from odoo.tools import SQL


class RevenueAppendOnly(models.AbstractModel):
    """Append-only for the database too.

    `saas.append.only` refuses changes through the ORM for everyone. Here a trigger guards
    `_append_only_columns` against plain SQL; columns that later versions add can still be filled.
    """

    _name = "saas.revenue.append.only"
    _description = "Append-only Revenue Rows"
    _inherit = ["saas.append.only"]

    _append_only_columns = ()

    def init(self):
        result = super().init()
        if self._append_only_columns:
            self._create_append_only_trigger()
        return result

    def _create_append_only_trigger(self):
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION saas_refuse_change() RETURNS trigger
                LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION '%% is append-only: add a row instead', TG_TABLE_NAME
                        USING ERRCODE = 'integrity_constraint_violation';
                END $$;
                DROP TRIGGER IF EXISTS saas_append_only ON %(table)s;
                CREATE TRIGGER saas_append_only BEFORE UPDATE OF %(columns)s ON %(table)s
                FOR EACH ROW EXECUTE FUNCTION saas_refuse_change()
                """,
                table=SQL.identifier(self._table),
                columns=SQL(", ").join(map(SQL.identifier, self._append_only_columns)),
            )
        )
