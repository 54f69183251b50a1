"""The set-up assistant: from nothing to a connection that receives, one step after the other.

What it finds out is kept on the connection and nowhere else, so that each step can be left, taken
up again and repeated. A signing secret that Stripe tells passes through in the answer of one call,
is shown once by the browser, and is stored nowhere.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..canonical import Outcome
from ..models.billing_connection_adapter import STRIPE

STEPS = ["connect", "webhook", "history", "check"]
#: Fields that start with what the connection has and are edited here.
FROM_CONNECTION = {
    "compute": "_compute_from_connection",
    "store": True,
    "precompute": True,
    "readonly": False,
}
REFERENCES = ("webhook_secret_ref", "read_key_ref", "write_key_ref")


class SaasBillingSetup(models.TransientModel):
    _name = "saas.billing.setup"
    _description = "Set-up of a Billing Connection"
    _inherit = ["saas.no.secret"]

    step = fields.Selection(
        [
            ("connect", "Account and Keys"),
            ("webhook", "Webhook"),
            ("history", "History"),
            ("check", "Check"),
        ],
        default="connect",
        required=True,
    )
    connection_id = fields.Many2one("saas.billing.connection", ondelete="cascade")
    mode = fields.Selection(
        [("test", "Test mode, to try it out"), ("live", "Live mode, real money")],
        required=True,
        **FROM_CONNECTION,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        **FROM_CONNECTION,
    )
    account = fields.Char(
        **FROM_CONNECTION,
        help="Filled in by Stripe's answer; needed only where the key may not say it.",
    )
    read_key_ref = fields.Char(string="Read Key", **FROM_CONNECTION)
    write_key_ref = fields.Char(string="Write Key", **FROM_CONNECTION)
    webhook_secret_ref = fields.Char(string="Webhook Secret", **FROM_CONNECTION)
    read_key_found = fields.Boolean(compute="_compute_found")
    write_key_found = fields.Boolean(compute="_compute_found")
    webhook_secret_found = fields.Boolean(compute="_compute_found")

    webhook_url = fields.Char(related="connection_id.webhook_url")
    secure_url = fields.Boolean(compute="_compute_needs")
    api_version = fields.Char(compute="_compute_needs", string="API Version")
    event_types = fields.Text(compute="_compute_needs", string="Events to Send")
    endpoint_state = fields.Selection(related="connection_id.endpoint_state")
    endpoint_differences = fields.Text(related="connection_id.endpoint_differences")
    health_table = fields.Html(related="connection_id.health_table", sanitize=False)

    @api.depends("connection_id")
    def _compute_from_connection(self):
        for setup in self:
            connection = setup.connection_id
            setup.mode = "live" if connection.livemode else "test"
            setup.company_id = connection.company_id or self.env.company
            setup.account = connection.account
            for name in REFERENCES:
                setup[name] = connection[name]

    @api.depends(*REFERENCES)
    def _compute_found(self):
        resolve = self.env["saas.billing.connection"]._resolve_secret
        for setup in self:
            for name in REFERENCES:
                setup[name.removesuffix("_ref") + "_found"] = bool(resolve(setup[name]))

    @api.depends("webhook_url")
    def _compute_needs(self):
        types = STRIPE.handled_types()
        for setup in self:
            setup.api_version = STRIPE.api_version
            setup.event_types = "\n".join(types)
            setup.secure_url = (setup.webhook_url or "").startswith("https://")

    # ── account and keys ─────────────────────────────────────────────────────────────────────

    def action_connect(self):
        """Ask Stripe whose key it is, make or find the connection, and see what the key may do."""
        self.ensure_one()
        self.env["saas.billing.connection"].check_access("create")
        account = self._ask_account()
        connection = self.connection_id or self._find_connection(account)
        # What is taken up again keeps what is not said anew.
        values = {name: self[name] for name in REFERENCES if self[name] or self.connection_id}
        if not connection:
            connection = connection.create(self._prepare_connection(account) | values)
        elif connection.account != account:
            raise UserError(
                self.env._(
                    "The key belongs to %(found)s and the connection to %(account)s: use a key of"
                    " that account, or set up another connection.",
                    found=account,
                    account=connection.account,
                )
            )
        else:
            connection.write(values)
        self.connection_id = connection
        connection._check_permissions()
        return self._go("webhook")

    def _ask_account(self):
        """The id of the account that the read key belongs to.

        :raises UserError: where the key is missing, of the other mode, refused, or may not say
        """
        connections = self.env["saas.billing.connection"]
        key = connections._resolve_secret(self.read_key_ref)
        if not key:
            raise UserError(
                self.env._("The server does not have the read key: put it where “Read Key” points.")
            )
        for name in ("read_key_ref", "write_key_ref"):
            livemode = STRIPE.key_livemode(connections._resolve_secret(self[name]))
            if livemode is not None and livemode != (self.mode == "live"):
                raise UserError(
                    self.env._(
                        "“%s” is a key of the other mode. Test and live are kept strictly apart.",
                        self._fields[name]._description_string(self.env),
                    )
                )
        candidate = connections.new(
            {"name": self.env._("New connection"), "read_key_ref": self.read_key_ref}
        )
        try:
            account, _now = candidate._get_reader().account()
        except Outcome as outcome:
            raise UserError(outcome.message) from outcome
        if account and self.account and account != self.account:
            raise UserError(
                self.env._(
                    "The key belongs to %(found)s, not to %(account)s.",
                    found=account,
                    account=self.account,
                )
            )
        if not account and not self.account:
            raise UserError(
                self.env._(
                    "Stripe accepts the key but does not tell it its account. Enter the account's"
                    " id (acct_…, in Stripe under Settings → Account details), or give the key the"
                    " permission to read the account."
                )
            )
        return account or self.account

    def _find_connection(self, account):
        """The connection of this account and mode, where there is one already: take it up."""
        connection = (
            self.env["saas.billing.connection"]
            .with_context(active_test=False)
            .search([("account", "=", account), ("livemode", "=", self.mode == "live")], limit=1)
        )
        if connection and connection.company_id != self.company_id:
            raise UserError(
                self.env._(
                    "%(account)s is connected already, in %(company)s.",
                    account=account,
                    company=connection.company_id.display_name,
                )
            )
        return connection

    def _prepare_connection(self, account):
        live = self.mode == "live"
        return {
            "name": self.env._("Stripe %s", account) if live else self.env._("Stripe test mode"),
            "account": account,
            "livemode": live,
            "company_id": self.company_id.id,
        }

    # ── webhook ──────────────────────────────────────────────────────────────────────────────

    def action_compare(self):
        """Compare the endpoint at Stripe with what is needed."""
        self._keep_references()
        self.connection_id._compare_endpoint()
        return self._go("webhook")

    def action_register(self):
        """Register the endpoint, and have the browser show its secret once."""
        self._keep_references()
        secret = self.connection_id._register_endpoint()
        return {
            "type": "ir.actions.client",
            "tag": "saas_billing_show_secret",
            "params": {"secret": secret, "next": self._go("webhook")},
        }

    def action_correct(self):
        """Have the endpoint at Stripe send what is missing."""
        self.connection_id._correct_endpoint()
        return self._go("webhook")

    def action_webhook_done(self):
        """Keep where the signing secret is."""
        self._keep_references()
        return self._go("history")

    def _keep_references(self):
        self.ensure_one()
        self.connection_id.write({name: self[name] for name in REFERENCES})

    # ── history, check ───────────────────────────────────────────────────────────────────────

    def action_import(self):
        """Open the import of what Stripe has from before."""
        self.ensure_one()
        self.step = "check"
        return self.connection_id.action_import_history()

    def action_next(self):
        """One step on."""
        return self._go(STEPS[STEPS.index(self.step) + 1])

    def action_back(self):
        """One step back."""
        return self._go(STEPS[STEPS.index(self.step) - 1])

    def action_open_connection(self):
        """The connection as it is now."""
        return self.connection_id.get_formview_action()

    def _go(self, step):
        self.step = step
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Connect Stripe"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }
