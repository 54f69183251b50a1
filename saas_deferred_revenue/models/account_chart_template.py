"""Companies that get their chart of accounts after the installation get the default rule too."""

from odoo import models
from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG


class AccountChartTemplate(models.AbstractModel):
    _inherit = "account.chart.template"

    def _load(self, template_code, company, install_demo, force_create=True):
        self._forget_unused_revenue_rules(template_code, company)
        return super()._load(template_code, company, install_demo, force_create)

    def _forget_unused_revenue_rules(self, template_code, company):
        """Another chart replaces the accounts of a company without entries: let go of them."""
        if template_code == company.chart_template or company.root_id._existing_accounting():
            return
        rules = self.env["saas.revenue.rule"].sudo()
        rules = rules.search([("company_id", "child_of", company.id)])
        rules.with_context(**{MODULE_UNINSTALL_FLAG: True}).unlink()
        self.env.registry.clear_cache()

    def _post_load_data(self, template_code, company, template_data):
        result = super()._post_load_data(template_code, company, template_data)
        if not company.parent_id:
            company._get_or_create_default_revenue_rule()
        return result
