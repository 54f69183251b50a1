"""Limits: one activity while any is passed, closed by itself well below."""

from datetime import timedelta

from odoo.fields import Datetime
from odoo.tests import tagged

from ..models.billing_connection_figures import Figures
from .common import ConnectorCase


@tagged("post_install", "-at_install")
class TestBillingAlert(ConnectorCase):
    def alert(self, **figures):
        """The summary of the one activity there is, or None, once the watch has seen figures."""
        self.connection._alert(Figures(**figures))
        activities = self.connection.activity_ids
        self.assertLessEqual(len(activities), 1)
        return activities.summary if activities else None

    def ago(self, **delta):
        return Datetime.now() - timedelta(**delta)

    def test_each_limit_tells_its_figure(self):
        self.connection.alert_silence_hours = 12
        for figures, text in (
            ({"depth": {"pending": 3000, "waiting": 2500}}, "5500 events wait"),
            ({"oldest_at": self.ago(minutes=90)}, "waited for 90 minutes"),
            ({"last_at": self.ago(hours=13)}, "for 13 hours"),
            ({"depth": {"parked": 101}}, "101 events are parked"),
        ):
            self.assertIn(text, self.alert(**figures))
            self.assertIn(text.split()[-1], self.connection.activity_ids.summary)
            self.assertIsNone(self.alert())

    def test_the_activity_ends_only_well_below_the_limit(self):
        self.connection.alert_parked = 100
        self.assertIsNone(self.alert(depth={"parked": 100}))
        self.assertTrue(self.alert(depth={"parked": 101}))
        self.assertTrue(self.alert(depth={"parked": 95}))
        self.assertTrue(self.alert(depth={"parked": 101}))
        self.assertIsNone(self.alert(depth={"parked": 80}))
        self.assertIsNone(self.alert(depth={"parked": 95}))
        self.assertFalse(self.connection.alerts)

    def test_a_second_limit_joins_the_same_activity(self):
        self.alert(depth={"parked": 101})
        summary = self.alert(depth={"parked": 101, "pending": 9000})
        self.assertIn("9000 events wait", summary)
        self.assertIn("101 events are parked", summary)

    def test_zero_means_never(self):
        self.connection.write({"alert_parked": 0, "alert_depth": 0})
        self.assertIsNone(self.alert(depth={"parked": 10**6, "pending": 10**6}))

    def test_the_scheduled_action_looks_at_every_connection(self):
        self.connection.alert_depth = 1
        self.receive(self.event(), self.event())
        with self.enter_registry_test_mode():
            self.env.ref("saas_billing_connector.cron_alert").method_direct_trigger()
        self.assertEqual(self.connection.alerts, "alert_depth")
        self.assertIn("2 events wait", self.connection.alert_text)
        self.assertEqual(self.connection.activity_ids.user_id, self.connection.user_id)


@tagged("post_install", "-at_install")
class TestBillingConnectionFigures(ConnectorCase):
    def test_figures_equal_a_plain_count(self):
        self.handle_with(lambda _handler, batch: None)
        events = self.receive(*(self.event() for _each in range(6)))
        self.process(events[:2])
        events[2].write({"state": "parked"})
        events[3].write({"state": "waiting"})
        mine = self.connection._get_figures()[self.connection.id]
        self.assertEqual(mine.depth, {"pending": 2, "waiting": 1, "parked": 1})
        self.assertEqual((mine.open, mine.parked), (3, 1))
        self.assertEqual(mine.oldest_at, min(events[3:].mapped("received_at")))
        self.assertEqual(mine.last_at, max(events.mapped("received_at")))
        self.assertEqual(self.connection.event_count, 6)

    def test_figures_take_two_statements_for_any_number_of_connections(self):
        others = self.connection.create(
            [{"name": f"Stripe {number}", "account": f"acct_{number}"} for number in range(5)]
        )
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        (self.connection | others)._get_figures()
        self.assertEqual(self.env.cr.sql_log_count - before, 2)
