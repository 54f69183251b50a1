"""Retention: raw bodies go after a set time; digests, canonical records, traces stay."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

#: Days that are kept in any case: Stripe itself can tell an event again for thirty.
FEWEST_DAYS = 35
#: Bodies removed per transaction.
BATCH = 5000


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"

    retention_days = fields.Integer(
        string="Keep Bodies (Days)",
        default=400,
        tracking=True,
        help="Raw bodies are removed this many days after the event was finished. Their digests,"
        " what was read from them and every effect stay. 400 days cover a financial year and its"
        " audit. 0 keeps bodies for good.",
    )

    @api.constrains("retention_days")
    def _check_retention_days(self):
        for connection in self:
            if connection.retention_days and connection.retention_days < FEWEST_DAYS:
                raise ValidationError(
                    self.env._(
                        "Bodies are kept for at least %s days: until then the provider may still"
                        " send an event again. 0 keeps them for good.",
                        FEWEST_DAYS,
                    )
                )


class SaasBillingEvent(models.Model):
    _inherit = "saas.billing.event"

    body_removed_at = fields.Datetime(
        readonly=True, help="When the retention policy of the connection removed the body."
    )

    # Only finished events are in it, so that a webhook's insert does not pay for it.
    _retention_index = models.Index(
        "(connection_id, processed_at)"
        " WHERE body IS NOT NULL AND state IN ('done', 'superseded', 'ignored')"
    )

    @api.autovacuum
    def _gc_bodies(self):
        """Remove the bodies whose time is over; (removed, whether more is to do)."""
        removed, more = 0, False
        connections = self.env["saas.billing.connection"].sudo()
        for connection in connections.with_context(active_test=False).search(
            [("retention_days", ">", 0)]
        ):
            count = self._remove_bodies(
                connection, fields.Datetime.now() - timedelta(days=connection.retention_days)
            )
            removed += count
            more |= count == BATCH
        return removed, more

    @api.model
    def _remove_bodies(self, connection, until):
        """One batch of bodies of events finished before `until`; how many.

        `write` refuses to touch a body, whoever asks: this is the only place that does.
        """
        self.env.cr.execute(
            SQL(
                """UPDATE saas_billing_event
                      SET body = NULL, body_removed_at = now() at time zone 'UTC'
                    WHERE id IN (SELECT id FROM saas_billing_event
                                  WHERE connection_id = %s AND processed_at < %s
                                    AND body IS NOT NULL
                                    AND state IN ('done', 'superseded', 'ignored')
                                  ORDER BY processed_at LIMIT %s FOR NO KEY UPDATE SKIP LOCKED)""",
                connection.id,
                until,
                BATCH,
            )
        )
        self.invalidate_model(["body", "body_removed_at", "body_indented"])
        return self.env.cr.rowcount
