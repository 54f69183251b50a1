"""A connection whose Stripe is the simulator, over real HTTP."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from odoo.tests import TransactionCase

from .common import ConnectorMixin

# The simulator lives beside the addons: it serves the live tests and the demo too.
sys.path.append(str(Path(__file__).parents[2]))

from tests.stripe_simulator.simulator import StripeSimulator

API_BASE_VARIABLE = "SAAS_BILLING_STRIPE_API_BASE"
KEY_VARIABLE = "SAAS_TEST_READ_KEY"
KEY = "rk_test_51SimulatedKeyQ7xw"
START = datetime(2026, 1, 1, tzinfo=UTC)


class SimulatedCase(ConnectorMixin, TransactionCase):
    """Each test has an account of its own, whose clock stands still."""

    def setUp(self):
        super().setUp()
        self.simulator = StripeSimulator(START, retry_delays=())
        self.addCleanup(self.simulator.stop)
        variables = {API_BASE_VARIABLE: self.simulator.start(), KEY_VARIABLE: KEY}
        self.startPatcher(patch.dict(os.environ, variables))
        # Retries wait no wall time; the limiter is tested by itself.
        self.pauses = self.startPatcher(patch("stripe._http_client.time.sleep"))
        self.connection.write(
            {
                "account": self.simulator.world.settings.account_id,
                "read_key_ref": f"env:{KEY_VARIABLE}",
            }
        )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_connection()

    def ask(self, path, **params):
        """One changing request to the simulator."""
        return self.simulator.request("POST", f"/v1/{path}", params)

    def subscribe(self, name="Ada"):
        """A customer with a paid first invoice; the subscription."""
        product = self.ask("products", name="Plan")
        price = self.ask(
            "prices",
            product=product["id"],
            currency="usd",
            unit_amount=1000,
            recurring={"interval": "month"},
        )
        customer = self.ask(
            "customers",
            name=name,
            payment_method="pm_card_visa",
            invoice_settings={"default_payment_method": "pm_card_visa"},
        )
        return self.ask("subscriptions", customer=customer["id"], items=[{"price": price["id"]}])

    def inbox(self, source=None):
        """Events of the connection, the oldest row first."""
        domain = [("connection_id", "=", self.connection.id)]
        domain += [("source", "=", source)] if source else []
        return self.env["saas.billing.event"].search(domain, order="id")

    def run_cron(self, name):
        """Run a scheduled action as the server would."""
        with self.enter_registry_test_mode():
            self.env.ref(f"saas_billing_connector.{name}").method_direct_trigger()
        self.env.invalidate_all()
