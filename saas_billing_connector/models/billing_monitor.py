"""What machines watch: health as JSON, and metrics as Prometheus reads them."""

from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from .billing_connection_health import RED
from .billing_metric import BUCKET_LABELS

#: System parameter with the reference (never the value) of the token; its default.
TOKEN_PARAMETER = "saas_billing.monitor_token_ref"
TOKEN_REFERENCE = "env:SAAS_BILLING_MONITOR_TOKEN"
OK, DEGRADED, FAILING = "ok", "degraded", "failing"
STATUSES = (OK, DEGRADED, FAILING)
#: Minutes that a scheduled action may be late before that is called degraded.
LATE_MINUTES = 15


class Counter(NamedTuple):
    """How the counters of one name in `saas.billing.metric` are told to Prometheus."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    scale: float = 1


#: Counters by their name in the table; a label `a:b` splits into the labels named here.
COUNTERS = {
    "webhook": Counter(
        "saas_billing_webhook_requests_total", "Webhook requests by answer.", ("answer",)
    ),
    "outcome": Counter(
        "saas_billing_outcomes_total",
        "Events processed by outcome and cause; outcome retry counts the retries.",
        ("outcome", "cause"),
    ),
    "api_calls": Counter("saas_billing_stripe_requests_total", "Requests to Stripe's API."),
    "api_errors": Counter(
        "saas_billing_stripe_errors_total", "Requests to Stripe's API that failed.", ("error",)
    ),
    "api_milliseconds": Counter(
        "saas_billing_stripe_request_seconds_total",
        "Time spent waiting for Stripe's API.",
        scale=0.001,
    ),
}
LATENCY = "saas_billing_webhook_duration_seconds"


class Family(NamedTuple):
    """One metric family: `samples` are (suffix, labels, value)."""

    name: str
    type: str
    help: str
    samples: list


class SaasBillingMonitor(models.AbstractModel):
    _name = "saas.billing.monitor"
    _description = "Billing Monitor"

    @api.model
    def _get_token(self):
        """The token that metrics and details need, or None where the server has none."""
        parameters = self.env["ir.config_parameter"].sudo()
        reference = parameters.get_param(TOKEN_PARAMETER) or TOKEN_REFERENCE
        return self.env["saas.billing.connection"]._resolve_secret(reference)

    # ── health ───────────────────────────────────────────────────────────────────────────────

    @api.model
    def _get_health(self, detailed=False):
        """Named checks and the worst of them.

        Failing means: send this node no webhooks. What a person or another part has to mend is
        degraded at most, as a load balancer must not answer it by refusing events.
        """
        connections = self.env["saas.billing.connection"].sudo().search([("active", "=", True)])
        checks = {
            "database": self._check_database(),
            "secrets": self._check_secrets(connections),
            "scheduled_actions": self._check_scheduled_actions(),
            "connections": OK,
        }
        found = {connection: connection._get_health_checks() for connection in connections}
        if any(check.level == RED for each in found.values() for check in each):
            checks["connections"] = DEGRADED
        health = {"status": max(checks.values(), key=STATUSES.index), "checks": checks}
        if detailed:
            health["connections"] = [
                {
                    "connection": connection.id,
                    "name": connection.name,
                    "checks": {
                        check.code: {"level": check.level, "finding": check.finding}
                        for check in each
                    },
                }
                for connection, each in found.items()
            ]
        return health

    @api.model
    def _check_database(self):
        """A standby answers but cannot store an event."""
        [(standby,)] = self.env.execute_query(SQL("SELECT pg_is_in_recovery()"))
        return FAILING if standby else OK

    @api.model
    def _check_secrets(self, connections):
        """A node that lacks the webhook secrets refuses every event."""
        connections = connections.filtered(lambda each: not each.stopped)
        found = [bool(each._resolve_secret(each.webhook_secret_ref)) for each in connections]
        if all(found):
            return OK
        return DEGRADED if any(found) else FAILING

    @api.model
    def _check_scheduled_actions(self):
        late = [lag > LATE_MINUTES * 60 for _name, lag in self._get_lags()]
        return DEGRADED if any(late) else OK

    @api.model
    def _get_lags(self):
        """(name, seconds late) of the suite's scheduled actions; endless for one that is off.

        Drain workers may be fewer than come with the addon: one that is on speaks for its track.
        """
        return self.env.execute_query(
            SQL(
                """SELECT data.name, CASE WHEN cron.active
                          THEN greatest(0, extract(epoch FROM %s - cron.nextcall))::float8
                          ELSE 'Infinity'::float8 END
                     FROM ir_cron cron
                     JOIN ir_model_data data ON data.model = 'ir.cron' AND data.res_id = cron.id
                    WHERE data.module IN ('saas_billing_connector', 'saas_subscription_sync',
                                          'saas_deferred_revenue')
                      AND (cron.active OR NOT EXISTS (
                          SELECT FROM ir_cron other
                           WHERE other.active
                             AND other.saas_drain_track = cron.saas_drain_track))
                    ORDER BY data.name""",
                fields.Datetime.now(),
            )
        )

    # ── metrics ──────────────────────────────────────────────────────────────────────────────

    @api.model
    def _get_families(self):
        """All metric families; addons add theirs."""
        connections = self.env["saas.billing.connection"].sudo().search([("active", "=", True)])
        return [
            *self._get_inbox_families(connections),
            *self._get_counter_families(),
            *self._get_log_families(),
            self._get_issue_family(),
            Family(
                "saas_billing_scheduled_action_lag_seconds",
                "gauge",
                "How late a scheduled action is; endless where it is switched off.",
                [("", {"action": name}, lag) for name, lag in self._get_lags()],
            ),
        ]

    @api.model
    def _get_inbox_families(self, connections):
        now = fields.Datetime.now()
        figures = connections._get_figures()
        info, depth, age, last = [], [], [], []
        for connection in connections:
            mine, label = figures[connection.id], {"connection": str(connection.id)}
            info.append(
                (
                    "",
                    {
                        **label,
                        "name": connection.name,
                        "account": connection.account,
                        "mode": "live" if connection.livemode else "test",
                    },
                    1,
                )
            )
            depth += [
                ("", {**label, "state": state}, mine.depth.get(state, 0))
                for state in ("pending", "retry", "waiting", "parked")
            ]
            oldest = (now - mine.oldest_at).total_seconds() if mine.oldest_at else 0
            age.append(("", label, max(0, oldest)))
            if mine.last_at:
                epoch = fields.Datetime.from_string("1970-01-01")
                last.append(("", label, (mine.last_at - epoch).total_seconds()))
        return [
            Family("saas_billing_connection_info", "gauge", "Connections, by name.", info),
            Family("saas_billing_inbox_events", "gauge", "Unfinished events by state.", depth),
            Family(
                "saas_billing_inbox_oldest_seconds",
                "gauge",
                "Age of the oldest event that is still to be processed.",
                age,
            ),
            Family(
                "saas_billing_last_event_timestamp_seconds",
                "gauge",
                "When the newest event came.",
                last,
            ),
        ]

    @api.model
    def _get_counter_families(self):
        totals = {}
        for name, connection_id, label, value in self.env.execute_query(
            SQL(
                """SELECT name, coalesce(connection_id, 0), label, sum(value)
                     FROM saas_billing_metric GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
            )
        ):
            totals.setdefault(name, []).append((str(connection_id or ""), label, value))
        families = [
            Family(
                counter.name,
                "counter",
                counter.help,
                [
                    (
                        "",
                        {"connection": connection, **self._split(counter.labels, label)},
                        value * counter.scale,
                    )
                    for connection, label, value in totals.get(name, ())
                ],
            )
            for name, counter in COUNTERS.items()
        ]
        return [*families, self._get_latency_family(totals)]

    @api.model
    def _split(self, names, label):
        parts = label.split(":", len(names) - 1) if names else []
        return dict(zip(names, [*parts, *[""] * (len(names) - len(parts))], strict=True))

    @api.model
    def _get_latency_family(self, totals):
        """The table counts each class by itself; Prometheus wants them added up."""
        counts = {}
        for connection, bound, value in totals.get("webhook_seconds", ()):
            counts.setdefault(connection, {})[bound] = value
        sums = {
            connection: value for connection, _l, value in totals.get("webhook_seconds_sum", ())
        }
        samples = []
        for connection, classes in counts.items():
            label, total = {"connection": connection}, 0
            for bound in BUCKET_LABELS:
                total += classes.get(bound, 0)
                samples.append(("_bucket", {**label, "le": bound}, total))
            samples.append(("_sum", label, sums.get(connection, 0)))
            samples.append(("_count", label, total))
        return Family(LATENCY, "histogram", "Time from a webhook's arrival to its answer.", samples)

    @api.model
    def _get_log_families(self):
        checks = self.env["saas.billing.seal.check"].sudo()
        last = checks.search([("state", "!=", "running")], limit=1)
        head = self.env["saas.billing.seal"].sudo().search([], limit=1)
        holds = not last or last.state == "passed" or bool(last.explanation)
        return [
            Family(
                "saas_billing_log_intact",
                "gauge",
                "Whether the last check found every sealed row as it was.",
                [("", {}, int(holds))],
            ),
            Family(
                "saas_billing_log_seals",
                "gauge",
                "Seals in the chain, and the hash of the last one, to be kept elsewhere.",
                [("", {"head": head.hash or ""}, head.sequence)],
            ),
        ]

    @api.model
    def _get_issue_family(self):
        groups = (
            self.env["saas.billing.issue"]
            .sudo()
            ._read_group([("state", "=", "open")], ["connection_id", "code"], ["__count"])
        )
        return Family(
            "saas_billing_open_issues",
            "gauge",
            "Causes that wait for a person.",
            [
                ("", {"connection": str(connection.id), "code": code}, count)
                for connection, code, count in groups
            ],
        )

    @api.model
    def _render_metrics(self):
        """Prometheus' text format, version 0.0.4."""
        lines = []
        for family in self._get_families():
            lines.append(f"# HELP {family.name} {_escape(family.help, quotes=False)}")
            lines.append(f"# TYPE {family.name} {family.type}")
            for suffix, labels, value in family.samples:
                inside = ",".join(f'{name}="{_escape(text)}"' for name, text in labels.items())
                shown = f"{{{inside}}}" if inside else ""
                lines.append(f"{family.name}{suffix}{shown} {_number(value)}")
        return "\n".join(lines) + "\n"


