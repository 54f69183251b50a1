"""A connection's secrets: named by reference, one per function, rolled without losing an event.

| function | needs | used for |
|---|---|---|
| webhook secret | current, and the previous one while it is being rolled | believing webhooks |
| read key | a restricted key that only reads | history, missed events, reconciliation |
| write key | a restricted key with webhook endpoints: write, nothing else | the set-up assistant |
"""

import os
from configparser import ConfigParser
from datetime import timedelta

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

#: Section of odoo.conf that `conf:` references name.
CONF_SECTION = "saas_billing"
REFERENCES = ("webhook_secret_ref", "webhook_secret_previous_ref", "read_key_ref", "write_key_ref")
#: How long the previous webhook secret is accepted, unless said otherwise; Stripe's own maximum.
PREVIOUS_HOURS = 24


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"

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
        copy=False,
        help="Accepted beside the current one while a secret is being rolled.",
    )
    webhook_secret_previous_until = fields.Datetime(
        string="Accepted Until",
        tracking=True,
        copy=False,
        help="From then on the previous webhook secret is not believed any more.",
    )
    read_key_ref = fields.Char(
        string="Read Key",
        tracking=True,
        help="Where the restricted read-only API key is: env:VARIABLE or conf:key. It lists"
        " history, missed events and what the books are reconciled with; it changes nothing.",
    )
    write_key_ref = fields.Char(
        string="Write Key",
        tracking=True,
        help="Optional: where a restricted key is that may write webhook endpoints and nothing"
        " else. Only the set-up assistant uses it, to register the endpoint; remove it after.",
    )
    credentials_state = fields.Char(compute="_compute_credentials_state", string="Credentials")

    @api.depends(*REFERENCES)
    def _compute_credentials_state(self):
        for connection in self:
            missing = connection._get_missing_credentials()
            connection.credentials_state = (
                self.env._("Not found: %s", ", ".join(missing)) if missing else self.env._("Found")
            )

    def _get_missing_credentials(self):
        """Labels of the secrets that are needed or named, and that the server does not have."""
        self.ensure_one()
        needed = {
            "webhook_secret_ref": self.env._("webhook secret"),
            "read_key_ref": self.env._("read key"),
        }
        if self.write_key_ref:
            needed["write_key_ref"] = self.env._("write key")
        return [label for name, label in needed.items() if not self._resolve_secret(self[name])]

    @api.constrains(*REFERENCES)
    def _check_references(self):
        for connection in self:
            named = [connection[name] for name in REFERENCES if connection[name]]
            for name in REFERENCES:
                value = connection[name]
                if value and value.partition(":")[0] not in ("env", "conf"):
                    # The value may be a pasted secret: it is not repeated in the message.
                    raise ValidationError(
                        self.env._(
                            "“%s” takes a reference such as env:STRIPE_WEBHOOK_SECRET or"
                            " conf:webhook_secret, never the secret itself.",
                            self._fields[name]._description_string(self.env),
                        )
                    )
            if len(set(named)) < len(named):
                raise ValidationError(
                    self.env._(
                        "“%s” names one secret for two functions. Each function has a secret of its"
                        " own, with no more rights than it needs.",
                        connection.name,
                    )
                )

    @api.model
    def _prepare_previous_until(self, vals):
        """A previous secret never lives on for ever."""
        if not vals.get("webhook_secret_previous_ref"):
            if "webhook_secret_previous_ref" in vals:
                vals = {**vals, "webhook_secret_previous_until": False}
        elif not vals.get("webhook_secret_previous_until"):
            until = fields.Datetime.now() + timedelta(hours=PREVIOUS_HOURS)
            vals = {**vals, "webhook_secret_previous_until": until}
        return vals

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._prepare_previous_until(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._prepare_previous_until(vals))

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

    def _get_key_faults(self):
        """What is wrong with the API keys that the server has, without a word of the keys."""
        self.ensure_one()
        adapter, faults, seen = self._get_adapter(), [], set()
        for name in ("read_key_ref", "write_key_ref"):
            key = self._resolve_secret(self[name])
            if not key:
                continue
            label = self._fields[name]._description_string(self.env)
            if adapter.key_livemode(key) not in (None, self.livemode):
                faults.append(self.env._("%s is of the other mode", label))
            if not adapter.key_is_restricted(key):
                faults.append(self.env._("%s may do everything: it is not restricted", label))
            if key in seen:
                faults.append(self.env._("one key serves two functions"))
            seen.add(key)
        return faults

    # ── rolling the webhook secret ───────────────────────────────────────────────────────────

    def _rotate_webhook_secret(self, reference, hours=PREVIOUS_HOURS):
        """Believe a new webhook secret from now on, and the one until now for some hours more.

        :raises UserError: where the server does not have the new secret yet, or it is the old one
        """
        self.ensure_one()
        if not self._resolve_secret(reference):
            raise UserError(
                self.env._(
                    "The server has nothing under the new reference yet. Put the new secret there"
                    " first: an environment variable needs a restart, a line of odoo.conf does not."
                )
            )
        if self._resolve_secret(reference) == self._resolve_secret(self.webhook_secret_ref):
            raise UserError(self.env._("That is the secret in use now. Roll it in Stripe first."))
        until = fields.Datetime.now() + timedelta(hours=hours)
        previous = self.webhook_secret_ref if hours > 0 else False
        self.write(
            {
                "webhook_secret_ref": reference,
                "webhook_secret_previous_ref": previous,
                "webhook_secret_previous_until": until if previous else False,
            }
        )
        self.message_post(
            body=self.env._(
                "Webhook secret rotated. The previous one is accepted until %s (UTC).", until
            )
            if previous
            else self.env._("Webhook secret rotated. The previous one is not accepted any more.")
        )

    def action_rotate_secret(self):
        """Open the steps that roll the webhook secret."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Rotate the Webhook Secret"),
            "res_model": "saas.billing.secret.rotation",
            "view_mode": "form",
            "target": "new",
            "context": {"default_connection_id": self.id},
        }

    @api.autovacuum
    def _gc_previous_secrets(self):
        """Forget previous secrets that are not accepted any more."""
        expired = self.with_context(active_test=False).search(
            [("webhook_secret_previous_until", "<=", fields.Datetime.now())]
        )
        for connection in expired:
            reference = connection.webhook_secret_previous_ref
            connection.webhook_secret_previous_ref = False
            connection.message_post(
                body=self.env._(
                    "The previous webhook secret has expired. Remove %s from the server.", reference
                )
            )
