"""HTTP to Stripe: the SDK's own transport, kept below the rate limit, counted, and more patient.

What the SDK (16.1.0, `_http_client.py`) does by itself when it is allowed retries: it repeats after
a connection error, a timeout, 409 and 5xx, doubling from 0.5 s to 5 s with jitter, and obeys
`Stripe-Should-Retry`. What it does not do, and this does: repeat after 429, and obey `Retry-After`.
"""

import time
from collections import Counter

import stripe

#: Seconds to connect, and to wait for the next byte of an answer.
TIMEOUT = 30
#: Seconds that a retry may wait within a call; a longer `Retry-After` is left to the back-off of
#: whoever called.
LONGEST_PAUSE = 10
TOO_MANY = 429


class StripeTransport(stripe.RequestsClient):
    """One process's way to Stripe.

    :param bucket: `limiter.TokenBucket` of the key
    :ivar counts: ("calls" or "errors", what) -> number and ("milliseconds", "") -> sum, since the
        last `take_counts`
    """

    def __init__(self, bucket):
        super().__init__(timeout=TIMEOUT)
        self._bucket = bucket
        self._retry_after = None
        self.counts = Counter()
        self.elapsed = 0.0

    def request(self, method, url, headers, post_data=None):
        """One attempt; every attempt counts against the limit."""
        self._bucket.take()
        started = time.monotonic()
        try:
            answer = super().request(method, url, headers, post_data)
        except stripe.APIConnectionError:
            self._count(started, "connection")
            raise
        _content, status, _headers = answer
        self._count(started, str(status) if status >= 400 else "")
        if status == TOO_MANY:
            self._bucket.drain()
        return answer

    def take_counts(self):
        """What was counted since the last time."""
        counts, self.counts = self.counts, Counter()
        return counts

    def _count(self, started, error):
        self.elapsed = time.monotonic() - started
        self.counts["calls", ""] += 1
        self.counts["milliseconds", ""] += round(self.elapsed * 1000)
        if error:
            self.counts["errors", error] += 1

    def _should_retry(self, response, api_connection_error, num_retries, max_network_retries):
        self._retry_after = _retry_after(response)
        if self._retry_after and self._retry_after > LONGEST_PAUSE:
            return False
        if response is not None and response[1] == TOO_MANY:
            return num_retries < (max_network_retries or 0)
        return super()._should_retry(
            response, api_connection_error, num_retries, max_network_retries
        )

    def _sleep_time_seconds(self, num_retries):
        return max(super()._sleep_time_seconds(num_retries), self._retry_after or 0)


def _retry_after(response):
    """Seconds that the answer asks to wait, or None."""
    value = response[2].get("Retry-After") if response is not None else None
    return int(value) if value and value.isdigit() else None
