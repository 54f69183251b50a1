{
    "name": "SaaS Bench Floor",
    "summary": "What a webhook and a scheduled action cost at least",
    "version": "19.0.1.0.0",
    "category": "Hidden",
    "license": "LGPL-3",
    "author": "SaaS Billing Suite contributors",
    "depends": ["base"],
    "data": ["security/ir.model.access.csv", "data/cron.xml"],
}
