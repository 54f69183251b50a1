"""Marks the scheduled actions that drain the inbox."""

from odoo import fields, models


class IrCron(models.Model):
    _inherit = "ir.cron"

    saas_drain_track = fields.Selection(
        [("service", "Service"), ("accounting", "Accounting")],
        readonly=True,
        string="Drained Track",
        help="The active actions of one track share its events among themselves.",
    )