def _escape(text, quotes=True):
    text = str(text).replace("\\", r"\\").replace("\n", r"\n")
    return text.replace('"', r"\"") if quotes else text


def _number(value):
    if value == float("inf"):
        return "+Inf"
    return repr(int(value) if value == int(value) else float(value))


class SaasBillingMetric(models.Model):
    _inherit = "saas.billing.metric"

    @api.autovacuum
    def _gc_counters(self):
        """Add up old rows: writers after two days, the hours of a month after ten weeks.

        Nothing is dropped, so that sums only ever grow, as Prometheus expects of a counter.
        """
        now = fields.Datetime.now()
        self._add_up("hour", now - timedelta(days=2))
        self._add_up("month", now - timedelta(days=70))

    @api.model
    def _add_up(self, period, until):
        self.env.cr.execute(
            SQL(
                """WITH old AS (
                       DELETE FROM saas_billing_metric
                        WHERE hour < %(until)s
                          AND (writer <> 0 OR hour <> date_trunc(%(period)s, hour))
                    RETURNING connection_id, date_trunc(%(period)s, hour) AS hour, name, label,
                              value)
                   INSERT INTO saas_billing_metric AS metric
                          (connection_id, hour, name, label, value, writer)
                   SELECT connection_id, hour, name, label, sum(value), 0
                     FROM old GROUP BY 1, 2, 3, 4
              ON CONFLICT (COALESCE(connection_id, 0), hour, name, label, writer)
                DO UPDATE SET value = metric.value + EXCLUDED.value""",
                period=period,
                until=until,
            )
        )
        self.invalidate_model()
