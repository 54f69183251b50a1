"""The outcome table, and the drain around it."""

from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.service.server import Worker
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import errors as pg_errors

from ..canonical import MissingDependency, NeedsHuman, OutOfScope, Superseded, Transient
from ..models import billing_drain_claim, billing_drain_outcome
from .common import ConnectorCase

DRAIN = "odoo.addons.saas_billing_connector.models.billing_drain"
OUTCOME = "odoo.addons.saas_billing_connector.models.billing_drain_outcome"


@tagged("post_install", "-at_install")
class TestBillingDrain(ConnectorCase):
    def process_with(self, outcome, **event):
        def handle(_handler, batch):
            if outcome:
                batch.reject(list(batch), outcome)

        self.handle_with(handle)
        rows = self.receive(self.event(**event))
        self.process(rows)
        return rows

    def test_each_outcome_leads_to_its_state(self):
        table = [
            (None, "done"),
            (Superseded(), "superseded"),
            (OutOfScope("nothing to do"), "ignored"),
            (Transient("stripe_unreachable", "no route"), "retry"),
            (MissingDependency("customer", "cus_9"), "waiting"),
            (NeedsHuman("unmapped_tax", "Map it", key="txr_1"), "parked"),
        ]
        for outcome, state in table:
            event = self.process_with(outcome)
            self.assertEqual(event.state, state)
            self.assertEqual(event.attempts, 1)
            self.assertEqual(event.attempt_ids.outcome, state)

    def test_type_that_nobody_handles_is_ignored_with_a_reason(self):
        event = self.receive(self.event("invented.happened"))
        self.process(event)
        self.assertEqual(event.state, "ignored")
        self.assertIn("not handled", event.error_message)

    def test_object_that_lacks_a_field_is_parked_and_named(self):
        event = self.receive(self.event("product.created", {"id": "prod_1", "object": "product"}))
        self.process(event)
        self.assertEqual((event.state, event.error_code), ("parked", "invalid_data"))
        self.assertIn("lacks “name”", event.error_message)
        self.assertEqual(event.issue_id.key, "product.name")

    @mute_logger(OUTCOME)
    def test_unexpected_error_is_parked_with_its_traceback(self):
        def handle(_handler, _batch):
            raise ZeroDivisionError("oops")

        self.handle_with(handle)
        event = self.receive(self.event())
        self.process(event)
        self.assertEqual((event.state, event.error_code), ("parked", "unexpected"))
        self.assertIn("ZeroDivisionError", event.attempt_ids.traceback)

    def test_a_worker_that_is_out_of_cpu_time_is_no_fault_of_the_event(self):
        events = self.receive(*(self.event(obj=self.customer(f"cus_{n}")) for n in range(4)))

        def handle(_handler, batch):
            if events[1] in [change.event for change in batch]:
                Worker.signal_time_expired_handler(SimpleNamespace(pid=0), None, None)

        self.handle_with(handle)
        self.process(events)
        self.assertEqual(events.mapped("state"), ["done", "retry", "done", "done"])
        self.assertEqual(events[1].error_code, "time_limit")

    def test_one_bad_event_stops_nobody_else(self):
        def handle(handler, batch):
            for change in batch:
                handler.env["res.partner"].create({"name": f"partner {change.record.external_id}"})
                if change.record.external_id == "cus_bad":
                    raise NeedsHuman("bad", "Mend it")

        self.handle_with(handle)
        names = ["cus_1", "cus_bad", "cus_3"]
        events = self.receive(*(self.event(obj=self.customer(name)) for name in names))
        self.process(events)
        self.assertEqual(events.mapped("state"), ["done", "parked", "done"])
        partners = self.env["res.partner"].search([("name", "like", "partner cus_")])
        self.assertEqual(
            sorted(partners.mapped("name")),
            ["partner cus_1", "partner cus_3"],
            "what the failed event wrote is gone, the others wrote once",
        )

    @mute_logger(DRAIN, OUTCOME, "odoo.sql_db")
    def test_an_outcome_that_cannot_be_recorded_stops_nobody_else(self):
        def handle(_handler, batch):
            for change in batch:
                if change.record.external_id == "cus_bad":
                    change.reject(NeedsHuman("bad", "PostgreSQL refuses \x00", key="cus_bad"))

        self.handle_with(handle)
        names = ["cus_1", "cus_bad", "cus_3"]
        events = self.receive(*(self.event(obj=self.customer(name)) for name in names))
        self.drain()
        self.assertEqual(events.mapped("state"), ["done", "parked", "done"])
        self.assertEqual(events.mapped("attempts"), [1, 1, 1])
        self.assertEqual(events[1].error_code, "unexpected")
        self.assertEqual(events[1].issue_id.state, "open")

    def test_what_is_parked_while_its_issue_closes_comes_back_under_an_open_one(self):
        event = self.process_with(NeedsHuman("unmapped_tax", "Map it", key="txr_1"))
        closed = event.issue_id
        closed.write({"state": "closed", "closed_at": fields.Datetime.now()})
        self.receive(self.event(obj=self.customer("cus_2")))
        self.drain()
        self.drain()
        self.assertEqual((event.state, event.issue_id.state), ("parked", "open"))
        self.assertEqual(event.issue_id.previous_id, closed)

    def test_a_waiting_event_wakes_when_its_object_is_bound(self):
        event = self.process_with(MissingDependency("customer", "cus_9"))
        self.assertEqual(event.waiting_on, "customer:cus_9")

        def handle(handler, batch):
            for change in batch:
                if change.record.external_id == "cus_9":
                    partner = handler.env["res.partner"].create({"name": "Nine"})
                    handler._bind(batch, "customer", [(change, "cus_9", partner)])

        self.handle_with(handle)
        event.next_attempt_at = "2999-01-01 00:00:00"
        self.receive(self.event(obj=self.customer("cus_9")))
        self.drain()
        self.assertEqual((event.state, event.waiting_on), ("done", False))

    def test_an_event_on_another_track_is_woken_and_its_workers_told(self):
        event = self.process_with(MissingDependency("customer", "cus_9"))
        self.env["saas.billing.link"].create(
            {
                "connection_id": self.connection.id,
                "object_type": "customer",
                "external_id": "cus_9",
                "res_model": "res.partner",
                "res_id": self.env.user.partner_id.id,
                "version": "1",
            }
        )
        self.drain("accounting")
        self.assertEqual((event.state, event.waiting_on), ("pending", False))
        workers = self.env["saas.billing.drain"]._get_workers("service")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "in", workers.ids)])
        self.assertEqual(triggers.cron_id, workers)

    def test_what_waited_long_enough_is_tried_again(self):
        event = self.process_with(Transient("stripe_unreachable", "no route"))
        self.handle_with(lambda handler, batch: None)
        event.next_attempt_at = "2999-01-01 00:00:00"
        self.drain()
        self.assertEqual((event.state, event.attempts), ("retry", 1))
        event.next_attempt_at = "2026-01-01 00:00:00"
        self.drain()
        self.assertEqual((event.state, event.attempts), ("done", 2))

    def test_waiting_ends_with_a_person(self):
        event = self.process_with(MissingDependency("customer", "cus_9"))
        for _attempt in range(billing_drain_outcome.ATTEMPT_LIMIT):
            self.process(event)
        self.assertEqual((event.state, event.error_code), ("parked", "dependency"))
        self.assertEqual(event.issue_id.key, "customer:cus_9")

    def test_backoff_doubles_with_jitter_up_to_a_limit(self):
        drain = self.env["saas.billing.drain"]
        for tries, longest in ((1, 5), (2, 10), (5, 80), (40, 3600)):
            seconds = drain._get_backoff(tries).total_seconds()
            self.assertTrue(longest / 2 <= seconds <= longest, (tries, seconds))

    def test_the_scheduled_actions_drain_everything_that_is_due(self):
        handled = []
        self.handle_with(lambda handler, batch: handled.append(len(batch)))
        events = self.receive(*(self.event(obj=self.customer(f"cus_{n}")) for n in range(7)))
        with patch.object(billing_drain_claim, "BATCH_SIZE", 3):
            self.drain()
        self.assertEqual(set(events.mapped("state")), {"done"})
        self.assertEqual(sum(handled), 7)
        self.assertLessEqual(max(handled), 3)

    def test_a_body_that_cannot_be_read_is_parked_and_stops_nobody(self):
        self.handle_with(lambda handler, batch: None)
        events = self.receive(self.event(), self.event(obj=self.customer("cus_2")))
        self.env.cr.execute(
            "UPDATE saas_billing_event SET body = '{' WHERE id = %s", [events[0].id]
        )
        with mute_logger(OUTCOME):
            self.drain()
        self.assertEqual(events.mapped("state"), ["parked", "done"])

    def test_archived_connection_is_not_drained(self):
        self.handle_with(lambda handler, batch: None)
        event = self.receive(self.event())
        self.connection.active = False
        self.drain()
        self.assertEqual(event.state, "pending")

    def test_lost_race_is_tried_again_and_not_counted(self):
        tries = []

        def handle(_handler, batch):
            tries.append(len(batch))
            if len(tries) < 3:
                raise pg_errors.SerializationFailure("could not serialize access")

        self.handle_with(handle)
        event = self.receive(self.event())
        self.drain()
        self.assertEqual((event.state, event.attempts, len(tries)), ("done", 1, 3))

    def test_an_object_bound_by_another_transaction_meanwhile_is_tried_again_later(self):
        partner = self.env.user.partner_id

        def handle(handler, batch):
            for change in batch:
                handler._bind(batch, "customer", [(change, "cus_taken", partner)])

        self.handle_with(handle)
        with mute_logger("odoo.sql_db"):
            events = self.receive(self.event(), self.event(obj=self.customer("cus_2")))
            self.process(events)
        self.assertEqual(events.mapped("state"), ["done", "retry"])
        self.assertEqual(events[1].error_code, "bound_meanwhile")

    def test_changes_of_one_type_arrive_together_and_before_what_refers_to_them(self):
        seen = []

        def handle(_handler, batch):
            seen.append([type(change.record).__name__ for change in batch])

        self.handle_with(handle, "customer", "product")
        product = {"id": "prod_1", "object": "product", "name": "Plan"}
        events = self.receive(
            self.event("product.created", product),
            self.event(),
            self.event("product.updated", product),
        )
        self.process(events)
        self.assertEqual(seen, [["Customer"], ["Product", "Product"]])
