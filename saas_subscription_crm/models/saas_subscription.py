"""From a subscription's life to the customer's opportunities, once its batch is done."""

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

BEFORE_ACTIVE = (None, "incomplete", "trialing")
ENDED = ("cancelled", "expired")


class SaasSubscription(models.Model):
    _inherit = "saas.subscription"

    opportunity_id = fields.Many2one(
        "crm.lead",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="sales_team.group_sale_salesman",
        help="Open when the subscription became active: won with it, or proposed to be.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        subscriptions = super().create(vals_list)
        subscriptions._watch_life(dict.fromkeys(subscriptions.ids))
        return subscriptions

    def write(self, vals):
        before = {each.id: each.state for each in self} if "state" in vals else {}
        result = super().write(vals)
        self.browse(before)._watch_life(before)
        return result

    def _watch_life(self, before):
        """Keep what became active or ended, to be told when the work of the batch is done.

        :param before: state by id; none for new ones
        """
        lives = [
            (each.id, life)
            for each in self
            if (life := each._get_life(before[each.id])) is not None
        ]
        precommit = self.env.cr.precommit
        if lives and "saas.crm" not in precommit.data:
            precommit.data["saas.crm"] = []
            precommit.add(self.sudo()._tell_sales)
        if lives:
            precommit.data["saas.crm"] += lives

    def _get_life(self, before):
        if self.state == "active" and before in BEFORE_ACTIVE:
            return "activated"
        # One that is seen for the first time when it is over is history.
        return "churned" if self.state in ENDED and before not in (None, *ENDED) else None

    @api.model
    def _tell_sales(self):
        """Tell opportunities; a pipeline with rules of its own must not stop billing."""
        lives = self.env.cr.precommit.data.pop("saas.crm")
        ids = {life: [key for key, each in lives if each == life] for _key, life in lives}
        try:
            with self.env.cr.savepoint():
                self.browse(ids.get("activated"))._tell_activation()
                self.browse(ids.get("churned"))._tell_churn()
        except UserError as error:
            _logger.warning("Opportunities were not told of subscriptions: %s", error)

    def _tell_activation(self):
        told = self.filtered(
            lambda each: (
                not each.opportunity_id and each.company_id.saas_crm_activation != "nothing"
            )
        )
        if not told:
            return
        opportunities = told._find_opportunities()
        for subscription in told:
            found = opportunities.filtered(subscription._is_matching)
            if found:
                subscription.opportunity_id = found[0]
                found[0]._take_activation(subscription, len(found) == 1)

    def _find_opportunities(self):
        """Open opportunities of the customers, those most likely to be won first."""
        customers = self.partner_id.commercial_partner_id
        emails = self.partner_id.mapped("email_normalized")
        theirs = Domain("partner_id", "child_of", customers.ids)
        unnamed = Domain("partner_id", "=", False) & Domain(
            "email_normalized", "in", list(filter(None, emails))
        )
        return self.env["crm.lead"].search(
            Domain("type", "=", "opportunity")
            & Domain("won_status", "=", "pending")
            & (theirs | unnamed),
            order="probability desc, id desc",
        )

    def _is_matching(self, lead):
        """Whether an opportunity is the subscription's, by customer and company."""
        if lead.company_id and lead.company_id != self.company_id:
            return False
        if lead.partner_id:
            return lead.partner_id.commercial_partner_id == self.partner_id.commercial_partner_id
        return lead.email_normalized == self.partner_id.email_normalized

    def _tell_churn(self):
        for subscription in self.filtered("opportunity_id"):
            subscription.opportunity_id._take_churn(subscription)
