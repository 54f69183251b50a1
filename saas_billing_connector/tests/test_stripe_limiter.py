"""The token bucket, by a clock of its own."""

from odoo.tests import BaseCase

from ..providers.stripe.limiter import RATES, TokenBucket, bucket_for


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


class TestStripeLimiter(BaseCase):
    def setUp(self):
        super().setUp()
        self.clock = Clock()
        self.bucket = TokenBucket(4, 3, self.clock, self.clock.sleep)

    def test_a_burst_passes_at_once_and_then_the_rate_holds(self):
        waits = [self.bucket.take() for _call in range(6)]
        self.assertEqual(waits, [0, 0, 0, 0.25, 0.25, 0.25])

    def test_no_second_ever_sees_more_than_rate_and_burst(self):
        moments = []
        for _call in range(40):
            self.bucket.take()
            moments.append(self.clock.now)
        for start in moments:
            within = sum(start <= moment < start + 1 for moment in moments)
            self.assertLessEqual(within, 4 + 3)

    def test_a_pause_earns_no_more_than_the_burst(self):
        self.clock.now = 3600
        self.assertEqual(sum(self.bucket.take() == 0 for _call in range(10)), 3)

    def test_being_told_off_empties_the_bucket(self):
        self.bucket.drain()
        self.assertEqual(self.bucket.take(), 0.25)

    def test_clients_of_one_key_share_a_bucket_and_other_keys_do_not(self):
        self.assertIs(bucket_for("rk_test_1"), bucket_for("rk_test_1"))
        self.assertIsNot(bucket_for("rk_test_1"), bucket_for("rk_test_2"))

    def test_what_stands_in_for_stripe_does_not_slow_stripe_s_own_bucket(self):
        elsewhere = bucket_for("rk_test_1", "http://127.0.0.1:1")
        self.assertIs(elsewhere, bucket_for("rk_test_1", "http://127.0.0.1:1"))
        self.assertIsNot(elsewhere, bucket_for("rk_test_1"))

    def test_a_live_key_may_go_faster_and_stays_below_what_stripe_allows(self):
        self.assertLess(RATES["test"], 25)
        self.assertLess(RATES["test"], RATES["live"])
        self.assertLess(RATES["live"], 100)
