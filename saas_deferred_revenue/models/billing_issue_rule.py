"""A document that its rule cannot defer any more: a cause of its own, and where it is mended."""

from odoo import api, models
from odoo.addons.saas_billing_connector.canonical import NeedsHuman
from odoo.addons.saas_billing_connector.models.billing_issue_cause import Cause
from odoo.exceptions import UserError

CODE = "revenue_rule"


class RevenueRuleError(UserError):
    """Nothing can be deferred by a rule as it stands.

    :ivar code: of the rule, the same over its versions
    """

    def __init__(self, message, code):
        super().__init__(message)
        self.code = code


class SaasBillingDrain(models.AbstractModel):
    _inherit = "saas.billing.drain"

    @api.model
    def _get_outcome(self, error):
        if isinstance(error, RevenueRuleError):
            return NeedsHuman(CODE, str(error), key=error.code)
        return super()._get_outcome(error)


class SaasBillingIssue(models.Model):
    _inherit = "saas.billing.issue"

    @api.model
    def _get_causes(self):
        return {
            **super()._get_causes(),
            CODE: Cause(
                self.env._("A revenue rule cannot defer any more"),
                self.env._(
                    "An account or the journal of the rule is archived. Unarchive it, or approve a"
                    " new version of the rule with another one; then preview and replay."
                ),
                self.env._("Open Revenue Rules"),
                "_open_revenue_rules",
            ),
        }

    def _open_revenue_rules(self):
        return self.env["ir.actions.act_window"]._for_xml_id(
            "saas_deferred_revenue.action_revenue_rule"
        )
