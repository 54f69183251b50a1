"""A person decides on access, with a reason, for some time or until it is taken back."""

from odoo import fields, models

from ..models.saas_subscription_access import DECISIONS


class SaasSubscriptionAccessDecision(models.TransientModel):
    _name = "saas.subscription.access.decision"
    _description = "Decision on Access"

    subscription_ids = fields.Many2many(
        "saas.subscription",
        required=True,
        string="Subscriptions",
        default=lambda self: self.env.context.get("active_ids"),
    )
    access = fields.Selection(DECISIONS, required=True, default="granted")
    until = fields.Datetime(help="Empty: until it is taken back.")
    reason = fields.Char(required=True, help="Kept with the change of access.")

    def action_decide(self):
        """Put the decision in force."""
        self.ensure_one()
        self.subscription_ids._decide_access(self.access, self.until, self.reason)
        return {"type": "ir.actions.act_window_close"}
