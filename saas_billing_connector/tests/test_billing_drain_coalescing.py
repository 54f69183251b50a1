"""Of several snapshots of one object only the newest is read, where it tells all."""

from unittest.mock import patch

from odoo.tests import tagged

from ..canonical import MissingDependency, NeedsHuman, Superseded
from ..providers.stripe import StripeAdapter
from .common import ConnectorCase


@tagged("post_install", "-at_install")
class TestBillingDrainCoalescing(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.handled = []
        self.patch(type(self.env["saas.billing.handler"]), "_newest_tells_all", True)

    def snapshots(self, outcome=None, count=3):
        """Events of one customer, processed in one batch that ends in `outcome`."""

        def handle(_handler, batch):
            self.handled += [change.event for change in batch]
            if outcome:
                batch.reject(list(batch), outcome)

        self.handle_with(handle)
        events = self.receive(
            *(
                self.event("customer.updated", self.customer(name=f"Ada {number}"))
                for number in range(count)
            )
        )
        self.process(events)
        return events

    def test_only_the_newest_is_handled_and_the_others_are_superseded(self):
        events = self.snapshots()
        self.assertEqual(self.handled, [events[2]])
        self.assertEqual(events.mapped("state"), ["superseded", "superseded", "done"])
        self.assertEqual(events.mapped("attempts"), [1, 1, 1])
        self.assertEqual(len(events.attempt_ids), 3, "each has its attempt")

    def test_the_newest_is_told_by_when_it_happened_not_by_when_it_came(self):
        self.handle_with(lambda handler, batch: self.handled.extend(batch))
        newest, oldest = self.event("customer.updated"), self.event("customer.updated")
        newest["created"], oldest["created"] = oldest["created"], newest["created"]
        events = self.receive(newest, oldest)
        self.process(events)
        self.assertEqual(events.mapped("state"), ["done", "superseded"])

    def test_within_one_second_what_cannot_be_taken_back_is_the_newest(self):
        created = self.event()["created"]
        events = self.receive(
            self.event("customer.deleted", created=created),
            self.event("customer.updated", created=created),
            self.event("customer.created", created=created),
        )
        self.handle_with(lambda handler, batch: self.handled.extend(batch))
        self.process(events)
        self.assertEqual(events.mapped("state"), ["done", "superseded", "superseded"])

    def test_bodies_of_the_others_are_not_read(self):
        unread = NeedsHuman("unread", "Not now")
        with patch.object(StripeAdapter, "parse", side_effect=unread) as parse:
            self.snapshots()
        self.assertEqual(parse.call_count, 1)

    def test_a_parked_newest_parks_the_others_under_the_same_issue(self):
        outcome = NeedsHuman("unmapped", "Map it", key="x", amount=10, currency="USD")
        events = self.snapshots(outcome)
        self.assertEqual(set(events.mapped("state")), {"parked"})
        self.assertEqual(len(events.issue_id), 1)
        self.assertEqual(sum(events.mapped("stake_amount")), 10, "one document, one stake")

    def test_a_waiting_newest_has_the_others_wait_for_the_same(self):
        events = self.snapshots(MissingDependency("price", "price_1"))
        self.assertEqual(set(events.mapped("state")), {"waiting"})
        self.assertEqual(set(events.mapped("waiting_on")), {"price:price_1"})

    def test_a_superseded_newest_supersedes_the_others(self):
        events = self.snapshots(Superseded())
        self.assertEqual(set(events.mapped("state")), {"superseded"})

    def test_objects_of_one_id_but_another_type_are_apart(self):
        product = {"id": "same", "object": "product", "name": "Plan"}
        self.handle_with(lambda handler, batch: self.handled.extend(batch), "customer", "product")
        events = self.receive(
            self.event(obj=self.customer("same")), self.event("product.created", product)
        )
        self.process(events)
        self.assertEqual(set(events.mapped("state")), {"done"})

    def test_a_handler_that_needs_every_event_gets_every_event(self):
        self.patch(type(self.env["saas.billing.handler"]), "_newest_tells_all", False)
        events = self.snapshots()
        self.assertEqual(self.handled, list(events))
        self.assertEqual(set(events.mapped("state")), {"done"})
