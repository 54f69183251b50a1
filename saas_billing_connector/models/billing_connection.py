"""One billing account in one mode, bound to one company."""

import os
import secrets
from configparser import ConfigParser
from zoneinfo import ZoneInfo, available_timezones

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

from ..providers import stripe

WEBHOOK_PATH = "/saas_billing/stripe"
#: Section of odoo.conf that `conf:` references name.
CONF_SECTION = "saas_billing"
#: Another address of Stripe's API, for tests and the demo. Never a field: whoever could write it
#: could have the read key sent anywhere.
API_BASE_VARIABLE = "SAAS_BILLING_STRIPE_API_BASE"


class SaasBillingConnection(models.Model):
    _name = "saas.billing.connection"
    _description = "Billing Connection"
    _inherit = ["mail.thread", "mail.activity.mixin"]
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
    )
    provider = fields.Selection([("stripe", "Stripe")], required=True, default="stripe")
    account = fields.Char(
        required=True, tracking=True, help="The account's id at the provider, such as acct_1Abc…"
    )
    livemode = fields.Boolean(
        string="Live Mode",
        tracking=True,
        help="Off: test mode. Events of the other mode are refused.",
    )
    timezone = fields.Selection(
        selection="_get_timezones",
        string="Accounting Time Zone",
        required=True,
        default="UTC",
        tracking=True,
        help="Decides on which day an invoice, a payment or a period lies.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        tracking=True,
        help="Is told when something needs a person.",
    )
    webhook_token = fields.Char(
        default=lambda self: secrets.token_urlsafe(18), readonly=True, copy=False, required=True
    )
    webhook_url = fields.Char(string="Webhook URL", compute="_compute_webhook_url")
    webhook_secret_ref = fields.Char(
        string="Webhook Secret",
        tracking=True,
        help="Where the signing secret is, never the secret itself: env:VARIABLE names an"
        " environment variable of the server, conf:key a line of the section [saas_billing] of"
        " odoo.conf.",
    )
    webhook_secret_previous_ref = fields.Char(
        string="Previous Webhook Secret",
        tracking=True,
        help="Accepted beside the current one while a secret is being rolled.",
    )
    read_key_ref = fields.Char(
        string="Read Key",
        tracking=True,
        help="Where the restricted read-only API key is: env:VARIABLE or conf:key.",
    )
    credentials_state = fields.Char(compute="_compute_credentials_state", string="Credentials")
    event_ids = fields.One2many("saas.billing.event", "connection_id")
    event_count = fields.Integer(compute="_compute_event_counts")
    waiting_count = fields.Integer(
        compute="_compute_event_counts", string="To Process", help="Pending, retrying or waiting."
    )
    parked_count = fields.Integer(compute="_compute_event_counts", string="Parked")
    last_event_at = fields.Datetime(compute="_compute_event_counts", string="Last Event")

    _account_unique = models.Constraint(
        "UNIQUE(provider, account, livemode)",
        "This account is connected already in this mode.",
    )
    _token_unique = models.Constraint("UNIQUE(webhook_token)", "Webhook tokens are unique.")

    @api.model
    def _get_timezones(self):
        return [(name, name) for name in sorted(available_timezones())]

    @api.depends("webhook_token")
    def _compute_webhook_url(self):
        base = self.get_base_url()
        for connection in self:
            connection.webhook_url = f"{base}{WEBHOOK_PATH}/{connection.webhook_token}"

    @api.depends("webhook_secret_ref", "webhook_secret_previous_ref", "read_key_ref")
    def _compute_credentials_state(self):
        names = {
            "webhook_secret_ref": self.env._("webhook secret"),
            "read_key_ref": self.env._("read key"),
        }
        for connection in self:
            missing = [
                label
                for field, label in names.items()
                if not self._resolve_secret(connection[field])
            ]
            connection.credentials_state = (
                self.env._("Not found: %s", ", ".join(missing)) if missing else self.env._("Found")
            )

    def _compute_event_counts(self):
        figures = self.env["saas.billing.event"]._read_group(
            [("connection_id", "in", self.ids)],
            ["connection_id", "state"],
            ["__count", "received_at:max"],
        )
        by_connection = {}
        for connection, state, count, latest in figures:
            by_connection.setdefault(connection.id, {})[state] = (count, latest)
        for connection in self:
            states = by_connection.get(connection.id, {})
            connection.event_count = sum(count for count, _latest in states.values())
            connection.waiting_count = sum(
                states.get(state, (0, None))[0] for state in ("pending", "retry", "waiting")
            )
            connection.parked_count = states.get("parked", (0, None))[0]
            connection.last_event_at = max(
                (latest for _c, latest in states.values()), default=False
            )

    @api.constrains("company_id", "livemode", "active")
    def _check_modes_apart(self):
        for connection in self.filtered("active"):
            others = self.search(
                [
                    ("company_id", "=", connection.company_id.id),
                    ("livemode", "!=", connection.livemode),
                ],
                limit=1,
            )
            if others:
                raise ValidationError(
                    self.env._(
                        "%(company)s already has a connection in the other mode (%(other)s). Test "
                        "and live data never share a company: use another company for tests.",
                        company=connection.company_id.display_name,
                        other=others.display_name,
                    )
                )

    @api.constrains("webhook_secret_ref", "webhook_secret_previous_ref", "read_key_ref")
    def _check_references(self):
        for connection in self:
            for name in ("webhook_secret_ref", "webhook_secret_previous_ref", "read_key_ref"):
                value = connection[name]
                if value and value.partition(":")[0] not in ("env", "conf"):
                    # The value may be a pasted secret: it is not repeated in the message.
                    raise ValidationError(
                        self.env._(
                            "“%s” takes a reference such as env:STRIPE_WEBHOOK_SECRET or"
                            " conf:webhook_secret, never the secret itself.",
                            self._fields[name].string,
                        )
                    )

    def write(self, vals):
        identity = {"company_id", "provider", "account", "livemode"}
        if identity & vals.keys() and self._has_events():
            raise UserError(
                self.env._(
                    "This connection has received events: its company, account and mode are fixed."
                    " Make a new connection instead."
                )
            )
        self.env.registry.clear_cache()
        return super().write(vals)

    def _has_events(self):
        # Events are inserted by SQL: ask the database, not the cache.
        domain = [("connection_id", "in", self.ids)]
        return bool(self.env["saas.billing.event"].sudo().search_count(domain, limit=1))

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    @tools.ormcache("token")
    def _get_endpoint(self, token):
        """What the webhook needs of a connection, cached: (id, livemode, secret references).

        None for an unknown token or an archived connection.
        """
        connection = self.sudo().search([("webhook_token", "=", token)], limit=1)
        if not connection:
            return None
        references = (connection.webhook_secret_ref, connection.webhook_secret_previous_ref)
        return connection.id, connection.livemode, tuple(filter(None, references))

    @api.model
    def _resolve_secret(self, reference):
        """The secret behind a reference, or None where the server does not have it."""
        scheme, _colon, name = (reference or "").partition(":")
        if scheme == "env":
            return os.environ.get(name) or None
        if scheme == "conf":
            parser = ConfigParser(interpolation=None)
            parser.read(tools.config["config"] or [])
            return parser.get(CONF_SECTION, name, fallback=None)
        return None

    def _get_zone(self):
        """Time zone that turns instants into accounting days."""
        self.ensure_one()
        return ZoneInfo(self.timezone)

    def _get_reader(self):
        """Client that reads the provider's API.

        :raises UserError: where the read key is not available
        """
        self.ensure_one()
        key = self._resolve_secret(self.read_key_ref)
        if not key:
            raise UserError(
                self.env._(
                    "The read key of “%s” is not available. Set “Read Key” to env:VARIABLE or"
                    " conf:key and make sure that the server has it.",
                    self.name,
                )
            )
        return stripe.StripeReader(key, os.environ.get(API_BASE_VARIABLE))

    def _iter_provider(self, canonical_type, since, until):
        """Canonical records read live from the provider, by creation time in [since, until).

        :param datetime since: aware
        :param datetime until: aware
        """
        for obj in self._get_reader().iterate(canonical_type, since, until):
            yield stripe.normalise_object(canonical_type, obj)

    def action_open_events(self):
        """Events of this connection, opened on those that still need something."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_billing_connector.action_billing_event"
        )
        return {**action, "domain": [("connection_id", "=", self.id)], "context": {}}

    def action_open_parked(self):
        """Parked events of this connection."""
        action = self.action_open_events()
        return {**action, "domain": [*action["domain"], ("state", "=", "parked")]}
