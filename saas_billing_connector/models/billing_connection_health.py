"""Connection health at a glance: one list of checks that every part adds its own to."""

from typing import NamedTuple

from odoo import api, fields, models

GREEN, AMBER, RED = "green", "amber", "red"
LEVELS = (GREEN, AMBER, RED)
#: Events to process beyond which the inbox is called deep.
DEEP_INBOX = 1000
#: Days of silence that are worth a look.
QUIET_DAYS = 3


class HealthCheck(NamedTuple):
    """One thing looked at: how it is, and what to do where it is not green."""

    code: str
    label: str
    level: str
    finding: str
    advice: str = ""


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"

    health = fields.Selection(
        [(GREEN, "Good"), (AMBER, "Look"), (RED, "Act")],
        compute="_compute_health",
        help="The worst of the connection's checks.",
    )
    health_table = fields.Html(compute="_compute_health", sanitize=False, string="Health Checks")

    def _compute_health(self):
        for connection in self:
            checks = connection._get_health_checks() if connection.id else []
            levels = [check.level for check in checks]
            connection.health = max(levels, key=LEVELS.index, default=False)
            connection.health_table = connection._render_health(checks)

    @api.model
    def _render_health(self, checks):
        return self.env["ir.qweb"]._render(
            "saas_billing_connector.health_table", {"checks": checks}
        )

    def _get_health_checks(self):
        """The checks of one connection, in the order in which they are shown; parts add theirs.

        :returns: list of `HealthCheck`
        """
        self.ensure_one()
        return [
            self._check_health_database(),
            self._check_health_credentials(),
            self._check_health_keys(),
            self._check_health_last_event(),
            self._check_health_inbox(),
            self._check_health_parked(),
        ]

    def _check_health_database(self):
        label = self.env._("Database")
        if self.stopped:
            return HealthCheck(
                "database",
                label,
                RED,
                self.env._("A copy of %s: the connection is stopped", self.database_name),
                self.env._("Bind it here only if this database replaces the other one"),
            )
        if self.is_copy:
            return HealthCheck(
                "database",
                label,
                AMBER,
                self.env._("A copy of %s; in test mode it works on", self.database_name),
            )
        return HealthCheck("database", label, GREEN, self.env._("The one it was connected in"))

    def _check_health_credentials(self):
        label = self.env._("Credentials")
        if missing := self._get_missing_credentials():
            return HealthCheck(
                "credentials",
                label,
                RED,
                self.env._("The server does not have: %s", ", ".join(missing)),
                self.env._("Put them where the references point to"),
            )
        until = self.webhook_secret_previous_ref and self.webhook_secret_previous_until
        if until and until > fields.Datetime.now():
            until = fields.Datetime.context_timestamp(self, until)
            return HealthCheck(
                "credentials",
                label,
                AMBER,
                self.env._("Two webhook secrets are accepted until %s", f"{until:%Y-%m-%d %H:%M}"),
                self.env._("Nothing to do; remove the old one from the server after that"),
            )
        return HealthCheck("credentials", label, GREEN, self.env._("The server has them"))

    def _check_health_keys(self):
        label = self.env._("Keys")
        faults = self._get_key_faults()
        if faults:
            return HealthCheck(
                "keys",
                label,
                RED,
                "; ".join(faults),
                self.env._("Make restricted keys in Stripe, one per function"),
            )
        return HealthCheck("keys", label, GREEN, self.env._("Restricted, one per function"))

    def _check_health_last_event(self):
        label = self.env._("Last Event")
        if not self.last_event_at:
            return HealthCheck(
                "last_event",
                label,
                AMBER,
                self.env._("None has arrived yet"),
                self.env._("Change something in Stripe and see whether it arrives"),
            )
        days = (fields.Datetime.now() - self.last_event_at).days
        moment = fields.Datetime.context_timestamp(self, self.last_event_at)
        finding = f"{moment:%Y-%m-%d %H:%M}"
        if days > QUIET_DAYS:
            return HealthCheck(
                "last_event",
                label,
                AMBER,
                self.env._("%(moment)s, %(days)s days ago", moment=finding, days=days),
                self.env._("See in Stripe whether the endpoint is enabled and deliveries succeed"),
            )
        return HealthCheck("last_event", label, GREEN, finding)

    def _check_health_inbox(self):
        label = self.env._("Inbox")
        finding = self.env._("%s to process", self.waiting_count)
        if self.waiting_count > DEEP_INBOX:
            return HealthCheck(
                "inbox",
                label,
                AMBER,
                finding,
                self.env._("See that the scheduled actions run; a backlog works off by itself"),
            )
        return HealthCheck("inbox", label, GREEN, finding)

    def _check_health_parked(self):
        label = self.env._("Parked")
        if self.parked_count:
            return HealthCheck(
                "parked",
                label,
                RED,
                self.env._("%s events wait for a person", self.parked_count),
                self.env._("Work off the issues"),
            )
        return HealthCheck("parked", label, GREEN, self.env._("Nothing waits for a person"))
