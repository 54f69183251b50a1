"""One price of a subscription, with its quantity and its own current period."""

from odoo import fields, models


class SaasSubscriptionItem(models.Model):
    _name = "saas.subscription.item"
    _description = "Subscription Item"
    _order = "subscription_id, id"
    _rec_name = "external_id"
    _check_company_auto = True

    subscription_id = fields.Many2one(
        "saas.subscription", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="subscription_id.company_id", store=True)
    partner_id = fields.Many2one(related="subscription_id.partner_id", store=True)
    state = fields.Selection(related="subscription_id.state", store=True)
    external_id = fields.Char(required=True, readonly=True, index=True, string="External ID")
    active = fields.Boolean(
        default=True, readonly=True, help="Off: the newest snapshot does not hold it any more."
    )
    version = fields.Char(
        required=True, readonly=True, help="Version of the newest snapshot that held the item."
    )
    catalog_mapping_id = fields.Many2one(
        "saas.catalog.mapping", string="Price", readonly=True, index=True, ondelete="restrict"
    )
    product_id = fields.Many2one(related="catalog_mapping_id.product_id")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    quantity = fields.Float(readonly=True, digits="Product Unit")
    unit_amount = fields.Float(
        readonly=True, min_display_digits="Product Price", help="Per unit and interval."
    )
    interval = fields.Selection(
        [("day", "Day"), ("week", "Week"), ("month", "Month"), ("year", "Year")], readonly=True
    )
    interval_count = fields.Integer(readonly=True, default=1)
    metered = fields.Boolean(readonly=True, help="Billed by usage, in arrears.")
    mrr = fields.Monetary(readonly=True, string="MRR")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    mrr_company = fields.Monetary(
        readonly=True,
        currency_field="company_currency_id",
        string="MRR (Company Currency)",
        help="At the rate of the day of its last movement.",
    )
    period_start = fields.Datetime(readonly=True)
    period_end = fields.Datetime(readonly=True, help="The period ends before this instant.")

    _external_unique = models.Constraint(
        "UNIQUE(subscription_id, external_id)", "An item is kept once per subscription."
    )
