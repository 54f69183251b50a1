"""A connection whose secret lives in the environment, and events signed as Stripe signs them."""

import hashlib
import hmac
import itertools
import json
import os
import time
from datetime import UTC, datetime
from unittest.mock import patch

from odoo.tests import TransactionCase

from ..providers.stripe import Envelope

SECRET_VARIABLE = "SAAS_TEST_WEBHOOK_SECRET"
SECRET = "whsec_test"
CREATED = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())


def sign(body, secret=SECRET, timestamp=None):
    """Value of `Stripe-Signature` for raw bytes."""
    timestamp = int(time.time()) if timestamp is None else timestamp
    digest = hmac.new(secret.encode(), b"%d." % timestamp + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


class ConnectorMixin:
    """Set-up shared by transaction and HTTP tests."""

    @classmethod
    def set_up_connection(cls, **values):
        cls.startClassPatcher(patch.dict(os.environ, {SECRET_VARIABLE: SECRET}))
        cls.connection = cls.env["saas.billing.connection"].create(
            {
                "name": "Stripe test account",
                "account": "acct_test",
                "webhook_secret_ref": f"env:{SECRET_VARIABLE}",
                **values,
            }
        )
        cls.numbers = itertools.count(1)

    def customer(self, external_id="cus_1", **values):
        return {
            "id": external_id,
            "object": "customer",
            "name": "Ada",
            "email": "ada@example.com",
        } | values

    def event(self, event_type="customer.created", obj=None, **values):
        """A snapshot event as a dict."""
        number = next(self.numbers)
        return {
            "id": f"evt_{number:04d}",
            "object": "event",
            "type": event_type,
            "api_version": "2026-08-26.dahlia",
            "created": CREATED + number,
            "livemode": False,
            "data": {"object": obj or self.customer()},
        } | values

    def receive(self, *events):
        """Store events as the controller would; the rows."""
        stored = self.env["saas.billing.event"]
        for event in events:
            text = json.dumps(event)
            stored._store(self.connection.id, Envelope.parse(text), text)
        return stored.search([("external_id", "in", [event["id"] for event in events])], order="id")

    def process(self, events):
        """Process events in this transaction, as the drain would."""
        self.env["saas.billing.drain"]._process_events(self.connection, events)
        events.invalidate_recordset()

    def drain(self, track="service"):
        """Let every worker of a track run its scheduled action once."""
        with self.enter_registry_test_mode():
            for worker in self.env["saas.billing.drain"]._get_workers(track):
                worker.method_direct_trigger()
        self.env.invalidate_all()

    def handle_with(self, function, *canonical_types):
        """Have `function(handler, batch)` handle the given canonical types."""
        handler = self.env["saas.billing.handler"]
        drain = self.env["saas.billing.drain"]
        self.patch(type(handler), "_process", function)
        handlers = dict.fromkeys(canonical_types or ("customer",), "saas.billing.handler")
        self.patch(type(drain), "_get_handlers", lambda self: handlers)


class ConnectorCase(ConnectorMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_connection()
