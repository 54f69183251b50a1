"""Opportunities: what the customer subscribed to, and what a subscription does to them."""

from odoo import fields, models

ACTIVITY_TYPE = "saas_subscription_crm.mail_activity_won"
#: The drain works without chatter; what is done to an opportunity is told on it.
TOLD = {"tracking_disable": False, "mail_notrack": False, "mail_create_nolog": False}


class CrmLead(models.Model):
    _inherit = "crm.lead"

    saas_subscription_ids = fields.Many2many(
        "saas.crm.subscription",
        compute="_compute_saas_subscription_ids",
        string="Subscriptions",
        help="Of the customer, whichever of its people they are for.",
    )
    saas_subscription_count = fields.Integer(compute="_compute_saas_subscription_ids")
    saas_standing = fields.Selection(
        related="partner_id.saas_standing", groups="sales_team.group_sale_salesman"
    )
    saas_churned_at = fields.Datetime(
        related="partner_id.saas_churned_at", groups="sales_team.group_sale_salesman"
    )

    def _compute_saas_subscription_ids(self):
        self.saas_subscription_ids, self.saas_subscription_count = False, 0
        subscriptions = self.env["saas.crm.subscription"]
        if not subscriptions.has_access("read"):
            return
        customers = self.partner_id.commercial_partner_id
        found = subscriptions.search([("customer_id", "in", customers.ids)]).grouped("customer_id")
        for lead in self:
            mine = found.get(lead.partner_id.commercial_partner_id, subscriptions)
            lead.saas_subscription_ids, lead.saas_subscription_count = mine, len(mine)

    def action_open_saas_subscriptions(self):
        """Subscriptions of the customer."""
        return self.partner_id.action_open_saas_crm_subscriptions()

    def action_set_won(self):
        """Whoever marks it won has done what was proposed."""
        result = super().action_set_won()
        self.activity_feedback([ACTIVITY_TYPE])
        return result

    def _take_activation(self, subscription, is_only):
        """A subscription of the customer became active.

        :param is_only: whether no other opportunity of the customer is open
        """
        self.ensure_one()
        lead = self.with_context(**TOLD)
        mode = subscription.company_id.saas_crm_activation
        if mode == "win" and is_only:
            lead.action_set_won()
            lead.message_post(
                body=self.env._("Won: subscription %s is active.", subscription.external_id)
            )
        else:
            lead._propose_won(subscription, is_only)

    def _propose_won(self, subscription, is_only):
        note = self.env._("Subscription %s is active.", subscription.external_id)
        if not is_only:
            note += " " + self.env._("The customer has other open opportunities: is it this one?")
        owner = self.user_id or self.team_id.user_id or subscription.connection_id.user_id
        self.activity_schedule(
            ACTIVITY_TYPE,
            summary=self.env._("Mark as won?"),
            note=note,
            user_id=owner.id or self.env.uid,
        )

    def _take_churn(self, subscription):
        """The subscription that the opportunity was won with has ended."""
        self.with_context(**TOLD).message_post(
            body=self.env._("Churned: subscription %s has ended.", subscription.external_id)
        )
