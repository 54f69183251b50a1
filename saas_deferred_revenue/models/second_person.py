from odoo import api, models


class SaasSecondPerson(models.AbstractModel):
    _inherit = "saas.second.person"

    @api.model
    def _get_approver_groups(self):
        """Whoever answers for revenue may be the second person for any configuration."""
        return [*super()._get_approver_groups(), "saas_deferred_revenue.group_revenue_manager"]
