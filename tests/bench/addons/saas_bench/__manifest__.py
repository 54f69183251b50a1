{
    "name": "SaaS Bench Floor",
    "summary": "What a webhook costs at least: a bare route, an HMAC and one INSERT",
    "version": "19.0.1.0.0",
    "category": "Hidden",
    "license": "LGPL-3",
    "author": "SaaS Billing Suite contributors",
    "depends": ["base"],
    "data": ["security/ir.model.access.csv"],
}
