"""Access: may this customer use the product, since when, why, and what it was before."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..rules.access import Policy, access_of

ACCESS = [
    ("granted", "Granted"),
    ("grace", "Grace"),
    ("suspended", "Suspended"),
    ("ended", "Ended"),
]
#: What a person may decide instead of the policy.
DECISIONS = [("granted", "Granted"), ("suspended", "Suspended")]
#: Subscriptions that one step of the scheduled action looks at.
STEP = 1000


class SaasSubscriptionAccess(models.Model):
    _name = "saas.subscription.access"
    _description = "Access Change"
    _inherit = "saas.append.only"
    _order = "id desc"
    _rec_name = "access"
    _check_company_auto = True

    subscription_id = fields.Many2one(
        "saas.subscription", required=True, readonly=True, index=True, ondelete="restrict"
    )
    number = fields.Integer(
        required=True, readonly=True, help="Counts the changes of one subscription."
    )
    company_id = fields.Many2one(related="subscription_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="subscription_id.partner_id", store=True, index=True)
    access_before = fields.Selection(ACCESS, readonly=True, string="Before")
    access = fields.Selection(ACCESS, required=True, readonly=True, index=True)
    until = fields.Datetime(readonly=True, help="When it changes by itself, as known then.")
    state = fields.Char(readonly=True, string="Subscription State")
    reason = fields.Selection(
        [
            ("state", "Billing State"),
            ("time", "Time Over"),
            ("person", "Person"),
            ("policy", "Policy"),
        ],
        required=True,
        readonly=True,
        string="Why",
        help="Billing state: what the provider told. Time over: grace or a decision ran out."
        " Person: decided by hand. Policy: the policy of the connection was changed.",
    )
    note = fields.Char(readonly=True, help="The reason that the person gave.")
    event_id = fields.Many2one(
        "saas.billing.event", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    user_id = fields.Many2one("res.users", readonly=True, string="Person")

    _number_unique = models.Constraint(
        "UNIQUE(subscription_id, number)", "A change of access is recorded once."
    )


class SaasSubscription(models.Model):
    _inherit = "saas.subscription"  # pylint: disable=consider-merging-classes-inherited

    access = fields.Selection(
        ACCESS,
        readonly=True,
        index=True,
        tracking=True,
        help="Whether the customer may use the product. Grace: a payment failed, access goes on"
        " for the days of the connection's policy. Suspended: not now. Ended: not any more.",
    )
    access_until = fields.Datetime(
        readonly=True, help="When access changes by itself: grace or a person's decision is over."
    )
    access_number = fields.Integer(readonly=True)
    access_ids = fields.One2many(
        "saas.subscription.access", "subscription_id", readonly=True, string="Access Changes"
    )
    past_due_since = fields.Datetime(
        readonly=True, help="When a payment last became late: grace is counted from here."
    )
    past_due_version = fields.Char(readonly=True)
    access_override = fields.Selection(
        DECISIONS,
        readonly=True,
        string="Decided Access",
        tracking=True,
        help="What a person decided instead of the policy.",
    )
    access_override_until = fields.Datetime(
        readonly=True, string="Decided Until", help="Empty: until it is taken back."
    )
    access_override_reason = fields.Char(readonly=True, string="Reason of the Decision")

    _access_due_index = models.Index("(access_until) WHERE access_until IS NOT NULL")

    # ── the one way in which access changes ──────────────────────────────────────────────────

    def _refresh_access(self, reason, events=None, note=False):
        """Bring access in line with state, policy, decision and time; keep what changed.

        Whoever wants to know of changes of access extends `_on_access_changed`.

        :param reason: why it may have changed, one of `saas.subscription.access`
        :param events: the event that caused it, by subscription id
        :param note: what a person gave as the reason
        :returns: the changes
        """
        now, rows = fields.Datetime.now(), []
        for subscription in self:
            values = subscription._prepare_access(now)
            access = values["access"]
            if access != subscription.access:
                event = (events or {}).get(subscription.id)
                rows.append(subscription._prepare_access_change(values, reason, event, note))
                values["access_number"] = rows[-1]["number"]
            if any(subscription[name] != value for name, value in values.items()):
                subscription.write(values)
        changes = self.env["saas.subscription.access"].create(rows)
        if changes:
            self._on_access_changed(changes)
        return changes

    def _prepare_access(self, now):
        """Access as it should be; a decision whose time is over is dropped."""
        until = self.access_override_until
        if self.access_override and (not until or now < until):
            return {"access": self.access_override, "access_until": until}
        policy = self.connection_id._get_access_policy()
        access, until = access_of(self.state, self.past_due_since or None, policy, now)
        return {
            "access": access,
            "access_until": until or False,
            "access_override": False,
            "access_override_until": False,
            "access_override_reason": False,
        }

    def _prepare_access_change(self, values, reason, event, note):
        return {
            "subscription_id": self.id,
            "number": self.access_number + 1,
            "access_before": self.access,
            "access": values["access"],
            "until": values["access_until"],
            "state": self.state,
            "reason": reason,
            "note": note,
            "event_id": event.id if event else False,
            "user_id": self.env.uid if reason in ("person", "policy") else False,
        }

    @api.model
    def _on_access_changed(self, changes):
        """Hook: access of subscriptions has changed.

        :param changes: `saas.subscription.access`, one per subscription
        """

    @api.model
    def _cron_access(self):
        """End what time ends: grace and decisions, a few thousand at a time."""
        due = [("access_until", "<=", fields.Datetime.now())]
        while subscriptions := self.search(due, limit=STEP, order="access_until"):
            subscriptions._refresh_access("time")
            left = self.env["ir.cron"]._commit_progress(
                len(subscriptions), remaining=self.search_count(due)
            )
            if not left:
                break

    # ── decisions of people ──────────────────────────────────────────────────────────────────

    def action_open_decide_access(self):
        """Ask what is decided instead of the policy."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide Access"),
            "res_model": "saas.subscription.access.decision",
            "view_mode": "form",
            "target": "new",
            "context": {"default_subscription_ids": self.ids},
        }

    def action_follow_policy(self):
        """Take a person's decision back."""
        self._decide_access(False, False, self.env._("Decision taken back"))

    def _decide_access(self, access, until, reason):
        """Decide access instead of the policy, or with False leave it to the policy again."""
        if not self.env.user.has_group("saas_billing_connector.group_saas_operator"):
            raise AccessError(self.env._("Only a billing operator may decide on access."))
        self.check_access("read")
        if until and until <= fields.Datetime.now():
            raise UserError(self.env._("Choose a moment that is still to come."))
        decided = self.sudo()
        decided.write(
            {
                "access_override": access,
                "access_override_until": until,
                "access_override_reason": reason if access else False,
            }
        )
        return decided._refresh_access("person", note=reason)


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"  # pylint: disable=consider-merging-classes-inherited

    grace_days = fields.Integer(
        default=7,
        tracking=True,
        help="Days for which access goes on after a payment failed. 0: it ends at once.",
    )
    unpaid_access = fields.Selection(
        [*DECISIONS, ("ended", "Ended")],
        string="Unpaid",
        required=True,
        default="suspended",
        tracking=True,
        help="Access once the provider gave up collecting.",
    )
    paused_access = fields.Selection(
        DECISIONS,
        string="Paused",
        required=True,
        default="suspended",
        tracking=True,
        help="Access while the subscription is paused. A pause of collection alone leaves access"
        " as it is.",
    )
    incomplete_access = fields.Selection(
        DECISIONS,
        string="First Payment Missing",
        required=True,
        default="suspended",
        tracking=True,
        help="Access before the first payment has succeeded.",
    )

    _grace_positive = models.Constraint(
        "CHECK(grace_days >= 0)", "Days of grace are a number above zero, or zero for none."
    )

    def _get_access_policy(self):
        self.ensure_one()
        return Policy(
            grace=timedelta(days=self.grace_days),
            unpaid=self.unpaid_access,
            paused=self.paused_access,
            incomplete=self.incomplete_access,
        )

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"grace_days", "unpaid_access", "paused_access", "incomplete_access"}:
            self._apply_access_policy()
        return result

    def _apply_access_policy(self):
        """Subscriptions whose access the policy decides follow it at once."""
        states = ("past_due", "suspended", "paused", "incomplete")
        subscriptions = self.env["saas.subscription"].sudo()
        subscriptions.search(
            [("connection_id", "in", self.ids), ("state", "in", states)]
        )._refresh_access("policy")
