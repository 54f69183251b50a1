"""The webhook's answers, over real HTTP."""

import json
import time

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..controllers.stripe_webhook import MAX_BODY
from .common import SECRET, ConnectorMixin, sign

CONTROLLER = "odoo.addons.saas_billing_connector.controllers.stripe_webhook"


@tagged("post_install", "-at_install")
class TestStripeWebhook(ConnectorMixin, HttpCase):
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

    def test_a_webhook_wakes_the_drain(self):
        cron = self.env.ref("saas_billing_connector.cron_drain_service")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.env["ir.cron.trigger"].browse(triggers.ids).unlink()
        self.post(self.event())
        time.sleep(1.01)
        self.post(self.event())
        self.assertTrue(self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]))

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
    def test_broken_json_is_refused(self):
        self.assertRefused(self.post(None, body=b'{"id": "evt_1"'), 400)

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
