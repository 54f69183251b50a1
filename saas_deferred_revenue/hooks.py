"""Installation: every company with a chart of accounts starts with an approved rule."""


def post_init_hook(env):
    for company in env["res.company"].search([("chart_template", "!=", False)]):
        if not company.parent_id:
            set_up_company(company)


def set_up_company(company):
    """Make sure that a company has a revenue rule; the rule."""
    return company._get_or_create_default_revenue_rule()
