"""A copied database is harmless: a live connection works only in the database it was bound to.

Odoo's own *duplicate* and *restore a copy* give a copy another `database.uuid`; `createdb -T` and
`pg_restore` keep it, so the database's name counts as well. A database that was renamed or restored
on purpose looks the same from inside: an administrator binds it anew, and a second one agrees.
Test mode is let through: copies are what one tests on.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

BINDING = {"database_uuid", "database_name"}


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"

    database_uuid = fields.Char(
        string="Bound to Database",
        readonly=True,
        copy=False,
        default=lambda self: self._get_here()[0],
        tracking=True,
        help="The database this connection works in, by Odoo's database.uuid.",
    )
    database_name = fields.Char(
        readonly=True, copy=False, default=lambda self: self._get_here()[1], tracking=True
    )
    is_copy = fields.Boolean(
        compute="_compute_is_copy", help="The connection was bound to another database."
    )
    stopped = fields.Boolean(
        compute="_compute_is_copy",
        search="_search_stopped",
        help="A live connection in a copied database neither receives, nor processes, nor asks.",
    )

    @api.model
    def _get_here(self):
        """What this database is called: its uuid and its name."""
        parameters = self.env["ir.config_parameter"].sudo()
        return parameters.get_param("database.uuid"), self.env.cr.dbname

    @api.depends("livemode", "database_uuid", "database_name")
    def _compute_is_copy(self):
        here = self._get_here()
        for connection in self:
            connection.is_copy = (connection.database_uuid, connection.database_name) != here
            connection.stopped = connection.livemode and connection.is_copy

    def _search_stopped(self, operator, value):
        if operator != "in":
            return NotImplemented
        uuid, name = self._get_here()
        copies = Domain("database_uuid", "!=", uuid) | Domain("database_name", "!=", name)
        stopped = Domain("livemode", "=", True) & copies
        return Domain.OR(stopped if each else ~stopped for each in value)

    def _check_not_stopped(self):
        """:raises UserError: where a live connection finds itself in a copied database"""
        for connection in self.filtered("stopped"):
            raise UserError(
                self.env._(
                    "“%(name)s” is stopped: it was connected in the database %(bound)s, and this is"
                    " %(here)s. If this database is meant to replace the other one, bind the"
                    " connection anew.",
                    name=connection.name,
                    bound=connection.database_name,
                    here=self.env.cr.dbname,
                )
            )

    @api.model
    def _get_two_person_fields(self):
        return super()._get_two_person_fields() | BINDING

    def _is_in_force(self, names):
        return super()._is_in_force(names) or (self.livemode and not BINDING.isdisjoint(names))

    def action_rebind(self):
        """Let the connection work in this database: a deliberate, tracked step."""
        self.check_access("write")
        uuid, name = self._get_here()
        self.write({"database_uuid": uuid, "database_name": name})
