"""Failed payments: what was tried, what comes next, who takes care of it."""

from odoo import api, fields, models

ACTIVITY = "saas_subscription_sync.mail_activity_payment_failed"
#: States of a subscription in which the customer owes money.
LATE = ("past_due", "suspended")


class SaasSubscriptionDunning(models.Model):
    _name = "saas.subscription.dunning"
    _description = "Failed Payment"
    _order = "id desc"
    _rec_name = "number"
    _check_company_auto = True

    subscription_id = fields.Many2one(
        "saas.subscription", required=True, readonly=True, index=True, ondelete="restrict"
    )
    connection_id = fields.Many2one(related="subscription_id.connection_id", store=True)
    company_id = fields.Many2one(related="subscription_id.company_id", store=True, index=True)
    external_id = fields.Char(required=True, readonly=True, string="Invoice ID")
    version = fields.Char(required=True, readonly=True)
    number = fields.Char(readonly=True, string="Invoice")
    state = fields.Selection(
        [
            ("open", "Open"),
            ("paid", "Paid"),
            ("void", "Void"),
            ("uncollectible", "Uncollectible"),
        ],
        required=True,
        readonly=True,
    )
    attempts = fields.Integer(readonly=True, help="Times that payment was tried.")
    next_attempt_at = fields.Datetime(
        readonly=True, string="Next Attempt", help="Empty: it is not tried again by itself."
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount_open = fields.Monetary(readonly=True, string="Open Amount")
    hosted_url = fields.Char(readonly=True, string="Payment Page")

    _invoice_unique = models.Constraint(
        "UNIQUE(subscription_id, external_id)", "A failed payment is kept once per invoice."
    )


class MailActivity(models.Model):
    _inherit = "mail.activity"

    saas_subscription_id = fields.Many2one(
        "saas.subscription", index="btree_not_null", ondelete="cascade", readonly=True
    )

    _saas_subscription_unique = models.UniqueIndex(
        "(saas_subscription_id) WHERE active AND saas_subscription_id IS NOT NULL",
        "A subscription has one open activity about failed payments.",
    )


class SaasSubscription(models.Model):
    _inherit = "saas.subscription"  # pylint: disable=consider-merging-classes-inherited

    dunning_ids = fields.One2many(
        "saas.subscription.dunning", "subscription_id", readonly=True, string="Failed Payments"
    )
    failed_attempts = fields.Integer(
        compute="_compute_dunning",
        store=True,
        help="Times that payment of its open invoices was tried.",
    )
    next_attempt_at = fields.Datetime(compute="_compute_dunning", store=True, string="Next Attempt")
    amount_late = fields.Monetary(
        compute="_compute_dunning",
        store=True,
        string="Late Amount",
        help="Open on invoices whose payment failed.",
    )
    owner_activity_ids = fields.One2many(
        "mail.activity", "saas_subscription_id", readonly=True, string="Account Owner"
    )

    @api.depends(
        "dunning_ids.state",
        "dunning_ids.attempts",
        "dunning_ids.next_attempt_at",
        "dunning_ids.amount_open",
    )
    def _compute_dunning(self):
        for subscription in self:
            late = subscription.dunning_ids.filtered(lambda row: row.state == "open")
            planned = [row.next_attempt_at for row in late if row.next_attempt_at]
            subscription.failed_attempts = sum(late.mapped("attempts"))
            subscription.next_attempt_at = min(planned, default=False)
            subscription.amount_late = sum(late.mapped("amount_open"))

    # ── account owners ───────────────────────────────────────────────────────────────────────

    @api.model
    def _on_access_changed(self, changes):
        result = super()._on_access_changed(changes)
        subscriptions = changes.subscription_id
        late = subscriptions.filtered(
            lambda each: each.state in LATE and each.access in ("grace", "suspended")
        )
        late._ask_owner()
        (subscriptions - late)._thank_owner()
        return result

    def _ask_owner(self):
        """One activity per subscription, on the customer, whom every account owner may see."""
        asked = self._get_owner_activities()
        for activity in asked:
            activity.write(activity.saas_subscription_id._prepare_owner_summary())
        rest = (self - asked.saas_subscription_id).filtered(lambda each: each._get_owner())
        activities = self.env["mail.activity"].sudo().with_context(mail_activity_quick_update=True)
        activities.create([each._prepare_owner_activity() for each in rest])

    def _thank_owner(self):
        """Close what asked for care: the customer has paid, or is no customer any more."""
        activities = self._get_owner_activities()
        if activities:
            activities.action_feedback(feedback=self.env._("No payment is late any more."))

    def _get_owner_activities(self):
        activities = self.env["mail.activity"].sudo()
        return activities.search([("saas_subscription_id", "in", self.ids)])

    def _get_owner(self):
        """The customer's salesperson, else who is responsible for the connection."""
        partner = self.partner_id
        users = partner.user_id, partner.commercial_partner_id.user_id, self.connection_id.user_id
        return next((user for user in users if user.active), self.env["res.users"])

    def _prepare_owner_activity(self):
        return {
            "saas_subscription_id": self.id,
            "activity_type_id": self.env["ir.model.data"]._xmlid_to_res_id(ACTIVITY),
            "res_model_id": self.env["ir.model"]._get_id("res.partner"),
            "res_id": self.partner_id.id,
            "user_id": self._get_owner().id,
            "automated": True,
            **self._prepare_owner_summary(),
        }

    def _prepare_owner_summary(self):
        if self.access == "grace":
            day = fields.Datetime.context_timestamp(self, self.access_until).date()
            summary = self.env._(
                "Payment of subscription %(id)s failed: access ends on %(day)s",
                id=self.external_id,
                day=day,
            )
            return {"summary": summary, "date_deadline": day}
        summary = self.env._("Access of subscription %s is suspended", self.external_id)
        return {"summary": summary, "date_deadline": fields.Date.context_today(self)}
