"""What sales people may see of subscriptions: no documents, no events, nothing to change."""

from odoo import fields, models
from odoo.tools import SQL


class SaasCrmSubscription(models.Model):
    _name = "saas.crm.subscription"
    _description = "Subscription (Sales)"
    _auto = False
    _order = "started_at desc, id desc"
    _rec_name = "products"

    partner_id = fields.Many2one("res.partner", string="Subscriber", readonly=True)
    customer_id = fields.Many2one("res.partner", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    opportunity_id = fields.Many2one("crm.lead", readonly=True)
    external_id = fields.Char(string="External ID", readonly=True)
    state = fields.Selection(
        lambda self: self.env["saas.subscription"]._fields["state"].selection, readonly=True
    )
    products = fields.Char(compute="_compute_products", compute_sudo=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    mrr = fields.Monetary(string="MRR", readonly=True)
    started_at = fields.Datetime(string="Started", readonly=True)
    trial_end = fields.Datetime(readonly=True)
    next_period_at = fields.Datetime(string="Next Period", readonly=True)
    cancel_at = fields.Datetime(string="Will End", readonly=True)
    ended_at = fields.Datetime(string="Ended", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """SELECT subscription.id, subscription.partner_id,
                      partner.commercial_partner_id AS customer_id, subscription.company_id,
                      subscription.opportunity_id, subscription.external_id, subscription.state,
                      subscription.currency_id, subscription.mrr, subscription.started_at,
                      subscription.trial_end, subscription.next_period_at, subscription.cancel_at,
                      subscription.ended_at
                 FROM saas_subscription subscription
                 JOIN res_partner partner ON partner.id = subscription.partner_id"""
        )

    def _compute_products(self):
        subscriptions = self.env["saas.subscription"].with_context(active_test=False)
        for row in self:
            subscription = subscriptions.browse(row.id)
            products = subscription.product_ids or subscription.item_ids.product_id
            row.products = ", ".join(products.mapped("name")) or row.external_id
