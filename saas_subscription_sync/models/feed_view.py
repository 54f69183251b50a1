"""The read-only SQL views of the contract, created at every installation and upgrade."""

from odoo import api, models
from odoo.tools import SQL

from ..feed.views import VIEWS


class SaasFeedView(models.AbstractModel):
    _name = "saas.feed.view"
    _description = "Views of the Outbound Contract"

    @api.model
    def _get_views(self):
        """The views, in an order in which they can be created; addons add theirs."""
        return VIEWS

    def init(self):
        # The tables of this addon are all there only once every model has been set up.
        self.pool.post_init(self._create_views)

    @api.model
    def _create_views(self):
        """Create the views or add new columns at their ends; grants on them stay."""
        for view in self._get_views():
            for statement in view.get_statements():
                self.env.cr.execute(SQL(statement))

    @api.model
    def _read(self, view, column, values):
        """Rows of a view where a column has one of the values, as canonical JSON, in one query."""
        if not values:
            return []
        rows = self.env.execute_query(
            SQL(
                "SELECT row_to_json(given)::text FROM %s given WHERE %s = ANY(%s) ORDER BY id",
                SQL.identifier(view.name),
                SQL.identifier("given", column),
                list(values),
            )
        )
        return [view.load(text) for (text,) in rows]
