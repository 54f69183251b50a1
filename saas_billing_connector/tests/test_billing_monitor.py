"""Health and metrics, over real HTTP, as a load balancer and Prometheus read them."""

import json
import os
import re
import time
from datetime import timedelta
from unittest.mock import patch

from odoo.fields import Datetime
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..canonical import NeedsHuman
from ..controllers.after_answer import AfterAnswer
from ..models.billing_metric import webhook_counts
from .common import SECRET_VARIABLE, ConnectorMixin, sign

TOKEN = "monitor-token"
SAMPLE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\\n]|\\[\\"n])*)"')


def parse(text):
    """{family: (type, {(sample name, labels): value})}, strict about the format."""
    families, current = {}, None
    assert text.endswith("\n")
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            current = line.split(" ", 3)[2]
            assert current not in families, f"{current} is told twice"
        elif line.startswith("# TYPE "):
            _hash, _type, name, kind = line.split(" ")
            assert name == current and kind in ("counter", "gauge", "histogram"), line
            assert (kind == "counter") == name.endswith("_total"), line
            families[name] = (kind, {})
        else:
            name, labels, value = SAMPLE.match(line).groups()
            assert name.startswith(current), line
            pairs = LABEL.findall(labels or "")
            assert ",".join(f'{key}="{text}"' for key, text in pairs) == (labels or ""), line
            samples = families[current][1]
            assert (name, tuple(pairs)) not in samples, f"{line} is told twice"
            samples[name, tuple(pairs)] = float(value)
    return families


def dict_of(rows):
    """Counted rows by (connection id, metric, label)."""
    return {tuple(key): value for *key, value in rows}


@tagged("post_install", "-at_install")
class TestBillingMonitor(ConnectorMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_connection()
        cls.startClassPatcher(patch.dict(os.environ, {"SAAS_BILLING_MONITOR_TOKEN": TOKEN}))

    def setUp(self):
        super().setUp()
        self.after = AfterAnswer(self.env.cr.dbname)
        self.startPatcher(patch.object(AfterAnswer, "of", lambda _database: self.after))

    def get(self, path, token=TOKEN):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.url_open(f"/saas_billing/{path}", headers=headers)

    def post(self, event, secret="whsec_test"):
        body = json.dumps(event).encode()
        return self.url_open(
            f"/saas_billing/stripe/{self.connection.webhook_token}",
            data=body,
            headers={"Stripe-Signature": sign(body, secret)},
        )

    def values(self, name, **labels):
        """Values of the samples of a family that carry the labels."""
        _type, samples = parse(self.get("metrics").text)[name]
        labels = {"connection": str(self.connection.id), **labels}.items()
        return [value for (_name, mine), value in samples.items() if labels <= dict(mine).items()]

    def archive_others(self):
        connections = self.env["saas.billing.connection"]
        connections.search([("id", "!=", self.connection.id)]).active = False

    # ── health ───────────────────────────────────────────────────────────────────────────────

    def test_health_is_open_and_tells_nothing_of_the_business(self):
        response = self.get("health", token=None)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Content-Type"], "application/json")
        health = response.json()
        self.assertEqual(health.keys(), {"status", "checks"})
        self.assertEqual(health["checks"]["secrets"], "ok")
        for told in (self.connection.name, self.connection.account, self.env.cr.dbname):
            self.assertNotIn(told, response.text)

    def test_a_node_without_the_secrets_gets_no_webhooks(self):
        self.archive_others()
        with patch.dict(os.environ):
            del os.environ[SECRET_VARIABLE]
            response = self.get("health", token=None)
        self.assertEqual((response.status_code, response.json()["status"]), (503, "failing"))

    def test_what_a_person_has_to_mend_stops_no_webhooks(self):
        outcome = NeedsHuman("cause", "Mend it")
        self.handle_with(lambda _handler, batch: batch.reject(list(batch), outcome))
        self.process(self.receive(self.event()))
        response = self.get("health")
        self.assertEqual((response.status_code, response.json()["status"]), (200, "degraded"))
        [told] = [
            each
            for each in response.json()["connections"]
            if each["connection"] == self.connection.id
        ]
        self.assertEqual(told["checks"]["parked"]["level"], "red")

    def test_a_late_scheduled_action_is_told(self):
        self.archive_others()
        crons = self.env["ir.cron"].search([])
        crons.write({"nextcall": Datetime.now() + timedelta(hours=1)})
        self.env.flush_all()
        self.assertEqual(self.get("health").json()["checks"]["scheduled_actions"], "ok")
        workers = self.env["saas.billing.drain"]
        workers._set_workers("service", 1)
        self.env.flush_all()
        self.assertEqual(self.get("health").json()["checks"]["scheduled_actions"], "ok")
        drain = workers._get_workers("service")
        drain.active = False
        self.env.flush_all()
        self.assertEqual(self.get("health").json()["checks"]["scheduled_actions"], "degraded")
        drain.write({"active": True, "nextcall": Datetime.now() - timedelta(minutes=16)})
        self.env.flush_all()
        self.assertEqual(self.get("health").json()["checks"]["scheduled_actions"], "degraded")

    # ── metrics ──────────────────────────────────────────────────────────────────────────────

    def test_metrics_need_the_token(self):
        for token in (None, "", "other", TOKEN + "x"):
            self.assertEqual(self.get("metrics", token=token).status_code, 401, token)
        with patch.dict(os.environ):
            del os.environ["SAAS_BILLING_MONITOR_TOKEN"]
            for token in ("", "None", TOKEN):
                self.assertEqual(self.get("metrics", token=token).status_code, 401, token)

    def test_the_token_may_be_named_elsewhere_and_is_never_in_the_database(self):
        self.env["ir.config_parameter"].set_param("saas_billing.monitor_token_ref", "env:OTHER")
        with patch.dict(os.environ, {"OTHER": "other-token"}):
            self.assertEqual(self.get("metrics", token="other-token").status_code, 200)
        self.env["ir.config_parameter"].set_param("saas_billing.monitor_token_ref", "other-token")
        self.assertEqual(self.get("metrics", token="other-token").status_code, 401)

    def test_metrics_are_in_the_text_format(self):
        self.connection.name = 'Stripe "EU" \\ live\nnew'
        self.receive(self.event())
        response = self.get("metrics")
        self.assertEqual(response.headers["Content-Type"].split("; ")[1], "version=0.0.4")
        families = parse(response.text)
        for name in (
            "saas_billing_inbox_events",
            "saas_billing_inbox_oldest_seconds",
            "saas_billing_outcomes_total",
            "saas_billing_webhook_requests_total",
            "saas_billing_webhook_duration_seconds",
            "saas_billing_stripe_requests_total",
            "saas_billing_stripe_errors_total",
            "saas_billing_stripe_request_seconds_total",
            "saas_billing_last_event_timestamp_seconds",
            "saas_billing_scheduled_action_lag_seconds",
            "saas_billing_log_intact",
            "saas_billing_open_issues",
        ):
            self.assertIn(name, families)

    def test_the_inbox_is_told_by_state_age_and_last_event(self):
        events = self.receive(self.event(), self.event(), self.event())
        events[0].write({"state": "parked"})
        self.env.flush_all()
        self.assertEqual(self.values("saas_billing_inbox_events", state="pending"), [2])
        self.assertEqual(self.values("saas_billing_inbox_events", state="parked"), [1])
        [last] = self.values("saas_billing_last_event_timestamp_seconds")
        self.assertAlmostEqual(last, events[2].received_at.timestamp(), delta=1)

    def test_outcomes_are_told_by_class(self):
        outcome = NeedsHuman("unmapped_tax", "Map it")
        self.handle_with(lambda _handler, batch: batch.reject(list(batch), outcome))
        self.process(self.receive(self.event(), self.event()))
        told = self.values("saas_billing_outcomes_total", outcome="parked", cause="unmapped_tax")
        self.assertEqual(told, [2])

    @mute_logger("odoo.addons.saas_billing_connector.controllers.billing_webhook")
    def test_webhooks_are_counted_by_answer_with_their_latency(self):
        event = self.event()
        for _delivery in range(2):
            self.post(event)
        self.post(self.event(), secret="whsec_other")
        deadline = time.monotonic() + 5
        while sum(self.after._counts.values()) < 6 and time.monotonic() < deadline:
            time.sleep(0.01)  # answers are out before they are counted
        self.after.work()
        self.env.invalidate_all()
        for answer in ("stored", "duplicate", "400"):
            told = self.values("saas_billing_webhook_requests_total", answer=answer)
            self.assertEqual(told, [1], answer)
        _type, samples = parse(self.get("metrics").text)["saas_billing_webhook_duration_seconds"]
        mine = {
            (name, dict(labels).get("le")): value
            for (name, labels), value in samples.items()
            if ("connection", str(self.connection.id)) in labels
        }
        name = "saas_billing_webhook_duration_seconds"
        classes = [value for (sample, bound), value in mine.items() if bound]
        self.assertEqual(classes, sorted(classes))
        self.assertEqual(mine[f"{name}_bucket", "+Inf"], mine[f"{name}_count", None])
        self.assertEqual(mine[f"{name}_count", None], 3)
        self.assertGreater(mine[f"{name}_sum", None], 0)

    def test_a_round_adds_what_many_webhooks_counted_in_one_statement(self):
        calls = []
        metrics = type(self.env["saas.billing.metric"])
        self.patch(metrics, "_count", lambda _metrics, rows: calls.append(dict_of(rows)))
        for seconds in (0.001, 0.001, 0.3):
            self.after.note(None, webhook_counts(self.connection.id, "stored", seconds))
        self.after.work()
        mine = self.connection.id
        self.assertEqual(
            calls,
            [
                {
                    (mine, "webhook", "stored"): 3,
                    (mine, "webhook_seconds", "0.005"): 2,
                    (mine, "webhook_seconds", "0.5"): 1,
                    (mine, "webhook_seconds_sum", ""): 0.302,
                }
            ],
        )

    def test_old_counters_are_added_up_and_nothing_is_lost(self):
        self.env.cr.execute("DELETE FROM saas_billing_metric")
        for days, writer in ((0, 1), (3, 1), (3, 2), (3, 0), (150, 0), (151, 3)):
            self.env.cr.execute(
                """INSERT INTO saas_billing_metric
                          (connection_id, hour, name, label, value, writer)
                   VALUES (%s, date_trunc('hour', now() at time zone 'UTC')
                               - %s * interval '1 day', 'webhook', 'stored', 1, %s)""",
                (self.connection.id, days, writer),
            )
        for _twice in range(2):
            self.env["saas.billing.metric"]._gc_counters()
            self.assertEqual(self.values("saas_billing_webhook_requests_total"), [6])
            rows = self.env["saas.billing.metric"].search([("name", "=", "webhook")])
            self.assertIn(len(rows), (3, 4))
            self.assertIn(3, rows.mapped("value"))

    def test_metrics_take_a_fixed_number_of_statements(self):
        monitor = self.env["saas.billing.monitor"]
        monitor._render_metrics()
        self.env.flush_all()

        def statements():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            monitor._render_metrics()
            return self.env.cr.sql_log_count - before

        first = statements()
        self.connection.create(
            [{"name": f"Stripe {each}", "account": f"acct_{each}"} for each in range(4)]
        )
        self.env.flush_all()
        self.assertEqual(statements(), first)
        self.assertLessEqual(first, 10)
