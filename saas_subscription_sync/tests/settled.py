"""A company whose Stripe is the simulator, and what it says arrives in the inbox."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from odoo.addons.saas_billing_connector.tests.simulated import API_BASE_VARIABLE

from .common import SyncCase

# The simulator lives beside the addons: it serves the live tests and the demo too.
sys.path.append(str(Path(__file__).parents[2]))

from tests.stripe_simulator.settlement_story import SettlementStory
from tests.stripe_simulator.simulator import StripeSimulator

__all__ = ["START", "SettlementStory", "SimulatedSyncCase", "StripeSimulator"]

KEY_VARIABLE = "SAAS_TEST_READ_KEY"
START = datetime(2026, 1, 1, tzinfo=UTC)
OPEN_STATES = ("pending", "retry", "waiting")


class SimulatedSyncCase(SyncCase):
    """No webhooks: the simulator's events are put into the inbox by `receive`."""

    def setUp(self):
        super().setUp()
        self.simulator = self.get_simulator()
        variables = {
            API_BASE_VARIABLE: self.simulator.url,
            KEY_VARIABLE: "rk_test_51SimulatedKeyQ7xw",
        }
        self.startPatcher(patch.dict(os.environ, variables))
        self.connection.sudo().write(
            {
                "account": self.simulator.world.settings.account_id,
                "read_key_ref": f"env:{KEY_VARIABLE}",
            }
        )

    def get_simulator(self):
        """A Stripe of the test's own, whose clock stands still."""
        simulator = StripeSimulator(START, retry_delays=())
        simulator.start()
        self.addCleanup(simulator.stop)
        return simulator

    def ask(self, path, **params):
        """One changing request to the simulator."""
        return self.simulator.request("POST", f"/v1/{path}", params)

    def receive(self, events=None):
        """Put the simulator's events into the inbox, and process all that is due."""
        events = self.simulator.events if events is None else events
        events = json.loads(json.dumps(list(events)))
        self.connection._store_polled(events)
        self.drain()

    def drain(self, size=100):
        """Process the inbox until nothing gets further."""
        drain = self.env["saas.billing.drain"]
        before = None
        while (due := self._get_due()) and due != before:
            before = due
            for start in range(0, len(due), size):
                drain._process_events(self.connection, due[start : start + size])
            self.env.flush_all()

    def _get_due(self):
        domain = [("connection_id", "=", self.connection.id), ("state", "in", OPEN_STATES)]
        return self.env["saas.billing.event"].sudo().search(domain, order="id")

    def read_balance(self):
        """Read what moved the balance and what payouts contain, as the scheduled action does."""
        connection = self.connection.sudo()
        for step in (connection._read_movements, connection._read_contents):
            while connection._read_settlement(step):
                pass
        self.assertFalse(connection.settle_error)
        self.drain()
