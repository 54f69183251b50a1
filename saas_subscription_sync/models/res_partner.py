"""Subscriptions of a customer, and what the billing provider knows it by."""

from odoo import api, fields, models
from odoo.exceptions import UserError


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

    saas_customer_ids = fields.One2many(
        "saas.customer",
        "partner_id",
        string="Billing Customers",
        readonly=True,
        groups="saas_billing_connector.group_saas_auditor",
    )
    saas_customer_count = fields.Integer(
        compute="_compute_saas_customer_count",
        groups="saas_billing_connector.group_saas_auditor",
    )
    saas_differs = fields.Boolean(
        compute="_compute_saas_differs",
        search="_search_saas_differs",
        string="Differs from Billing",
        groups="saas_billing_connector.group_saas_auditor",
    )

    def _compute_saas_customer_count(self):
        rows = self.env["saas.customer"]._read_group(
            [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
        )
        counts = {partner.id: count for partner, count in rows}
        for partner in self:
            partner.saas_customer_count = counts.get(partner.id, 0)

    @api.depends("saas_customer_ids.differences")
    def _compute_saas_differs(self):
        for partner in self:
            partner.saas_differs = any(partner.saas_customer_ids.mapped("differences"))

    def _search_saas_differs(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("saas_customer_ids.differences", "!=", False)]

    def write(self, vals):
        """A contact that is in use again lets through what waited for that."""
        archived = self.filtered(lambda each: not each.active) if vals.get("active") else None
        result = super().write(vals)
        if archived:
            self.env["saas.customer"].sudo()._contacts_changed(archived)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_billed(self):
        customer = (
            self.env["saas.customer"].sudo().search([("partner_id", "in", self.ids)], limit=1)
        )
        if customer:
            raise UserError(
                self.env._(
                    "“%(contact)s” is customer %(id)s of the billing provider. Archive it, or merge"
                    " it with another contact.",
                    contact=customer.partner_id.display_name,
                    id=customer.external_id,
                )
            )

    def action_open_saas_customers(self):
        """What the billing provider says of this contact."""
        self.ensure_one()
        return self.saas_customer_ids._get_records_action(name=self.env._("Billing Customers"))

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
