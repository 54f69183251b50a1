"""Schedules: what is agreed to come is shown with the subscription."""

from datetime import datetime

from freezegun import freeze_time
from odoo.addons.saas_billing_connector.canonical import MissingDependency

from . import factory
from .common import SyncCase


@freeze_time("2026-02-15")
class TestSubscriptionSchedule(SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver(
            factory.customer(),
            factory.product(),
            factory.price(),
            factory.price("price_2", "2400"),
            self.change(factory.subscription(), kind="created"),
        )
        self.now = factory.phase(factory.at(1), factory.at(3), "price_1")
        self.later = factory.phase(
            factory.at(3), factory.at(9), "price_2", quantity="3", trial_end=factory.at(4)
        )

    def phases(self):
        return [
            (phase.phase, phase.catalog_mapping_id.external_id, phase.quantity, phase.progress)
            for phase in self.bound("subscription", "sub_1").phase_ids
        ]

    def test_phases_are_shown_with_their_subscription(self):
        (change,) = self.deliver(factory.schedule("sched", self.now, self.later))
        self.assertDone(change)
        self.assertEqual(self.phases(), [(1, "price_1", 1.0, "now"), (2, "price_2", 3.0, "coming")])
        schedule = self.bound("subscription_schedule", "sched")
        self.assertRecordValues(
            schedule,
            [{"state": "active", "end_behavior": "release", "ended_at": False}],
        )
        self.assertEqual(schedule.phase_ids[1].trial_end, datetime(2026, 4, 1))

    def test_newest_snapshot_wins_in_any_order(self):
        changes = [
            self.change(factory.schedule("sched", self.now)),
            self.change(factory.schedule("sched", self.now, self.later)),
            self.change(
                factory.schedule("sched", self.later, status="released", ended_at=factory.at(2, 10))
            ),
        ]
        for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0, 1)):
            with self.subTest(order), self.env.cr.savepoint() as savepoint:
                for index in order:
                    self.deliver(changes[index])
                self.assertEqual(self.phases(), [(1, "price_2", 3.0, "dropped")])
                self.assertEqual(self.bound("subscription_schedule", "sched").state, "released")
                savepoint.rollback()
            self.env.invalidate_all()

    def test_what_is_as_it_was_keeps_its_row(self):
        self.deliver(factory.schedule("sched", self.now, self.later))
        schedule = self.bound("subscription_schedule", "sched")
        rows = schedule.phase_ids
        fewer = factory.phase(factory.at(3), factory.at(9), "price_2", quantity="2")
        self.deliver(factory.schedule("sched", self.now, fewer))
        self.assertEqual(schedule.phase_ids, rows)
        self.assertEqual(rows[1].quantity, 2.0)

    def test_before_it_begins_it_has_no_subscription(self):
        (change,) = self.deliver(
            factory.schedule("sched", self.later, subscription_id=None, status="not_started")
        )
        self.assertDone(change)
        self.assertFalse(self.bound("subscription_schedule", "sched").subscription_id)

    def test_waits_for_what_it_refers_to(self):
        unknown = factory.phase(factory.at(3), factory.at(9), "price_9")
        for record, key in (
            (factory.schedule("s1", self.now, customer_id="cus_9"), "customer:cus_9"),
            (factory.schedule("s2", self.now, subscription_id="sub_9"), "subscription:sub_9"),
            (factory.schedule("s3", unknown), "price:price_9"),
        ):
            (change,) = self.deliver(record)
            self.assertOutcome(change, MissingDependency, key=key)
