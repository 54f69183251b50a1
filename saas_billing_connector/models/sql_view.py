"""Statements as models: what all of them have in common."""

from odoo import api, models
from odoo.tools import SQL


class SaasSqlView(models.AbstractModel):
    """A statement as a model.

    PostgreSQL compiles a statement that it takes for costly. For the many expressions of ours that
    takes far longer than it can save: ten seconds were measured for rows that are there in two, and
    half a minute for some that are there in milliseconds.
    """

    _name = "saas.sql.view"
    _description = "SQL View"

    @api.model
    def _search(self, domain, *args, **kwargs):
        self.env.cr.execute(SQL("SET LOCAL jit = off"))
        return super()._search(domain, *args, **kwargs)
