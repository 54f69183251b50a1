"""One billing account in one mode, bound to one company."""

import secrets
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

#: Followed by the provider and the connection's token.
WEBHOOK_PATH = "/saas_billing"
#: What a cached `Endpoint` is made of. Others change all the time: each poll notes how far it came.
ENDPOINT_FIELDS = frozenset(
    {
        "active",
        "webhook_token",
        "provider",
        "account",
        "livemode",
        "webhook_secret_ref",
        "webhook_secret_previous_ref",
        "webhook_secret_previous_until",
        "database_uuid",
        "database_name",
    }
)


class Endpoint(NamedTuple):
    """What the webhook needs of a connection."""

    connection_id: int
    provider: str
    account: str
    livemode: bool
    #: (reference, naive UTC moment from which it is not accepted any more or None)
    secrets: tuple[tuple[str, datetime | None], ...]
    #: The database it is bound to: (uuid, name).
    database: tuple[str, str]

    def get_references(self, now):
        """References of the secrets that are believed now, the current one first."""
        return [reference for reference, until in self.secrets if until is None or now < until]


class SaasBillingConnection(models.Model):
    _name = "saas.billing.connection"
    _description = "Billing Connection"
    _inherit = ["saas.second.person", "mail.thread", "mail.activity.mixin"]
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
    cutover_date = fields.Date(
        string="Cut-over Date",
        tracking=True,
        copy=False,
        help="First day that is booked here, by the accounting time zone. What happened before is"
        " in the books of the old system and comes in as opening positions. Empty: everything is"
        " booked as it happened.",
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
    event_ids = fields.One2many("saas.billing.event", "connection_id")

    _account_unique = models.Constraint(
        "UNIQUE(provider, account, livemode)",
        "This account is connected already in this mode.",
    )
    _token_unique = models.Constraint("UNIQUE(webhook_token)", "Webhook tokens are unique.")

    @api.model
    def _get_timezones(self):
        return [(name, name) for name in sorted(available_timezones())]

    @api.depends("provider", "webhook_token")
    def _compute_webhook_url(self):
        base = self.get_base_url() + WEBHOOK_PATH
        for connection in self:
            connection.webhook_url = f"{base}/{connection.provider}/{connection.webhook_token}"

    @api.constrains("company_id", "livemode", "active")
    def _check_modes_apart(self):
        """Test and live never share books: a company with its branches is one set of books."""
        everything = self.sudo().with_context(active_test=False)
        for connection in self.filtered("active"):
            others = everything.search(
                [
                    ("company_id", "child_of", connection.company_id.root_id.id),
                    ("livemode", "!=", connection.livemode),
                ]
            )
            # What was archived before it received anything has left nothing in the books.
            if others.filtered(lambda other: other.active or other._has_events()):
                raise ValidationError(
                    self.env._(
                        "%(company)s already has a connection in the other mode. Test and live data"
                        " never share a company or its branches: use another company for tests.",
                        company=connection.company_id.root_id.sudo().display_name,
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
        self._check_cutover_change(vals)
        if ENDPOINT_FIELDS & vals.keys():
            self.env.registry.clear_cache()
        return super().write(vals)

    @api.model
    def _get_two_person_fields(self):
        return {"timezone", "cutover_date"}

    def _is_in_force(self, names):
        return self._has_events()

    def _check_cutover_change(self, vals):
        """The cut-over date and its time zone divide the history: both stand once used."""
        for connection in self:
            changed = [
                connection._fields[name].string
                for name in ("cutover_date", "timezone")
                if name in vals
                and connection._fields[name].convert_to_cache(vals[name], connection)
                != connection._fields[name].convert_to_cache(connection[name], connection)
            ]
            moves_history = "cutover_date" in vals or connection.cutover_date
            if changed and moves_history and connection._has_books():
                raise UserError(
                    self.env._(
                        "“%(connection)s” has booked already, on one side of its cut-over date"
                        " or the other: %(field)s is fixed.",
                        connection=connection.name,
                        field=", ".join(changed),
                    )
                )

    def _has_books(self):
        """Whether anything was booked, or collected for it; addons that book know."""
        return False

    def _has_events(self):
        # Events are inserted by SQL: ask the database, not the cache.
        domain = [("connection_id", "in", self.ids)]
        return bool(self.env["saas.billing.event"].sudo().search_count(domain, limit=1))

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        connections = super().create(vals_list)
        # PostgreSQL gathers no statistics on so small a table by itself, and would then plan the
        # lists of the inbox, whose record rule asks it, for hundreds of connections.
        self.flush_model()
        self.env.cr.execute("ANALYZE saas_billing_connection")
        return connections

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    def _get_endpoint(self, token):
        """The `Endpoint` behind a token; None where it is unknown or archived."""
        return self._get_endpoints().get(token)

    @api.model
    @tools.ormcache()
    def _get_endpoints(self):
        """`{token: Endpoint}`, cached as one: made-up tokens must not crowd the server's cache."""
        connections = self.sudo().search([("active", "=", True)])
        return {each.webhook_token: each._prepare_endpoint() for each in connections}

    def _prepare_endpoint(self):
        accepted = [(self.webhook_secret_ref or "", None)]
        if until := self.webhook_secret_previous_until:
            accepted.append((self.webhook_secret_previous_ref, until))
        return Endpoint(
            self.id,
            self.provider,
            self.account,
            self.livemode,
            tuple(accepted),
            (self.database_uuid, self.database_name),
        )

    @api.model
    def _is_stopped(self, endpoint):
        """Whether a live endpoint finds itself in a copied database."""
        return endpoint.livemode and endpoint.database != self._get_here()

    def _get_zone(self):
        """Time zone that turns instants into accounting days."""
        self.ensure_one()
        return ZoneInfo(self.timezone)

    def _get_reader(self):
        """Client that reads the provider's API.

        :raises UserError: where the read key is not available, or this is a copied database
        """
        self.ensure_one()
        self._check_not_stopped()
        key = self._resolve_secret(self.read_key_ref)
        if not key:
            raise UserError(
                self.env._(
                    "The read key of “%s” is not available. Set “Read Key” to env:VARIABLE or"
                    " conf:key and make sure that the server has it.",
                    self.name,
                )
            )
        return self._get_adapter().reader(key, self._get_api_base())

    def _iter_provider(self, canonical_type, since, until):
        """Canonical records read live from the provider, by creation time in [since, until).

        :param datetime since: aware
        :param datetime until: aware
        """
        normalise = self._get_adapter().normalise_object
        for obj in self._get_reader().iterate(canonical_type, since, until):
            yield normalise(canonical_type, obj)

    def _get_provider_balance(self):
        """What the provider holds now, and when that is.

        :returns: {currency code: `Decimal` in major units}, and an aware datetime
        """
        return self._get_reader().balance()

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
