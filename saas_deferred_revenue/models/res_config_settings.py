from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    saas_revenue_auto_post = fields.Boolean(
        related="company_id.saas_revenue_auto_post", readonly=False
    )
    saas_revenue_close_policy = fields.Selection(
        related="company_id.saas_revenue_close_policy", readonly=False, required=True
    )
    saas_revenue_proposal_table = fields.Html(related="company_id.proposal_table", sanitize=False)
    saas_revenue_post_through = fields.Date(
        related="company_id.saas_revenue_post_through", readonly=False
    )

    saas_revenue_grouping = fields.Selection(
        related="company_id.saas_revenue_grouping", readonly=False
    )

    def action_create_default_revenue_rule(self):
        """Button: make sure the company has a rule, and show its rules."""
        self.company_id._get_or_create_default_revenue_rule()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "saas_deferred_revenue.action_revenue_rule"
        )
