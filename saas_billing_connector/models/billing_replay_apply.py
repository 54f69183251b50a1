"""Applying a replay: the events of a preview that still holds go through the ordinary drain."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

#: Events handed to the inbox per transaction.
SLICE = 1000


class SaasBillingReplay(models.Model):
    _inherit = "saas.billing.replay"

    def action_apply(self):
        """Hand what the preview found worth processing to the inbox.

        :returns: None, or an action that says what is still needed
        """
        self._check_operator()
        self.check_access("write")
        for replay in self:
            replay._check_current()
            decision = replay._get_decision()
            if decision and not decision._decide_for_replay():
                return replay._tell_undecided()
            replay.sudo().write(
                {
                    "state": "applying",
                    "applied_by_id": self.env.uid,
                    "applied_at": fields.Datetime.now(),
                }
            )
            replay.sudo()._apply_slice()
            if replay.state == "applying":
                self.env.ref("saas_billing_connector.cron_replay").sudo()._trigger()
        return None

    def _check_current(self):
        """The preview is there and nothing changed since.

        :raises UserError: otherwise
        """
        if self.state != "ready":
            raise UserError(self.env._("Preview the replay first, then apply it."))
        if self.stale_reason:
            raise UserError(
                self.env._(
                    "The preview no longer holds:\n%s\nPreview again, then apply.",
                    self.stale_reason,
                )
            )

    def _tell_undecided(self):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "message": self.env._(
                    "“%s” still needs another person. Apply the replay once it is approved.",
                    self.decision_name,
                ),
            },
        }

    def _apply_slice(self):
        """Make the next events pending, oldest first; the number of events."""
        self.ensure_one()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """UPDATE saas_billing_replay_line line SET applied = true
                     FROM saas_billing_event event
                    WHERE event.id = line.event_id
                      AND line.id IN (SELECT id FROM saas_billing_replay_line
                                       WHERE replay_id = %s AND to_apply AND NOT applied
                                       ORDER BY event_id LIMIT %s)
                RETURNING line.event_id, event.state = line.state_before""",
                self.id,
                SLICE,
            )
        )
        self.env["saas.billing.replay.line"].invalidate_model(["applied"])
        # What the decision itself has sent on already is on its way.
        events = self.env["saas.billing.event"].browse(event for event, still in rows if still)
        events._requeue()
        if len(rows) < SLICE:
            self.write({"state": "applied"})
        return len(rows)
