from odoo import fields, models


class SaasBenchInbox(models.Model):
    """The smallest table that can hold an event once."""

    _name = "saas.bench.inbox"
    _description = "Bench Inbox"
    _log_access = False

    external_id = fields.Char(required=True)
    body = fields.Text(required=True)

    _external_unique = models.Constraint("UNIQUE(external_id)", "Once.")
