"""The webhook's answers, over real HTTP."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..canonical import NeedsHuman
from ..controllers.after_answer import AfterAnswer
from ..controllers.billing_webhook import MAX_BODY
from .common import SECRET, ConnectorMixin, sign

CONTROLLER = "odoo.addons.saas_billing_connector.controllers.billing_webhook"


@tagged("post_install", "-at_install")
class TestBillingWebhook(ConnectorMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_connection()

    def post(self, event, *, body=None, header=None, token=None, secret=SECRET):
        body = json.dumps(event).encode() if body is None else body
        headers = {"Content-Type": "application/json"}
        if header is not False:
            headers["Stripe-Signature"] = header or sign(body, secret)
        return self.url_open(
            f"/saas_billing/stripe/{token or self.connection.webhook_token}",
            data=body,
            headers=headers,
        )

    def stored(self):
        return self.env["saas.billing.event"].search([("connection_id", "=", self.connection.id)])

    def assertRefused(self, response, status):
        self.assertEqual(response.status_code, status, response.text)
        self.assertFalse(self.stored())

    def test_signed_event_is_stored_as_received(self):
        event = self.event()
        body = json.dumps(event, indent=3).encode() + b"\n"
        response = self.post(event, body=body)
        self.assertEqual((response.status_code, response.text), (200, "stored"))
        row = self.stored()
        self.assertEqual(row.body.encode(), body)
        self.assertEqual(row.external_id, event["id"])
        self.assertEqual((row.state, row.source, row.track), ("pending", "webhook", "service"))
        self.assertEqual((row.lane, row.object_id), ("cus_1", "cus_1"))

    def test_duplicate_is_acknowledged_and_stored_once(self):
        event = self.event()
        self.post(event)
        response = self.post(event)
        self.assertEqual((response.status_code, response.text), (200, "duplicate"))
        self.assertEqual(len(self.stored()), 1)

    def test_unhandled_type_is_stored(self):
        response = self.post(self.event("invented.happened"))
        self.assertEqual(response.status_code, 200)
        self.assertEqual(self.stored().event_type, "invented.happened")

    def test_a_webhook_wakes_the_workers_of_its_track(self):
        workers = self.env["saas.billing.drain"]._get_workers("service")
        self.env["ir.cron.trigger"].search([]).unlink()
        noted = threading.Event()
        with patch.object(AfterAnswer, "note", lambda _after, _track, _counts: noted.set()):
            self.post(self.event())
            self.assertTrue(noted.wait(5), "once the answer is out")
        after = AfterAnswer(self.env.cr.dbname)
        after.note("service", {})
        after.work()
        after.work()
        triggers = self.env["ir.cron.trigger"].search([])
        self.assertEqual((triggers.cron_id, len(triggers)), (workers, len(workers)), "told once")

    def test_an_answer_takes_at_most_three_statements_more_than_an_empty_route(self):
        def count(request):
            before = self.cr.sql_log_count
            response = request()
            self.assertEqual(response.status_code, 200)
            return self.cr.sql_log_count - before

        self.post(self.event())  # fills the caches of the worker
        event = self.event()
        empty = count(lambda: self.url_open("/web/health"))
        stored = count(lambda: self.post(event))
        duplicate = count(lambda: self.post(event))
        self.assertLessEqual(stored - empty, 3)
        self.assertLessEqual(duplicate - empty, 3)
        self.assertGreater(stored, empty, "the count sees the insert")

    def test_rolled_secret_is_accepted(self):
        self.connection.webhook_secret_ref = "env:SAAS_TEST_ABSENT"
        self.connection.webhook_secret_previous_ref = "env:SAAS_TEST_WEBHOOK_SECRET"
        self.assertEqual(self.post(self.event()).status_code, 200)

    @mute_logger(CONTROLLER)
    def test_wrong_signature_is_refused(self):
        self.assertRefused(self.post(self.event(), secret="whsec_other"), 400)

    @mute_logger(CONTROLLER)
    def test_changed_body_is_refused(self):
        event = self.event()
        header = sign(json.dumps(event).encode())
        event["type"] = "customer.deleted"
        self.assertRefused(self.post(event, header=header), 400)

    @mute_logger(CONTROLLER)
    def test_missing_signature_is_refused(self):
        self.assertRefused(self.post(self.event(), header=False), 400)

    @mute_logger(CONTROLLER)
    def test_stale_signature_is_refused(self):
        event = self.event()
        header = sign(json.dumps(event).encode(), timestamp=int(time.time()) - 301)
        self.assertRefused(self.post(event, header=header), 400)

    @mute_logger(CONTROLLER)
    def test_without_a_secret_nothing_is_believed(self):
        self.connection.webhook_secret_ref = "env:SAAS_TEST_ABSENT"
        self.assertRefused(self.post(self.event()), 400)

    def test_wrong_mode_is_refused(self):
        self.assertRefused(self.post(self.event(livemode=True)), 400)

    def test_unknown_connection_is_not_found(self):
        self.assertRefused(self.post(self.event(), token="nobody"), 404)

    def test_archived_connection_is_not_found(self):
        self.connection.active = False
        self.assertRefused(self.post(self.event()), 404)

    def test_a_copied_database_refuses_so_that_stripe_tries_again(self):
        self.connection.livemode = True
        self.env["ir.config_parameter"].sudo().set_param("database.uuid", "another")
        self.assertRefused(self.post(self.event(livemode=True)), 503)

    def test_too_large_a_body_is_refused(self):
        self.assertRefused(self.post(None, body=b"x" * (MAX_BODY + 1)), 413)

    @mute_logger(CONTROLLER)
    def test_bodies_that_nobody_can_process_disturb_no_other(self):
        huge = json.dumps(self.event(obj=self.customer(name="x" * 5 * 1024 * 1024))).encode()
        before, after = self.event(), self.event()
        answers = [
            self.post(before).status_code,
            self.post(None, body=huge).status_code,
            self.post(None, body=b'{"id": "\xff"}').status_code,
            self.post(after).status_code,
        ]
        self.assertEqual(answers, [200, 413, 400, 200])
        self.assertEqual(set(self.stored().mapped("external_id")), {before["id"], after["id"]})

    @mute_logger(CONTROLLER)
    def test_broken_json_is_refused(self):
        for body in (b'{"id": "evt_1"', b"[" * 100_000):
            self.assertRefused(self.post(None, body=body), 400)

    def test_texts_that_no_database_can_hold_are_stored_and_stop_nobody(self):
        strange = self.event(id="evt_\0", obj=self.customer(name="A\0da \ud800"))
        body = json.dumps(strange).encode()
        self.assertEqual(self.post(strange).status_code, 200)
        self.assertEqual(self.post(self.event()).status_code, 200)
        self.handle_with(
            lambda _handler, batch: batch.reject(
                list(batch), NeedsHuman("name", list(batch)[0].record.name)
            )
        )
        events = self.stored().sorted("id")
        self.process(events)
        self.assertEqual(events.mapped("state"), ["parked", "parked"])
        self.assertEqual(events[0].external_id, "evt_\ufffd")
        self.assertEqual(events[0].body.encode(), body, "as received, escapes and all")
        self.assertEqual(events[0].error_message, "A\ufffdda \ufffd")

    def test_events_of_last_year_and_of_tomorrow_are_processed_by_their_own_time(self):
        now = datetime.now(UTC).replace(microsecond=0)
        times = [now - timedelta(days=365), now + timedelta(days=1)]
        for number, moment in enumerate(times):
            event = self.event(obj=self.customer(f"cus_{number}"), created=int(moment.timestamp()))
            self.assertEqual(self.post(event).status_code, 200)
        seen = []
        self.handle_with(
            lambda _handler, batch: seen.extend(change.occurred_at for change in batch)
        )
        events = self.stored().sorted("id")
        self.process(events)
        self.assertEqual(events.mapped("state"), ["done", "done"])
        self.assertEqual(seen, times)

    @mute_logger(CONTROLLER)
    def test_invalid_utf8_is_refused(self):
        self.assertRefused(self.post(None, body=b'{"id": "\xff"}'), 400)

    @mute_logger(CONTROLLER)
    def test_json_that_is_no_event_is_refused(self):
        for body in (b"[]", b"null", b'{"id": "evt_1"}', b'{"id": 7, "type": "x", "data": {}}'):
            self.assertRefused(self.post(None, body=body), 400)

    @mute_logger(CONTROLLER)
    def test_thin_event_is_refused_with_the_setting_to_change(self):
        response = self.post({"object": "v2.core.event", "id": "evt_1", "type": "v1.invoice.paid"})
        self.assertRefused(response, 400)
        self.assertIn("Snapshot", response.text)

    @mute_logger(CONTROLLER)
    def test_an_event_of_another_connected_account_is_refused_and_says_what_to_do(self):
        response = self.post(self.event(account="acct_somebody"))
        self.assertRefused(response, 400)
        self.assertIn("acct_somebody", response.text)
        self.assertIn("listen to your own account", response.text)

    def test_an_event_that_names_this_account_is_stored(self):
        response = self.post(self.event(account=self.connection.account))
        self.assertEqual(response.status_code, 200)
