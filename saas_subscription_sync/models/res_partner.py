"""Subscriptions of a customer."""

from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    saas_subscription_ids = fields.One2many(
        "saas.subscription",
        "partner_id",
        string="Subscriptions",
        readonly=True,
        groups="saas_billing_connector.group_saas_auditor",
    )
    saas_subscription_count = fields.Integer(
        compute="_compute_saas_subscription_count",
        string="Subscription Count",
        groups="saas_billing_connector.group_saas_auditor",
    )

    def _compute_saas_subscription_count(self):
        rows = self.env["saas.subscription"]._read_group(
            [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
        )
        counts = {partner.id: count for partner, count in rows}
        for partner in self:
            partner.saas_subscription_count = counts.get(partner.id, 0)

    def action_open_saas_subscriptions(self):
        """Subscriptions of this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_subscription_sync.action_subscription"
        )
        return {**action, "domain": [("partner_id", "=", self.id)], "context": {}}
