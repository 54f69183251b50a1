"""Movements of monthly recurring revenue: only ever added to."""

from odoo import fields, models


class SaasSubscriptionChange(models.Model):
    _name = "saas.subscription.change"
    _description = "Subscription Movement"
    _inherit = "saas.append.only"
    _order = "occurred_at desc, id desc"
    _rec_name = "kind"
    _check_company_auto = True

    subscription_id = fields.Many2one(
        "saas.subscription", required=True, readonly=True, index=True, ondelete="restrict"
    )
    item_id = fields.Many2one(
        "saas.subscription.item", required=True, readonly=True, index=True, ondelete="restrict"
    )
    event_id = fields.Many2one(
        "saas.billing.event", required=True, readonly=True, index=True, ondelete="restrict"
    )
    revision = fields.Integer(
        readonly=True,
        default=0,
        help="Counts the rows that were added to one derived movement as more became known.",
    )
    company_id = fields.Many2one(related="subscription_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="subscription_id.partner_id", store=True, index=True)
    product_id = fields.Many2one(related="item_id.product_id")
    kind = fields.Selection(
        [
            ("new", "New"),
            ("expansion", "Expansion"),
            ("contraction", "Contraction"),
            ("churn", "Churn"),
            ("reactivation", "Reactivation"),
            ("plan_change", "Plan Change"),
            ("pause", "Pause"),
            ("resume", "Resume"),
            ("opening", "Opening"),
            ("exchange", "Exchange Rate"),
        ],
        required=True,
        readonly=True,
        index=True,
        help="Opening: what was there when it was first seen, such as by an import, or what no"
        " event that arrived has told. Exchange rate: what was there, at the rate of the next"
        " movement.",
    )
    version = fields.Char(
        required=True, readonly=True, help="Version of the snapshot that it belongs to."
    )
    derived = fields.Boolean(
        readonly=True,
        help="The event does not tell it: it follows from what was known before. Should an older"
        " event arrive late, another row takes it back.",
    )
    occurred_at = fields.Datetime(required=True, readonly=True)
    date = fields.Date(
        required=True, readonly=True, index=True, help="In the connection's accounting time zone."
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    mrr_before = fields.Monetary(readonly=True, string="MRR Before")
    mrr_after = fields.Monetary(readonly=True, string="MRR After")
    mrr_delta = fields.Monetary(readonly=True, string="MRR Change")
    company_rate = fields.Float(
        readonly=True,
        digits=0,
        string="Exchange Rate",
        aggregator=None,
        help="Company currency per unit of the item's currency, on the day of the movement.",
    )
    mrr_before_company = fields.Monetary(
        readonly=True,
        currency_field="company_currency_id",
        string="MRR Before (Company Currency)",
    )
    mrr_after_company = fields.Monetary(
        readonly=True,
        currency_field="company_currency_id",
        string="MRR After (Company Currency)",
    )
    mrr_delta_company = fields.Monetary(
        readonly=True,
        currency_field="company_currency_id",
        string="MRR Change (Company Currency)",
        help="At the rate of the day of the change. All rows of a subscription add up to its MRR.",
    )
    quantity_before = fields.Float(readonly=True, digits="Product Unit")
    quantity_after = fields.Float(readonly=True, digits="Product Unit")
    price_before = fields.Char(readonly=True)
    price_after = fields.Char(readonly=True)

    _movement_unique = models.Constraint(
        "UNIQUE(item_id, version, kind, revision)", "A movement of an event is recorded once."
    )
