"""Installation: every company with a chart of accounts starts with an approved rule."""


def post_init_hook(env):
    for company in env["res.company"].search([("chart_template", "!=", False)]):
        if not company.parent_id:
            company._get_or_create_default_revenue_rule()
