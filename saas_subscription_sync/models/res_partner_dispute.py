"""Disputes of a customer."""

from odoo import fields, models


# Disputes are a concern of their own; the customer's subscriptions have their file.
# pylint: disable=consider-merging-classes-inherited
class ResPartner(models.Model):
    _inherit = "res.partner"

    saas_dispute_count = fields.Integer(
        compute="_compute_saas_dispute_count",
        string="Disputes",
        groups="saas_billing_connector.group_saas_auditor",
    )

    def _compute_saas_dispute_count(self):
        counts = self.env["saas.dispute"]._count_by("partner_id", self)
        for partner in self:
            partner.saas_dispute_count = counts.get(partner, 0)

    def action_open_saas_disputes(self):
        """Disputes of this customer."""
        return self.env["saas.dispute"]._get_list_action([("partner_id", "in", self.ids)])
