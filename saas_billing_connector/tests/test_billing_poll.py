"""Missed events: found, stored once, reported; nothing of another account or mode."""

from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import billing_poll
from .simulated import KEY, START, SimulatedCase

DRAIN = "odoo.addons.saas_billing_connector.models.billing_drain"


@tagged("post_install", "-at_install")
class TestBillingPoll(SimulatedCase):
    def setUp(self):
        super().setUp()
        self.poll()  # sets the mark

    def poll(self):
        self.run_cron("cron_poll")

    def later(self, **duration):
        self.simulator.advance_to(self.simulator.now + timedelta(**duration))

    def happen(self, count=1):
        """Customers are created, and the last minutes are over."""
        for number in range(count):
            self.ask("customers", name=f"Ada {number}")
        self.later(minutes=11)

    def issues(self):
        return self.env["saas.billing.issue"].search([("connection_id", "=", self.connection.id)])

    def test_the_first_time_only_sets_the_mark(self):
        self.assertEqual(
            self.connection.polled_until, (START - billing_poll.SETTLE).replace(tzinfo=None)
        )
        self.assertFalse(self.inbox())

    def test_what_no_webhook_brought_is_stored_and_reported(self):
        self.happen(2)
        self.poll()
        events = self.inbox()
        self.assertEqual(set(events.mapped("source")), {"poll"})
        self.assertEqual(events.mapped("event_type"), ["customer.created"] * 2)
        self.assertEqual(self.connection.missed_count, 2)
        message = self.connection.message_ids[:1]
        self.assertIn("2 × customer.created", message.body)
        self.assertIn("2026-01-01", message.body)
        self.assertEqual(self.connection.activity_ids.user_id, self.connection.user_id)

    def test_what_a_webhook_brought_is_no_gap(self):
        self.happen()
        (event,) = self.simulator.events
        self.receive(event)
        messages = self.connection.message_ids
        self.poll()
        self.assertEqual(self.inbox().mapped("source"), ["webhook"])
        self.assertEqual(self.connection.missed_count, 0)
        self.assertEqual(self.connection.message_ids, messages)
        self.assertFalse(self.connection.activity_ids)

    def test_webhooks_of_the_last_minutes_may_still_be_under_way(self):
        self.ask("customers", name="Ada")
        self.later(minutes=5)
        self.poll()
        self.assertFalse(self.inbox())
        self.later(minutes=6)
        self.poll()
        self.assertEqual(len(self.inbox()), 1)

    def test_looking_again_finds_nothing_new_and_reminds_only_once(self):
        for _time in range(3):
            self.happen()
            self.poll()
        self.poll()
        self.assertEqual(len(self.inbox()), 3)
        self.assertEqual(len(self.connection.activity_ids), 1)

    def test_events_without_use_here_are_not_missed(self):
        self.ask("test_helpers/test_clocks", frozen_time=int(START.timestamp()))
        self.later(minutes=11)
        self.poll()
        self.assertFalse(self.inbox())

    def test_a_long_window_goes_on_where_it_stopped(self):
        self.happen(130)
        self.assertTrue(self.connection._poll_page(), "a first page of two")
        self.assertEqual(len(self.inbox()), 100)
        cursor, end = self.connection.poll_cursor, self.connection.poll_window_end
        self.assertTrue(cursor)
        self.simulator.api_faults.add(503, count=4)
        self.assertFalse(self.connection._poll_page(), "Stripe cannot answer")
        self.assertIn("problem of its own", self.connection.poll_error)
        self.assertEqual((self.connection.poll_cursor, len(self.inbox())), (cursor, 100))
        self.poll()
        self.assertEqual(len(self.inbox()), 130)
        self.assertEqual(self.connection.polled_until, end)
        self.assertFalse(self.connection.poll_error)
        self.assertIn("130 × customer.created", self.connection.message_ids[:1].body)

    def test_a_window_whose_place_stripe_has_forgotten_begins_anew(self):
        self.happen(130)
        self.connection._poll_page()
        self.connection.poll_cursor = "evt_forgotten"
        self.poll()
        self.assertEqual(len(self.inbox()), 130)
        self.assertFalse(self.connection.poll_error)
        self.assertFalse(self.connection.poll_cursor)
        self.assertIn("130 × customer.created", self.connection.message_ids[:1].body)

    @mute_logger(DRAIN)
    def test_a_page_that_nobody_foresaw_stops_no_other_connection(self):
        with patch.object(type(self.connection), "_store_polled", side_effect=ZeroDivisionError):
            self.happen()
            self.poll()
        self.assertIn("Unexpected", self.connection.poll_error)
        self.poll()
        self.assertEqual(len(self.inbox()), 1)
        self.assertFalse(self.connection.poll_error)

    def test_noting_how_far_a_poll_came_empties_no_server_cache(self):
        with patch.object(type(self.env.registry), "clear_cache") as clear:
            self.connection.poll_error = "Stripe cannot answer"
            clear.assert_not_called()
            self.connection.webhook_secret_ref = "env:ANOTHER"
            clear.assert_called()

    def test_a_gap_of_more_than_thirty_days_asks_for_an_import(self):
        self.later(days=40)
        self.poll()
        issue = self.issues()
        self.assertEqual(issue.code, "events_gap")
        self.assertIn("Run an import from 2025-12-31 to 2026-01-11", issue.title)

    def test_nothing_of_another_account_is_stored(self):
        self.connection.account = "acct_other"
        self.happen()
        self.poll()
        self.assertFalse(self.inbox())
        self.assertEqual(self.issues().code, "wrong_account")
        self.connection.account = self.simulator.world.settings.account_id
        self.poll()
        self.assertEqual(len(self.inbox()), 1)
        self.assertEqual(self.issues().state, "closed")

    def test_nothing_of_the_other_mode_is_stored(self):
        self.connection.livemode = True
        self.happen()
        self.poll()
        self.assertFalse(self.inbox())
        self.assertEqual(self.issues().code, "wrong_mode")

    def test_a_key_without_the_permission_is_named_once(self):
        self.simulator.keys.restrict(KEY, {"accounts_kyc_basic": "read"})
        self.happen()
        self.poll()
        self.poll()
        self.assertEqual(self.issues().code, "stripe_permission")
        self.assertIn("rak_event_read", self.connection.poll_error)

    def test_without_a_key_nothing_is_asked(self):
        self.connection.read_key_ref = False
        self.happen()
        self.poll()
        self.assertFalse(self.inbox())
        self.assertFalse(self.issues())
