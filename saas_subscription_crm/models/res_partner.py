"""How a customer stands, by all the subscriptions of its company."""

from odoo import api, fields, models
from odoo.fields import Domain

#: What a subscription's state makes of its customer.
STANDING = {
    "incomplete": "trial",
    "trialing": "trial",
    "active": "customer",
    "past_due": "at_risk",
    "paused": "at_risk",
    "suspended": "at_risk",
    "cancelling": "at_risk",
    "cancelled": "churned",
    "expired": "churned",
}
#: Of several subscriptions the first of these decides.
RANK = ("at_risk", "customer", "trial", "churned")
SALES = "sales_team.group_sale_salesman"


class ResPartner(models.Model):
    _inherit = "res.partner"

    saas_standing = fields.Selection(
        [
            ("trial", "Trial"),
            ("customer", "Subscribed"),
            ("at_risk", "At Risk"),
            ("churned", "Churned"),
        ],
        string="Subscriptions Stand",
        compute="_compute_saas_standing",
        search="_search_saas_standing",
        groups=SALES,
        help="At risk: one of the subscriptions is late, paused, suspended or cancelled to its"
        " end. Churned: all of them have ended.",
    )
    saas_churned_at = fields.Datetime(
        string="Churned On",
        compute="_compute_saas_standing",
        groups=SALES,
        help="When the last subscription ended.",
    )
    saas_crm_subscription_count = fields.Integer(
        string="Number of Subscriptions", compute="_compute_saas_standing", groups=SALES
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_saas_standing(self):
        found = self._get_standings(self.commercial_partner_id)
        for partner in self:
            standing, ended_at, count = found.get(partner.commercial_partner_id, (False, False, 0))
            partner.saas_standing = standing
            partner.saas_churned_at = ended_at if standing == "churned" else False
            partner.saas_crm_subscription_count = count

    @api.model
    def _get_standings(self, customers=None):
        """(standing, last end, number of subscriptions) by customer; of all of them without."""
        domain = [("customer_id", "in", customers.ids)] if customers is not None else []
        rows = self.env["saas.crm.subscription"]._read_group(
            domain, ["customer_id", "state"], ["ended_at:max", "__count"]
        )
        found = {}
        for customer, state, ended_at, count in rows:
            standing, last, total = found.get(customer, (RANK[-1], False, 0))
            found[customer] = (
                min(standing, STANDING[state], key=RANK.index),
                max(filter(None, (last, ended_at)), default=False),
                total + count,
            )
        return found

    def _search_saas_standing(self, operator, value):
        if operator != "in":
            return NotImplemented
        standings = self._get_standings()
        wanted = [each.id for each, (standing, *_) in standings.items() if standing in value]
        domain = Domain("commercial_partner_id", "in", wanted)
        if False in value:
            domain |= Domain("commercial_partner_id", "not in", [each.id for each in standings])
        return domain

    def action_open_saas_crm_subscriptions(self):
        """Subscriptions of the customer, as sales people may see them."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_subscription_crm.action_crm_subscription"
        )
        return {**action, "domain": [("customer_id", "=", self.commercial_partner_id.id)]}
