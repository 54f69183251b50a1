"""Issues: one per cause, with an owner, closed by themselves."""

from decimal import Decimal

from odoo.tests import tagged

from ..canonical import NeedsHuman
from .common import ConnectorCase


@tagged("post_install", "-at_install")
class TestBillingIssue(ConnectorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.outcome = NeedsHuman(
            "unmapped_tax",
            "Map tax rate txr_1",
            key="txr_1",
            amount=Decimal("120.50"),
            currency="USD",
        )

    def park(self, count=1):
        self.handle_with(lambda _handler, batch: batch.reject(list(batch), self.outcome))
        events = self.receive(*(self.event(obj=self.customer(f"cus_{n}")) for n in range(count)))
        self.process(events)
        return events

    def test_events_with_one_cause_share_an_issue(self):
        first, second = self.park(2), self.park(1)
        issue = (first | second).issue_id
        self.assertEqual(len(issue), 1)
        self.assertEqual((issue.code, issue.key, issue.event_count), ("unmapped_tax", "txr_1", 3))
        self.assertIn("361.50", issue.stakes)

    def test_the_owner_has_one_activity(self):
        self.park(2)
        issue = self.park(1).issue_id
        self.assertEqual(len(issue.activity_ids), 1)
        self.assertEqual(issue.activity_ids.user_id, self.connection.user_id)

    def test_mending_the_cause_clears_the_class_and_closes_the_issue(self):
        events = self.park(3)
        issue = events.issue_id
        self.env["saas.billing.issue"]._resolve(self.connection, "unmapped_tax", "txr_1")
        self.assertEqual(set(events.mapped("state")), {"pending"})
        self.handle_with(lambda _handler, batch: None)
        self.process(events)
        self.assertEqual(set(events.mapped("state")), {"done"})
        self.assertEqual(issue.state, "closed")
        self.assertFalse(issue.activity_ids)

    def test_the_same_cause_later_is_a_new_issue(self):
        events = self.park(1)
        first = events.issue_id
        first._replay()
        self.handle_with(lambda _handler, batch: None)
        self.process(events)
        self.assertNotEqual(self.park(1).issue_id, first)
