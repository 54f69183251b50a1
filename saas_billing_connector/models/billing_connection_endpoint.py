"""A connection's webhook endpoint at Stripe: compared, registered, corrected with the write key."""

from odoo import fields, models
from odoo.exceptions import UserError

from ..canonical import Outcome
from .billing_connection_health import AMBER, GREEN, RED, HealthCheck

LEVELS = {
    "good": GREEN,
    "version": AMBER,
    "differs": RED,
    "absent": RED,
    "unchecked": AMBER,
}


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"

    endpoint_state = fields.Selection(
        [
            ("unchecked", "Not compared"),
            ("absent", "Stripe has no endpoint with this URL"),
            ("differs", "The endpoint at Stripe is not as needed"),
            ("version", "It sends another API version, which is read as well"),
            ("good", "As needed"),
        ],
        required=True,
        default="unchecked",
        readonly=True,
        copy=False,
    )
    endpoint_differences = fields.Text(readonly=True, copy=False)

    def _get_registrar(self):
        """Client for webhook endpoints.

        :raises UserError: where the write key is not available, or this is a copied database
        """
        self.ensure_one()
        self._check_not_stopped()
        key = self._resolve_secret(self.write_key_ref)
        if not key:
            raise UserError(
                self.env._(
                    "The server does not have the write key. Set “Write Key” to env:VARIABLE or"
                    " conf:key, or set the endpoint up by hand."
                )
            )
        return self._get_adapter().registrar(key, self._get_api_base())

    def _ask_registrar(self, question):
        """The answer of `question(registrar)`; Stripe's refusals are told to the user."""
        self.check_access("write")
        try:
            return question(self._get_registrar())
        except Outcome as outcome:
            raise UserError(outcome.message) from outcome

    def _compare_endpoint(self):
        """Look at the endpoint at Stripe and keep what is different; the endpoint, or None."""
        endpoint = self._ask_registrar(lambda registrar: registrar.find(self.webhook_url))
        found = self._get_adapter().differences(endpoint) if endpoint else []
        self.write(
            {
                "endpoint_state": self._get_endpoint_state(endpoint, found),
                "endpoint_differences": "\n".join(map(self._describe_difference, found)) or False,
            }
        )
        return endpoint

    def _get_endpoint_state(self, endpoint, found):
        if not endpoint:
            return "absent"
        codes = {difference.code for difference in found}
        return "good" if not codes else "version" if codes == {"version"} else "differs"

    def _describe_difference(self, difference):
        texts = {
            "disabled": self.env._("It is disabled"),
            "missing": self.env._("It does not send: %s", ", ".join(difference.values)),
            "version": self.env._(
                "It sends API version %s; to change that, delete it in Stripe and register it anew",
                "".join(difference.values) or self.env._("of the account's default"),
            ),
        }
        return texts[difference.code]

    def _register_endpoint(self):
        """Make the endpoint at Stripe where there is none; its signing secret.

        The secret is passed on and never stored: whoever asked puts it on the server.
        """
        if self._compare_endpoint():
            raise UserError(
                self.env._(
                    "Stripe has an endpoint with this URL already. Its secret is shown in Stripe,"
                    " under Developers → Webhooks → the endpoint → Signing secret."
                )
            )
        secret = self._ask_registrar(
            lambda registrar: registrar.register(self.webhook_url, f"Odoo: {self.name}")
        )
        self.endpoint_state = "good"
        self.message_post(body=self.env._("The webhook endpoint has been registered at Stripe."))
        return secret

    def _correct_endpoint(self):
        """Have the endpoint at Stripe send what is needed."""
        endpoint = self._compare_endpoint()
        if endpoint:
            self._ask_registrar(lambda registrar: registrar.correct(endpoint))
            self._compare_endpoint()

    def _get_health_checks(self):
        return [*super()._get_health_checks(), self._check_health_endpoint()]

    def _check_health_endpoint(self):
        states = dict(self._fields["endpoint_state"]._description_selection(self.env))
        finding = states[self.endpoint_state]
        if self.endpoint_differences:
            finding = self.endpoint_differences
        level = LEVELS[self.endpoint_state]
        if self.endpoint_state == "unchecked" and self.last_event_at:
            level, finding = GREEN, self.env._("Events arrive through it")
        advice = "" if level == GREEN else self.env._("Use the set-up assistant")
        return HealthCheck("endpoint", self.env._("Webhook Endpoint"), level, finding, advice)
