"""Rows that are only ever added."""

from odoo import api, models
from odoo.exceptions import UserError


class SaasAppendOnly(models.AbstractModel):
    """Inherit from it to refuse every change and deletion, from whatever user or code."""

    _name = "saas.append.only"
    _description = "Append-only Record"

    def write(self, vals):
        if vals:
            raise UserError(self.env._("%s: rows are only ever added.", self._description))
        return super().write(vals)

    # Uninstalling drops the tables and unlinks no row, so this holds for whatever context is given.
    @api.ondelete(at_uninstall=True)
    def _unlink_never(self):
        raise UserError(self.env._("%s: rows are never deleted.", self._description))
