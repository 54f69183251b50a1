"""Companies that get their chart of accounts after the installation get the default rule too."""

from odoo import models


class AccountChartTemplate(models.AbstractModel):
    _inherit = "account.chart.template"

    def _post_load_data(self, template_code, company, template_data):
        result = super()._post_load_data(template_code, company, template_data)
        if not company.parent_id:
            company._get_or_create_default_revenue_rule()
        return result
