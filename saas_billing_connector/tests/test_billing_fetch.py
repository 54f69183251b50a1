"""Missing objects: read once, bound, and what waited goes on."""

from odoo.tests import tagged
from odoo.tools import file_open

from ..canonical import MissingDependency
from ..models import billing_fetch
from .simulated import KEY, SimulatedCase


@tagged("post_install", "-at_install")
class TestBillingFetch(SimulatedCase):
    def setUp(self):
        super().setUp()
        self.patch(billing_fetch, "GRACE", -1)
        self.handle_with(self._handle, "customer", "product")

    @staticmethod
    def _handle(handler, batch):
        """Products wait for their customer; customers are bound."""
        for change in batch:
            record = change.record
            if hasattr(record, "email"):
                partner = handler.env["res.partner"].create({"name": record.name})
                handler._bind(batch, "customer", [(change, record.external_id, partner)])
            elif not handler._get_links(batch, "customer", [record.name]):
                change.reject(MissingDependency("customer", record.name))

    def wait_for(self, customer_id, **values):
        """An event that waits for a customer."""
        product = {"id": f"prod_{customer_id}", "object": "product", "name": customer_id}
        event = self.receive(self.event("product.created", product, **values))
        self.process(event)
        self.assertEqual(event.state, "waiting")
        return event

    def fetch(self):
        self.run_cron("cron_fetch")

    def test_a_missing_object_is_fetched_and_what_waited_is_done(self):
        customer = self.ask("customers", name="Ada")
        event = self.wait_for(customer["id"])
        self.fetch()
        row = self.inbox("backfill")
        self.assertEqual((row.event_type, row.object_id), ("customer.imported", customer["id"]))
        self.assertEqual(event.fetched_on, f"customer:{customer['id']}")
        self.process(row)
        self.env["saas.billing.event"]._wake()
        self.process(event)
        self.assertEqual(event.state, "done")

    def test_each_object_is_asked_for_once_however_many_wait(self):
        customer = self.ask("customers", name="Ada")["id"]
        product = {"id": "prod_2", "object": "product", "name": customer}
        self.process(self.receive(self.event("product.created", product)))
        self.wait_for(customer)
        self.fetch()
        self.fetch()
        self.assertEqual(len(self.inbox("backfill")), 1)
        calls = self.env["saas.billing.metric"].search(
            [("connection_id", "=", self.connection.id), ("name", "=", "api_calls")]
        )
        self.assertEqual(sum(calls.mapped("value")), 1)

    def test_an_object_that_is_in_the_inbox_is_left_to_the_drain(self):
        customer = self.ask("customers", name="Ada")["id"]
        self.wait_for(customer)
        self.receive(self.event(obj=self.customer(customer)))
        self.fetch()
        self.assertFalse(self.inbox("backfill"))

    def test_a_young_webhook_gets_time_to_arrive(self):
        self.patch(billing_fetch, "GRACE", 3600)
        self.wait_for(self.ask("customers", name="Ada")["id"])
        self.fetch()
        self.assertFalse(self.inbox("backfill"))

    def test_what_stripe_does_not_have_is_parked_with_its_cause(self):
        event = self.wait_for("cus_absent")
        self.fetch()
        self.assertEqual((event.state, event.error_code), ("parked", "not_at_provider"))
        self.assertIn("no customer cus_absent", event.issue_id.title)

    def test_what_the_drain_has_finished_meanwhile_is_left_alone(self):
        event = self.wait_for("cus_absent")
        ((connection, keys),) = self.env["saas.billing.event"]._get_wanted().items()
        event.write({"state": "done", "waiting_on": False})
        self.env["saas.billing.event"]._fetch_batch(connection, keys)
        self.assertEqual((event.state, event.attempts), ("done", 1))
        self.assertFalse(event.issue_id)

    def test_a_missing_permission_parks_under_its_own_cause(self):
        self.simulator.keys.restrict(KEY, {"invoice": "read"})
        event = self.wait_for(self.ask("customers", name="Ada")["id"])
        self.fetch()
        self.assertEqual((event.state, event.error_code), ("parked", "stripe_permission"))
        self.simulator.keys.restrict(KEY, {"customer": "read"})
        event.issue_id._replay()
        self.process(event)
        self.fetch()
        self.assertEqual(len(self.inbox("backfill")), 1)

    def test_an_outage_parks_nothing_and_is_tried_again(self):
        event = self.wait_for(self.ask("customers", name="Ada")["id"])
        self.simulator.api_faults.add(503, count=4)
        self.fetch()
        self.assertEqual((event.state, event.fetched_on), ("waiting", False))
        self.fetch()
        self.assertEqual(len(self.inbox("backfill")), 1)

    def test_without_a_key_it_waits(self):
        event = self.wait_for(self.ask("customers", name="Ada")["id"])
        self.connection.read_key_ref = False
        self.fetch()
        self.assertEqual((event.state, event.fetched_on), ("waiting", False))

    def test_what_was_read_has_its_own_dependencies_fetched_at_once(self):
        """Through real drains: no minute passes for each step of a chain."""
        cron = self.env.ref("saas_billing_connector.cron_fetch")
        triggers = self.env["ir.cron.trigger"]
        product = {"id": "prod_1", "object": "product", "name": "cus_absent"}
        self.process(self.receive(self.event("product.created", product)))
        self.assertFalse(triggers.search_count([("cron_id", "=", cron.id)]), "a webhook may come")
        self.ask("products", name="cus_absent")
        (obj,) = self.connection._get_reader().iterate("product")
        event = self.connection._get_adapter().imported(obj, 1, livemode=False)
        self.env["saas.billing.event"]._store_new(self.connection, [event], "backfill")
        self.process(self.inbox("backfill"))
        self.assertTrue(triggers.search_count([("cron_id", "=", cron.id)]))

    def test_a_neutralised_copy_asks_stripe_nothing(self):
        event = self.wait_for(self.ask("customers", name="Ada")["id"])
        started = self.env["saas.billing.import"].create({"connection_id": self.connection.id})
        started.action_start()
        self.env.flush_all()
        with file_open("saas_billing_connector/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        asked = []
        self.patch(type(self.connection), "_get_reader", lambda each: asked.append(each))
        for name in ("cron_poll", "cron_fetch", "cron_import"):
            self.run_cron(name)
        self.assertFalse(asked)
        self.assertEqual((event.state, started.state), ("waiting", "running"))
