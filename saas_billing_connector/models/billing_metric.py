"""Counters: what happened how often, per connection and hour."""

from bisect import bisect_left

from odoo import api, fields, models
from odoo.tools import SQL

#: Upper bounds in seconds of the classes of a webhook's latency.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
BUCKET_LABELS = (*map(str, BUCKETS), "+Inf")


def webhook_counts(connection_id, answer, seconds):
    """What one answered webhook adds, by (connection id, metric, label)."""
    return {
        (connection_id, "webhook", answer): 1,
        (connection_id, "webhook_seconds", BUCKET_LABELS[bisect_left(BUCKETS, seconds)]): 1,
        (connection_id, "webhook_seconds_sum", ""): seconds,
    }


class SaasBillingMetric(models.Model):
    """One counter of one hour, in as many rows as database sessions added to it.

    A row belongs to the session that writes it (`writer`, its PostgreSQL backend), so counting
    never waits for another transaction and never conflicts with one, although a drain keeps its
    transaction open for seconds. The autovacuum adds the rows up.
    """

    _name = "saas.billing.metric"
    _description = "Billing Metric"
    _order = "hour desc, name, label"
    _rec_name = "name"
    _log_access = False

    connection_id = fields.Many2one(
        "saas.billing.connection", readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id")
    hour = fields.Datetime(required=True, readonly=True, index=True)
    name = fields.Char(required=True, readonly=True, string="Metric")
    label = fields.Char(required=True, readonly=True, default="")
    value = fields.Float(required=True, readonly=True)
    writer = fields.Integer(required=True, readonly=True, default=0)

    _counter_unique = models.UniqueIndex(
        "(COALESCE(connection_id, 0), hour, name, label, writer)",
        "A counter has one row per hour and writer.",
    )

    @api.model
    def _count(self, rows):
        """Add to the counters of this hour, in one statement.

        :param rows: iterable of (connection id or None, name, label, amount to add)
        """
        sums = {}
        for connection_id, name, label, value in rows:
            key = (connection_id or None, name, label or "")
            sums[key] = sums.get(key, 0) + value
        if not sums:
            return
        keys = sorted(sums, key=lambda key: (key[0] or 0, *key[1:]))
        connections, names, labels = (list(column) for column in zip(*keys, strict=True))
        self.env.cr.execute(
            SQL(
                """INSERT INTO saas_billing_metric AS metric
                          (connection_id, hour, name, label, value, writer)
                   SELECT given.connection_id, date_trunc('hour', now() at time zone 'UTC'),
                          given.name, given.label, given.value, pg_backend_pid()
                     FROM unnest(%s::int[], %s::text[], %s::text[], %s::float8[])
                          AS given(connection_id, name, label, value)
                LEFT JOIN saas_billing_connection connection
                       ON connection.id = given.connection_id
                    WHERE given.connection_id IS NULL OR connection.id IS NOT NULL
              ON CONFLICT (COALESCE(connection_id, 0), hour, name, label, writer)
                DO UPDATE SET value = metric.value + EXCLUDED.value""",
                connections,
                names,
                labels,
                [float(sums[key]) for key in keys],
            )
        )
