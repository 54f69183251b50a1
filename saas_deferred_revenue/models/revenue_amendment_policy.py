"""Amendments that a rule asks for when a subscription is cancelled or was paused.

They are found in the movements, not made by them: movements and invoices come in any order, and a
scheduled action sees what both tell by then. A person decides about each.
"""

from odoo import api, models
from odoo.tools import SQL

# A cancelled item whose service was paid for beyond the day of the cancellation.
CANCELLED = """
    SELECT schedule.id AS schedule_id, change.id AS source_change_id, 'accelerate' AS kind,
           change.date, NULL::date AS date_until
      FROM saas_revenue_schedule schedule
      JOIN saas_revenue_rule rule ON rule.id = schedule.rule_id
      JOIN saas_subscription_change change ON change.item_id = schedule.subscription_item_id
     WHERE rule.cancellation_policy = 'accelerate' AND change.kind = 'churn' AND change.revision = 0
       AND change.date < schedule.date_end
"""
# An item that went on after a pause which began within a service that was paid for.
PAUSED = """
    SELECT schedule.id AS schedule_id, change.id AS source_change_id, 'extend' AS kind,
           pause.date, change.date AS date_until
      FROM saas_revenue_schedule schedule
      JOIN saas_revenue_rule rule ON rule.id = schedule.rule_id
      JOIN saas_subscription_change change ON change.item_id = schedule.subscription_item_id
CROSS JOIN LATERAL (
           SELECT earlier.date FROM saas_subscription_change earlier
            WHERE earlier.item_id = change.item_id AND earlier.kind = 'pause'
              AND earlier.occurred_at <= change.occurred_at
         ORDER BY earlier.occurred_at DESC, earlier.id DESC LIMIT 1) pause
     WHERE rule.pause_policy = 'extend' AND change.kind = 'resume' AND change.revision = 0
       AND schedule.date_start <= pause.date AND schedule.date_end > pause.date
       AND change.date > pause.date
"""


class RevenueAmendment(models.Model):
    _inherit = "saas.revenue.amendment"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _cron_amend(self):
        """Propose what rules ask for, and let go of what nobody decided."""
        self._propose_by_policy()
        self._propose_documents()
        self._expire()

    @api.model
    def _propose_by_policy(self):
        """Proposals for movements that have none; what would change no month is left out."""
        wanted = [values for values in self._get_wanted() if self.new(values)._has_effect()]
        proposed = self.create(wanted)
        proposed.action_propose()
        return proposed

    def _get_wanted(self):
        """Values of the proposals, one per schedule and movement; a waiting one goes first."""
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT DISTINCT ON (wanted.schedule_id) wanted.*
                  FROM (%s UNION ALL %s) wanted
                 WHERE NOT EXISTS (
                       SELECT FROM saas_revenue_amendment known
                        WHERE known.schedule_id = wanted.schedule_id
                          AND (known.source_change_id = wanted.source_change_id
                               OR known.state = 'proposed' AND known.kind != 'document'))
              ORDER BY wanted.schedule_id, wanted.date, wanted.source_change_id
                """,
                SQL(CANCELLED),
                SQL(PAUSED),
            )
        )
        reasons = {
            "accelerate": self.env._("The subscription was cancelled and nothing was credited."),
            "extend": self.env._("The subscription was paused and went on."),
        }
        return [{**row, "reason": reasons[row["kind"]]} for row in rows]
