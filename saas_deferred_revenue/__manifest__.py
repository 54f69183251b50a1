{
    "name": "SaaS Deferred Revenue",
    "summary": "Recognition schedules, month-end postings and the proof that they equal the ledger",
    "version": "19.0.1.0.0",
    "category": "Accounting/Accounting",
    "license": "LGPL-3",
    "author": "SaaS Billing Suite contributors",
    "website": "https://github.com/saas-billing-suite/saas-billing-suite",
    "depends": ["saas_subscription_sync"],
    "data": [
        "security/security.xml",
        "security/ir.model.access.csv",
        "data/ir_cron.xml",
    ],
    "post_init_hook": "post_init_hook",
}
