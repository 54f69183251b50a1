"""Raw bodies go when their time is over; what was read, and every digest, stays."""

import hashlib
from datetime import timedelta

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Datetime
from odoo.tests import tagged

from ..canonical import NeedsHuman
from .common import ConnectorCase


@tagged("post_install", "-at_install")
class TestBillingRetention(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.names = []
        self.handle_with(
            lambda _handler, batch: self.names.extend(change.record.name for change in batch)
        )

    def age(self, events, days):
        events.write({"processed_at": Datetime.now() - timedelta(days=days)})
        events.flush_recordset()

    def remove(self):
        self.env["saas.billing.event"]._gc_bodies()
        self.env.invalidate_all()

    def test_finished_events_lose_their_body_and_nothing_else(self):
        events = self.receive(self.event(), self.event(), self.event("invented.happened"))
        self.process(events)
        self.age(events[::2], 401)
        kept = [(event.canonical, event.body_sha256, event.state) for event in events]
        bodies = events.mapped("body")
        self.remove()
        self.assertEqual(events.mapped("body"), [False, bodies[1], False])
        self.assertEqual([bool(event.body_removed_at) for event in events], [True, False, True])
        self.assertEqual(
            kept, [(event.canonical, event.body_sha256, event.state) for event in events]
        )
        self.assertEqual(events[0].body_sha256, hashlib.sha256(bodies[0].encode()).hexdigest())

    def test_unfinished_events_keep_their_body(self):
        outcome = NeedsHuman("cause", "Mend it")
        self.handle_with(lambda _handler, batch: batch.reject(list(batch), outcome))
        events = self.receive(self.event())
        self.process(events)
        self.age(events, 500)
        self.remove()
        self.assertTrue(events.body)

    def test_each_connection_has_its_own_time_and_zero_keeps_all(self):
        events = self.receive(self.event())
        self.process(events)
        self.age(events, 100)
        for days, kept in ((0, True), (120, True), (90, False)):
            self.connection.retention_days = days
            self.remove()
            self.assertEqual(bool(events.body), kept, days)

    def test_less_than_the_provider_keeps_is_refused(self):
        for days in (34, -1):
            with self.assertRaises(ValidationError):
                self.connection.retention_days = days

    def test_replay_without_a_body_works_from_what_was_read(self):
        event = self.receive(self.event())
        self.process(event)
        self.age(event, 401)
        self.remove()
        event._requeue()
        self.process(event)
        self.assertEqual((event.state, self.names), ("done", ["Ada", "Ada"]))

    def test_replay_of_what_was_never_read_asks_for_an_import(self):
        event = self.receive(self.event())
        self.process(event)
        self.age(event, 401)
        event.canonical = False
        self.remove()
        event._requeue()
        self.process(event)
        self.assertEqual((event.state, event.error_code), ("parked", "body_removed"))

    def test_nobody_else_may_touch_a_body(self):
        event = self.receive(self.event())
        for values in ({"body": False}, {"body_removed_at": Datetime.now()}):
            with self.assertRaises(UserError):
                event.sudo().write(values)
