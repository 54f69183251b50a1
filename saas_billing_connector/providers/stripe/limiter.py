"""How fast one process may call Stripe with one key: a token bucket.

Stripe allows a live key 100 requests a second and a test key 25, over all processes; past that it
answers 429. Several Odoo workers share the key without knowing of one another, so each keeps well
below.
"""

import hashlib
import threading
import time

#: Requests a second by mode of the key, for one process; elsewhere is what stands in for Stripe in
#: tests and the demo, and has no such limit.
RATES = {"live": 20.0, "test": 10.0, "elsewhere": 500.0}
#: Requests that may go out at once after a pause.
BURST = 10


class TokenBucket:
    """Lets `rate` calls a second through, and `burst` at once after a pause.

    :param clock: seconds that only move forward
    :param sleep: waits so many of those seconds
    """

    def __init__(self, rate, burst, clock=time.monotonic, sleep=time.sleep):
        self._rate, self._burst = rate, burst
        self._clock, self._sleep = clock, sleep
        self._tokens, self._filled_at = float(burst), clock()
        self._lock = threading.Lock()

    def take(self):
        """Wait for the turn of one call; the seconds waited.

        The turn is booked before the wait, so that threads queue instead of racing.
        """
        with self._lock:
            self._fill()
            self._tokens -= 1
            wait = max(0.0, -self._tokens / self._rate)
        if wait:
            self._sleep(wait)
        return wait

    def drain(self):
        """Stripe has said that it is too much: start again from an empty bucket."""
        with self._lock:
            self._fill()
            self._tokens = min(self._tokens, 0.0)

    def _fill(self):
        now = self._clock()
        earned = (now - self._filled_at) * self._rate
        self._tokens = min(float(self._burst), self._tokens + earned)
        self._filled_at = now


_buckets = {}
_buckets_lock = threading.Lock()


def bucket_for(api_key, api_base=None):
    """The bucket that every client of this key in this process shares; the key is not kept.

    :param api_base: another address than Stripe's
    """
    mode = "elsewhere" if api_base else "live" if "_live_" in api_key else "test"
    key = mode, hashlib.sha256(api_key.encode()).digest()
    with _buckets_lock:
        if key not in _buckets:
            _buckets[key] = TokenBucket(RATES[mode], BURST)
        return _buckets[key]
