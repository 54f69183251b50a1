"""Rows that are only ever added."""

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL


class AppendOnly(models.AbstractModel):
    """Refuses changes through the ORM for everyone, the superuser included.

    `_append_only_columns` are guarded by a trigger as well, so that plain SQL cannot change them
    either; columns that later versions add may still be filled by an upgrade.
    """

    _name = "saas.append.only"
    _description = "Append-only Rows"

    _append_only_columns = ()

    def init(self):
        super().init()
        if not self._append_only_columns:
            return
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

    def write(self, vals):
        raise UserError(
            self.env._("%s are never changed: add a correcting one instead.", self._description)
        )

    def unlink(self):
        raise UserError(self.env._("%s are never deleted.", self._description))
