"""Who is told: an address, the topics it wants, and a secret to sign with."""

import os
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..feed import sending

#: Hosts that may be reached whatever their address, and without TLS. Never a field: whoever could
#: write it could have the server call its own network.
HOSTS_VARIABLE = "SAAS_BILLING_FEED_HOSTS"
ACTIVITY_TYPE = "saas_subscription_sync.mail_activity_feed"
REFERENCES = ("secret_ref", "secret_previous_ref")


class Figures(NamedTuple):
    """How a subscriber stands."""

    waiting: int = 0
    retrying: int = 0
    failed: int = 0
    delivered: int = 0
    oldest_at: object = False
    last_at: object = False
    seconds: float = 0


class SaasFeedSubscriber(models.Model):
    _name = "saas.feed.subscriber"
    _description = "Feed Subscriber"
    _inherit = ["saas.no.secret", "mail.thread", "mail.activity.mixin"]
    _order = "company_id, name"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        tracking=True,
        help="Only changes of this company are sent.",
    )
    url = fields.Char(string="Address", required=True, tracking=True, help="Begins with https://.")
    secret_ref = fields.Char(
        string="Secret",
        required=True,
        tracking=True,
        help="Where the secret is that messages are signed with, never the secret itself:"
        " env:VARIABLE names an environment variable of the server, conf:key a line of the section"
        " [saas_billing] of odoo.conf.",
    )
    secret_previous_ref = fields.Char(
        string="Previous Secret",
        tracking=True,
        copy=False,
        help="While a secret is being rolled, messages carry a signature of each.",
    )
    topic_ids = fields.Many2many(
        "saas.feed.topic",
        "saas_feed_subscriber_topic",
        "subscriber_id",
        "topic_id",
        string="Topics",
        required=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        tracking=True,
        help="Is told when messages are given up.",
    )
    paused = fields.Boolean(
        tracking=True, copy=False, help="Messages wait in their order until it goes on."
    )
    max_attempts = fields.Integer(
        string="Give up after",
        required=True,
        default=16,
        tracking=True,
        help="Tries per message, from half a minute to six hours apart: sixteen take a day and a"
        " half. The customer's later messages then go on.",
    )
    misses = fields.Integer(readonly=True, copy=False, default=0, string="Unanswered Rounds")
    retry_at = fields.Datetime(
        readonly=True, copy=False, help="It did not answer at all; nothing is sent before then."
    )
    database = fields.Char(
        string="Bound to Database",
        readonly=True,
        copy=False,
        default=lambda self: self._get_here(),
        help="A copy of the database sends nothing.",
    )
    is_copy = fields.Boolean(compute="_compute_is_copy")
    state = fields.Selection(
        [
            ("good", "Good"),
            ("late", "Retrying"),
            ("paused", "Paused"),
            ("failed", "Given Up"),
            ("stopped", "Stopped"),
        ],
        compute="_compute_figures",
        string="Health",
    )
    fault = fields.Char(compute="_compute_fault", string="What Is Wrong")
    waiting_count = fields.Integer(compute="_compute_figures", string="Waiting")
    retrying_count = fields.Integer(compute="_compute_figures", string="Retrying")
    failed_count = fields.Integer(compute="_compute_figures", string="Given Up")
    delivered_count = fields.Integer(compute="_compute_figures", string="Delivered (24 Hours)")
    oldest_at = fields.Datetime(compute="_compute_figures", string="Waiting Since")
    last_at = fields.Datetime(compute="_compute_figures", string="Last Delivered")
    seconds = fields.Float(
        compute="_compute_figures",
        string="Average Delay (Seconds)",
        help="From the change to the receipt, over the last 24 hours.",
    )

    _attempts_positive = models.Constraint(
        "CHECK(max_attempts > 0)", "A message is tried at least once."
    )

    @api.model
    def _get_here(self):
        return "/".join(self.env["saas.billing.connection"]._get_here())

    @api.depends("database")
    def _compute_is_copy(self):
        here = self._get_here()
        for subscriber in self:
            subscriber.is_copy = subscriber.database != here

    # ── configuration ────────────────────────────────────────────────────────────────────────

    @api.constrains("url")
    def _check_url(self):
        texts = {
            "invalid": self.env._("That is no address. It looks like https://example.com/hooks."),
            "credentials": self.env._(
                "An address with a password in it would be stored: messages are signed instead."
            ),
            "https": self.env._("The address has to begin with https://."),
            "address": self.env._(
                "The address is inside the server's own network. Its administrator can allow the"
                " host in %s.",
                HOSTS_VARIABLE,
            ),
        }
        for subscriber in self:
            fault = sending.find_fault(subscriber.url, self._get_allowed_hosts())
            if fault:
                raise ValidationError(texts[fault])

    @api.constrains(*REFERENCES)
    def _check_references(self):
        for subscriber in self:
            for name in REFERENCES:
                value = subscriber[name]
                if value and value.partition(":")[0] not in ("env", "conf"):
                    # The value may be a pasted secret: it is not repeated in the message.
                    raise ValidationError(
                        self.env._(
                            "“%s” takes a reference such as env:FEED_SECRET or conf:feed_secret,"
                            " never the secret itself.",
                            self._fields[name]._description_string(self.env),
                        )
                    )

    @api.model
    def _get_allowed_hosts(self):
        return frozenset(os.environ.get(HOSTS_VARIABLE, "").replace(",", " ").split())

    def _get_secrets(self):
        """The secrets that the server has, the current one first; none without that."""
        self.ensure_one()
        resolve = self.env["saas.billing.connection"]._resolve_secret
        secrets = [resolve(self[name]) for name in REFERENCES]
        return tuple(filter(None, secrets)) if secrets[0] else ()

    @api.model_create_multi
    def create(self, vals_list):
        subscribers = super().create(vals_list)
        self.env.registry.clear_cache()
        return subscribers

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint(("active", "topic_ids", "company_id")):
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    # ── health ───────────────────────────────────────────────────────────────────────────────

    @api.depends("is_copy", *REFERENCES, "url", "retry_at")
    def _compute_fault(self):
        for subscriber in self:
            subscriber.fault = subscriber._find_fault()

    def _find_fault(self):
        if self.is_copy:
            return self.env._("This is a copy of the database it was set up in: nothing is sent.")
        if not self._get_secrets():
            return self.env._("The server does not have the secret: nothing is sent.")
        if sending.find_fault(self.url, self._get_allowed_hosts()):
            return self.env._("The address is not allowed on this server: nothing is sent.")
        if self.retry_at and self.retry_at > fields.Datetime.now():
            return self.env._("It does not answer. It is tried again within the hour.")
        return False

    def _compute_figures(self):
        figures = self._get_figures()
        for subscriber in self:
            mine = figures.get(subscriber._origin.id, Figures())
            subscriber.waiting_count = mine.waiting
            subscriber.retrying_count = mine.retrying
            subscriber.failed_count = mine.failed
            subscriber.delivered_count = mine.delivered
            subscriber.oldest_at = mine.oldest_at
            subscriber.last_at = mine.last_at
            subscriber.seconds = mine.seconds
            subscriber.state = subscriber._get_state(mine)

    def _get_state(self, figures):
        if self.is_copy or not self._get_secrets():
            return "stopped"
        if self.paused:
            return "paused"
        if figures.failed:
            return "failed"
        return "late" if figures.retrying or self.misses else "good"

    def _get_figures(self):
        """`Figures` by id, in two statements for all of them."""
        deliveries = self.env["saas.feed.delivery"].sudo()
        mine = [("subscriber_id", "in", self.ids)]
        found = {subscriber_id: {} for subscriber_id in self.ids}
        for subscriber, state, tried, count, oldest in deliveries._read_group(
            [*mine, ("state", "!=", "delivered")],
            ["subscriber_id", "state", "attempts"],
            ["__count", "created_at:min"],
        ):
            own = found[subscriber.id]
            name = "failed" if state == "failed" else "waiting"
            own[name] = own.get(name, 0) + count
            if state == "pending":
                own["retrying"] = own.get("retrying", 0) + (count if tried else 0)
                own["oldest_at"] = min(oldest, own.get("oldest_at", oldest))
        day = fields.Datetime.now() - timedelta(days=1)
        for subscriber, count, seconds, last in deliveries._read_group(
            [*mine, ("state", "=", "delivered"), ("delivered_at", ">=", day)],
            ["subscriber_id"],
            ["__count", "seconds:avg", "delivered_at:max"],
        ):
            found[subscriber.id] |= {"delivered": count, "seconds": seconds, "last_at": last}
        return {subscriber_id: Figures(**own) for subscriber_id, own in found.items()}

    def _alert(self):
        """One activity while messages are given up."""
        figures = self._get_figures()
        for subscriber in self:
            failed, activity = (
                figures[subscriber.id].failed,
                subscriber.activity_search([ACTIVITY_TYPE]),
            )
            if failed and not activity:
                activity = subscriber.activity_schedule(
                    ACTIVITY_TYPE, user_id=subscriber.user_id.id or self.env.uid
                )
            if failed:
                activity.summary = self.env._("%s messages could not be delivered.", failed)
            elif activity:
                subscriber.activity_feedback(
                    [ACTIVITY_TYPE], feedback=self.env._("Everything is delivered again.")
                )

    def _answered(self):
        """It answers, or a person says that it will: nothing is held back any more."""
        self.filtered(lambda each: each.misses or each.retry_at).write(
            {"misses": 0, "retry_at": False}
        )

    # ── buttons ──────────────────────────────────────────────────────────────────────────────

    def action_pause(self):
        """Have messages wait."""
        self.write({"paused": True})

    def action_resume(self):
        """Send what waited, in its order."""
        self.write({"paused": False, "misses": 0, "retry_at": False})
        self.env.ref("saas_subscription_sync.cron_feed").sudo()._trigger()

    def action_rebind(self):
        """Send from this database from now on."""
        self.check_access("write")
        self.sudo().database = self._get_here()
        self.message_post(body=self.env._("Bound to this database."))

    def action_send_test(self):
        """Send a message of the type ping, and say what came back."""
        self.ensure_one()
        self.check_access("write")
        if not self._get_secrets():
            raise UserError(self.env._("The server does not have the secret yet."))
        answer = self.env["saas.feed.relay"]._send_ping(self)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if answer.is_taken else "danger",
                "title": self.env._("Test Message"),
                "message": answer.error or self.env._("It was taken (%s).", answer.status),
            },
        }

    def action_open_deliveries(self):
        """What is sent to it."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_subscription_sync.action_feed_delivery"
        )
        return {**action, "domain": [("subscriber_id", "in", self.ids)], "context": {}}

    def action_open_failed(self):
        """What was given up."""
        action = self.action_open_deliveries()
        return {**action, "domain": [*action["domain"], ("state", "=", "failed")]}
