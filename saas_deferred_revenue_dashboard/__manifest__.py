{
    "name": "SaaS Revenue Dashboard",
    "summary": "Recognised and deferred revenue, what is to come, and MRR at a glance",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "SaaS Billing Suite contributors",
    "website": "https://github.com/saas-billing-suite/saas-billing-suite",
    "depends": ["saas_deferred_revenue", "spreadsheet_dashboard"],
    "auto_install": True,
    "data": ["data/spreadsheet_dashboard.xml"],
    "assets": {
        "web.assets_tests": ["saas_deferred_revenue_dashboard/static/tests/tours/**/*"],
    },
}
