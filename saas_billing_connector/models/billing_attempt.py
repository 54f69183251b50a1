"""What happened each time an event was processed; only ever added to."""

from odoo import fields, models


class SaasBillingAttempt(models.Model):
    _name = "saas.billing.attempt"
    _description = "Billing Attempt"
    _inherit = ["saas.append.only"]
    _order = "id desc"
    _rec_name = "outcome"

    event_id = fields.Many2one(
        "saas.billing.event", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="event_id.company_id")
    attempted_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    outcome = fields.Char(required=True, readonly=True, help="The state it led to.")
    code = fields.Char(readonly=True)
    message = fields.Text(readonly=True)
    canonical_sha256 = fields.Char(
        readonly=True,
        string="Canonical SHA-256",
        help="Of the canonical record that the event had after this attempt.",
    )
    traceback = fields.Text(readonly=True, groups="saas_billing_connector.group_saas_admin")
