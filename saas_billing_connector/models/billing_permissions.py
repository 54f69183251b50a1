"""What the read key may do: found out by asking, told by name, never by value."""

from odoo import fields, models

from ..canonical import Outcome
from .billing_connection_health import AMBER, GREEN, RED, HealthCheck

#: How a state of the check looks among the connection's health checks.
LEVELS = {"good": GREEN, "missing": RED, "failed": RED}


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"  # pylint: disable=consider-merging-classes-inherited

    permissions_state = fields.Selection(
        [
            ("unchecked", "Not Checked"),
            ("good", "As Needed"),
            ("missing", "Permissions Missing"),
            ("excess", "More Than Needed"),
            ("failed", "Could Not Be Checked"),
        ],
        string="Read Key Check",
        default="unchecked",
        required=True,
        readonly=True,
        copy=False,
    )
    permissions_checked_at = fields.Datetime("Key Checked", readonly=True, copy=False)
    permissions_missing = fields.Text(
        "Missing Permissions",
        readonly=True,
        copy=False,
        help="Add them to the restricted key in Stripe, under Developers → API keys.",
    )
    permissions_optional = fields.Text(
        "Optional Permissions Missing",
        readonly=True,
        copy=False,
        help="The connection works without them. Account: lets Odoo see that the key belongs to"
        " this account.",
    )
    permissions_excess = fields.Text(
        "More Than Needed",
        readonly=True,
        copy=False,
        help="Reading needs none of this. Whoever finds the key could use it: make a restricted"
        " key that may only read.",
    )
    permissions_error = fields.Text("Why Not", readonly=True, copy=False)

    def _check_permissions(self):
        """Ask what the read key may do and keep the answer.

        :returns: names of the required permissions that are missing
        :raises UserError: where the server does not have the key
        """
        self.ensure_one()
        try:
            found = self._read_permissions()
        except Outcome as outcome:
            found = {"permissions_state": "failed", "permissions_error": outcome.message}
        cleared = dict.fromkeys(
            (
                "permissions_missing",
                "permissions_optional",
                "permissions_excess",
                "permissions_error",
            ),
            False,
        )
        self.sudo().write({**cleared, **found, "permissions_checked_at": fields.Datetime.now()})
        return (found.get("permissions_missing") or "").splitlines()

    def _read_permissions(self):
        adapter, reader = self._get_adapter(), self._get_reader()
        self._check_account(reader)
        required, optional = adapter.missing_permissions(reader)
        excess = adapter.excess_permissions(reader, self._resolve_secret(self.read_key_ref))
        state = "missing" if required else "excess" if excess else "good"
        return {
            "permissions_state": state,
            "permissions_missing": "\n".join(required),
            "permissions_optional": "\n".join(optional),
            "permissions_excess": "\n".join(excess),
        }

    def _get_health_checks(self):
        return [*super()._get_health_checks(), self._check_health_permissions()]

    def _check_health_permissions(self):
        states = dict(self._fields["permissions_state"]._description_selection(self.env))
        advice = self.env._("Mend it and use “Check Key”")
        if self.permissions_state == "unchecked":
            advice = self.env._("Use “Check Key”")
        found = (self.permissions_missing or self.permissions_excess or "").splitlines()
        finding = ", ".join(found) or self.permissions_error
        return HealthCheck(
            "permissions",
            self.env._("Read Key"),
            LEVELS.get(self.permissions_state, AMBER),
            f"{states[self.permissions_state]}: {finding}"
            if finding
            else states[self.permissions_state],
            "" if self.permissions_state == "good" else advice,
        )

    def action_check_permissions(self):
        """Check the read key and tell the outcome."""
        self.check_access("write")
        missing = self._check_permissions()
        if self.permissions_state == "failed":
            title, text = self.env._("The key could not be checked"), self.permissions_error
        elif missing:
            title, text = self.env._("Missing permissions"), ", ".join(missing)
        else:
            title, text = self.env._("The key may read everything it needs"), ""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if self.permissions_state == "good" else "warning",
                "title": title,
                "message": text,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
