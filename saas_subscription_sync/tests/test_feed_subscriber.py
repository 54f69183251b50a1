"""Where messages may go, and when they are tried again."""

from datetime import timedelta

from odoo.exceptions import ValidationError
from odoo.tests import BaseCase
from odoo.tools import file_open

from ..feed import sending
from ..feed.patience import FIRST, LONGEST, delay
from .feed_common import FeedCase
from .feed_receiver import FeedReceiver


class TestFeedSubscriber(FeedCase):
    def test_addresses_that_are_refused(self):
        for url in (
            "http://example.com/",
            "https://localhost/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://user:password@example.com/",
            "https://127.0.0.1.:99999/",
            "ftp://example.com/",
            "example.com",
        ):
            with self.subTest(url=url), self.assertRaises(ValidationError):
                self.subscribe(url)

    def test_addresses_of_the_outside_and_hosts_that_the_server_allows(self):
        for url in ("https://example.com/hooks?x=1", "http://127.0.0.1:8000/feed"):
            self.assertTrue(self.subscribe(url))

    def test_a_pasted_secret_is_refused_and_not_repeated(self):
        with self.assertRaises(ValidationError) as caught:
            self.subscribe("https://example.com/", secret_ref="0123456789abcdef")
        self.assertNotIn("0123456789abcdef", str(caught.exception))

    def test_a_neutralised_copy_tells_nobody(self):
        subscriber = self.subscribe("https://example.com/")
        with file_open("saas_subscription_sync/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        subscriber.invalidate_recordset()
        self.assertFalse(subscriber.active)
        self.assertFalse(subscriber._get_secrets())

    def test_the_health_metrics_know_it(self):
        subscriber = self.subscribe("https://example.com/")
        self.deliver_catalog()
        self.env["saas.feed.relay"]._number()
        text = self.env["saas.billing.monitor"]._render_metrics()
        self.assertIn(
            f'saas_billing_feed_messages{{subscriber="{subscriber.id}",name="Product",'
            'state="waiting"} 2',
            text,
        )


class TestFeedSending(BaseCase):
    def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(self):
        receiver = FeedReceiver()
        self.addCleanup(receiver.close)
        session = sending.make_session()
        answer = sending.post(session, receiver.url, b"{}", {})
        self.assertIn("not on the public internet", answer.error)
        self.assertFalse(receiver.requests)

    def test_tries_come_ever_later_with_jitter(self):
        def steady(low, high):
            return (low + high) / 2

        waits = [delay(attempt, spread=steady) for attempt in range(1, 17)]
        self.assertEqual(waits[:3], [FIRST, 2 * FIRST, 4 * FIRST])
        self.assertEqual(waits[-1], LONGEST)
        self.assertEqual(waits, sorted(waits))
        self.assertGreater(sum(waits, timedelta()), timedelta(days=1))
        self.assertNotEqual(delay(3), delay(3))
