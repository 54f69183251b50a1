"""Rolling the webhook secret of a connection, step by step."""

from odoo import api, fields, models

from ..models.billing_connection_credentials import PREVIOUS_HOURS


class SaasBillingSecretRotation(models.TransientModel):
    _name = "saas.billing.secret.rotation"
    _description = "Rotation of a Webhook Secret"
    _inherit = ["saas.no.secret"]

    connection_id = fields.Many2one("saas.billing.connection", required=True, ondelete="cascade")
    current_ref = fields.Char(
        related="connection_id.webhook_secret_ref", string="Current Reference"
    )
    reference = fields.Char(
        string="New Reference",
        required=True,
        help="Where the server finds the new secret: env:VARIABLE or conf:key.",
    )
    found = fields.Boolean(compute="_compute_found", string="Server Has It")
    hours = fields.Integer(
        string="Accept the Previous One for (Hours)",
        default=PREVIOUS_HOURS,
        required=True,
        help="As long as you told Stripe. 0 ends it at once, for a secret that has leaked.",
    )

    @api.depends("reference")
    def _compute_found(self):
        for rotation in self:
            secret = self.env["saas.billing.connection"]._resolve_secret(rotation.reference)
            rotation.found = bool(secret)

    def action_rotate(self):
        """Believe the new secret from now on."""
        self.ensure_one()
        self.connection_id.check_access("write")
        self.connection_id._rotate_webhook_secret(self.reference, self.hours)
        return {"type": "ir.actions.act_window_close"}
