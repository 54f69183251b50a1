"""Alerts: limits on a connection that, when passed, become one activity, and close it again."""

from typing import NamedTuple

from odoo import api, fields, models

#: An alert ends at this part of its limit, so that a figure at the limit does not flicker.
BACK_AT = 0.8
ACTIVITY_TYPE = "saas_billing_connector.mail_activity_limit"


class Limit(NamedTuple):
    """A limit: the field that sets it, and the figure that it is for."""

    field: str
    value: float
    text: str


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"

    alert_depth = fields.Integer(
        string="Events to Process",
        default=5000,
        help="Tell the responsible when more events than that wait to be processed. 0: never.",
    )
    alert_age_minutes = fields.Integer(
        string="Oldest Event (Minutes)",
        default=60,
        help="Tell the responsible when an event waits longer than that. 0: never.",
    )
    alert_silence_hours = fields.Integer(
        string="Silence (Hours)",
        default=0,
        help="Tell the responsible when no event has come for longer than that. 0: never, for"
        " accounts that are quiet by nature.",
    )
    alert_parked = fields.Integer(
        string="Parked Events",
        default=100,
        help="Tell the responsible when more events than that are parked. Each cause has an issue"
        " of its own already; this one says that they pile up. 0: never.",
    )
    alerts = fields.Char(
        readonly=True, copy=False, help="The limits that are passed, by their fields' names."
    )
    alert_text = fields.Char(compute="_compute_alert_text")

    _alert_limits_positive = models.Constraint(
        "CHECK(alert_depth >= 0 AND alert_age_minutes >= 0 AND alert_silence_hours >= 0"
        " AND alert_parked >= 0)",
        "A limit is a number above zero, or zero for none.",
    )

    @api.depends("alerts")
    def _compute_alert_text(self):
        figures = self.filtered("alerts")._get_figures()
        for connection in self:
            passed = (connection.alerts or "").split()
            connection.alert_text = passed and " ".join(
                limit.text
                for limit in connection._get_limits(figures[connection.id])
                if limit.field in passed
            )

    def _get_limits(self, figures):
        """Each limit with its figure now, in words for the person who is told."""
        now = fields.Datetime.now()

        def since(moment, seconds):
            return (now - moment).total_seconds() / seconds if moment else 0

        age, silence = since(figures.oldest_at, 60), since(figures.last_at, 3600)
        return [
            Limit(
                "alert_depth",
                figures.open,
                self.env._("%s events wait to be processed.", figures.open),
            ),
            Limit(
                "alert_age_minutes",
                age,
                self.env._("The oldest event has waited for %s minutes.", int(age)),
            ),
            Limit(
                "alert_silence_hours",
                silence,
                self.env._("No event has come for %s hours.", int(silence)),
            ),
            Limit(
                "alert_parked", figures.parked, self.env._("%s events are parked.", figures.parked)
            ),
        ]

    @api.model
    def _cron_alert(self):
        """Raise, change and end alerts of all connections."""
        connections = self.search([("stopped", "=", False)])
        figures = connections._get_figures()
        for connection in connections:
            connection._alert(figures[connection.id])

    def _alert(self, figures):
        """One activity while any limit is passed."""
        self.ensure_one()
        before = set((self.alerts or "").split())
        limits = [limit for limit in self._get_limits(figures) if self._is_passed(limit, before)]
        passed = {limit.field for limit in limits}
        if passed == before:
            return
        self.alerts = " ".join(sorted(passed)) or False
        if not passed:
            self.activity_feedback(
                [ACTIVITY_TYPE], feedback=self.env._("All figures are below their limits again.")
            )
            return
        summary = " ".join(limit.text for limit in limits)
        if not self.activity_reschedule([ACTIVITY_TYPE], new_user_id=self.user_id.id):
            self.activity_schedule(ACTIVITY_TYPE, user_id=self.user_id.id or self.env.uid)
        self.activity_search([ACTIVITY_TYPE]).write({"summary": summary})

    def _is_passed(self, limit, before):
        """Passed above the limit, and until well below it."""
        threshold = self[limit.field]
        if limit.field in before:
            threshold *= BACK_AT
        return bool(self[limit.field]) and limit.value > threshold
