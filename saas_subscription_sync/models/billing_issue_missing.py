"""A price that the provider does not have any more, put in by hand so that it can be mapped."""

from odoo import fields, models
from odoo.exceptions import AccessError

#: Sorts before every version that the provider tells.
BY_HAND = "0"


class SaasBillingIssue(models.Model):
    _inherit = "saas.billing.issue"  # pylint: disable=consider-merging-classes-inherited

    can_stand_in = fields.Boolean(
        compute="_compute_can_stand_in", help="What is missing can be put in by hand."
    )

    def _compute_can_stand_in(self):
        for issue in self:
            issue.can_stand_in = (
                issue.state == "open"
                and issue.code == "not_at_provider"
                and issue.key.startswith("price:")
            )

    def action_stand_in(self):
        """Put in a mapping by hand, to be approved, and process again what needs it."""
        self.ensure_one()
        self.check_access("write")
        if not self.env.user.has_group("saas_billing_connector.group_saas_operator"):
            raise AccessError(self.env._("Putting something in needs the role Billing Operator."))
        external_id = self.key.partition(":")[2]
        mapping = self.env["saas.catalog.mapping"].sudo().create(self._prepare_price(external_id))
        self.env["saas.billing.link"].sudo().create(
            {
                "connection_id": self.connection_id.id,
                "object_type": "price",
                "external_id": external_id,
                "res_model": mapping._name,
                "res_id": mapping.id,
                "version": BY_HAND,
            }
        )
        self._replay()
        return mapping.with_env(self.env)._get_records_action()

    def _prepare_price(self, external_id):
        return {
            "connection_id": self.connection_id.id,
            "external_id": external_id,
            "name": external_id,
        }
