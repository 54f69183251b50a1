{
    "name": "SaaS Billing Connector",
    "summary": "Stripe webhooks verified, stored, normalised and processed exactly once in effect",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "SaaS Billing Suite contributors",
    "website": "https://github.com/saas-billing-suite/saas-billing-suite",
    "depends": ["mail"],
    "external_dependencies": {"python": ["stripe"]},
    "data": [
        "security/security.xml",
        "security/ir.model.access.csv",
        "views/menus.xml",
    ],
    "application": True,
}
