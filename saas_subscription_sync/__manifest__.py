{
    "name": "SaaS Subscription Sync",
    "summary": "Customers, subscriptions, invoices and payments of the billing platform, to the cent",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "SaaS Billing Suite contributors",
    "website": "https://github.com/saas-billing-suite/saas-billing-suite",
    "depends": ["saas_billing_connector", "account"],
    "data": [
        "security/security.xml",
        "security/ir.model.access.csv",
    ],
}
