"""Mirror of a subscription in canonical states; written by its handler only."""

from odoo import api, fields, models

STATES = [
    ("incomplete", "Incomplete"),
    ("trialing", "Trial"),
    ("active", "Active"),
    ("past_due", "Past Due"),
    ("paused", "Paused"),
    ("suspended", "Suspended"),
    ("cancelling", "Cancelling"),
    ("cancelled", "Cancelled"),
    ("expired", "Expired"),
]


class SaasSubscription(models.Model):
    _name = "saas.subscription"
    _description = "Subscription"
    _inherit = ["mail.thread"]
    _order = "started_at desc, id desc"
    _rec_names_search = ["external_id", "partner_id", "name"]
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    external_id = fields.Char(required=True, readonly=True, index=True, string="External ID")
    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        index=True,
        tracking=True,
        help="Past due: a payment failed. Suspended: the provider gave up collecting. Cancelling:"
        " runs until its end date.",
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    version = fields.Char(readonly=True, help="Version of the newest snapshot applied.")
    snapshot_at = fields.Datetime(
        readonly=True, string="As Of", help="When the newest snapshot that is shown was taken."
    )
    started_at = fields.Datetime(required=True, readonly=True, string="Started")
    created_at = fields.Datetime(readonly=True, string="Created")
    backdated = fields.Boolean(
        compute="_compute_backdated", help="It was agreed later than the day it began to count."
    )
    anchor_at = fields.Datetime(
        readonly=True, string="Billing Anchor", help="Fixes the day on which periods begin."
    )
    next_period_at = fields.Datetime(
        readonly=True,
        index=True,
        string="Next Period",
        help="When the first of its items comes to the end of its period.",
    )
    trial_start = fields.Datetime(readonly=True)
    trial_end = fields.Datetime(readonly=True)
    cancel_at = fields.Datetime(readonly=True, help="When it ends if nothing changes.")
    cancelled_at = fields.Datetime(readonly=True, help="When the cancellation was asked for.")
    ended_at = fields.Datetime(readonly=True, string="Ended")
    cancellation_reason = fields.Char(readonly=True)
    pause_reason = fields.Char(readonly=True, help="Why it is paused.")
    pause_collection = fields.Selection(
        [
            ("void", "Invoices Void"),
            ("keep_as_draft", "Invoices Kept as Drafts"),
            ("mark_uncollectible", "Invoices Uncollectible"),
        ],
        readonly=True,
        string="Collection Paused",
        help="The service goes on and invoices are made, but no money is collected for them.",
    )
    pause_resumes_at = fields.Datetime(
        readonly=True, string="Collection Resumes", help="Empty: when told."
    )
    collection_method = fields.Selection(
        [("charge_automatically", "Charged Automatically"), ("send_invoice", "Invoice Sent")],
        readonly=True,
    )
    days_until_due = fields.Integer(readonly=True, string="Days to Pay")
    discount_count = fields.Integer(
        readonly=True, string="Discounts", help="Discounts that run now. MRR is before discounts."
    )
    mrr = fields.Monetary(
        readonly=True,
        string="MRR",
        tracking=True,
        help="Monthly recurring revenue: fixed prices per month, before discounts and taxes, while"
        " the subscription runs. Trials, usage, and what is paused or suspended count nothing.",
    )
    mrr_company = fields.Monetary(
        readonly=True,
        currency_field="company_currency_id",
        string="MRR (Company Currency)",
        help="At the rates of the days of the last movements: what its movements add up to.",
    )
    item_ids = fields.One2many("saas.subscription.item", "subscription_id", readonly=True)
    product_ids = fields.Many2many(
        "product.product", compute="_compute_product_ids", string="Products"
    )
    change_ids = fields.One2many(
        "saas.subscription.change", "subscription_id", readonly=True, string="Movements"
    )
    change_count = fields.Integer(compute="_compute_change_count", string="Movement Count")
    invoice_ids = fields.Many2many("account.move", compute="_compute_invoices")
    invoice_count = fields.Integer(compute="_compute_invoices")
    event_count = fields.Integer(compute="_compute_event_count")

    @api.depends("partner_id.name", "external_id")
    def _compute_name(self):
        for subscription in self:
            subscription.name = f"{subscription.partner_id.name} · {subscription.external_id}"

    @api.depends("created_at", "started_at")
    def _compute_backdated(self):
        for subscription in self:
            created = subscription.created_at
            subscription.backdated = created and created > subscription.started_at

    @api.depends("item_ids.active", "item_ids.product_id")
    def _compute_product_ids(self):
        for subscription in self:
            subscription.product_ids = subscription.item_ids.filtered("active").product_id

    def _compute_change_count(self):
        rows = self.env["saas.subscription.change"]._read_group(
            [("subscription_id", "in", self.ids)], ["subscription_id"], ["__count"]
        )
        counts = {subscription.id: count for subscription, count in rows}
        for subscription in self:
            subscription.change_count = counts.get(subscription.id, 0)

    def _compute_invoices(self):
        self.invoice_ids, self.invoice_count = False, 0
        if not self.env["account.move"].has_access("read"):
            return
        rows = self.env["account.move.line"]._read_group(
            [("saas_subscription_id", "in", self.ids)],
            ["saas_subscription_id"],
            ["move_id:recordset"],
        )
        for subscription, moves in rows:
            subscription.invoice_ids = moves
            subscription.invoice_count = len(moves)

    def _compute_event_count(self):
        counts = self.env["saas.billing.trace"]._count_events(self)
        for subscription in self:
            subscription.event_count = counts.get(subscription.id, 0)

    def action_open_invoices(self):
        """Invoices and credit notes with a line of this subscription."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        return {
            **action,
            "display_name": self.env._("Invoices of %s", self.name),
            "domain": [("id", "in", self.invoice_ids.ids)],
            # Without a type the list hides customer and date.
            "context": {"create": False, "default_move_type": "out_invoice"},
        }

    def action_open_changes(self):
        """Movements of this subscription."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_subscription_sync.action_subscription_change"
        )
        return {**action, "domain": [("subscription_id", "=", self.id)], "context": {}}

    def action_open_events(self):
        """Events that caused this subscription or changed it."""
        self.ensure_one()
        return self.env["saas.billing.trace"]._get_events_action(self)
