"""Delivery of events: signed POSTs with bounded retries, several at a time."""

import heapq
import http.client
import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

from .faults import Delivery
from .signatures import header

TIMEOUT = 30.0
"""Wall seconds that a receiver has to answer."""
RETRY_DELAYS = (0.05, 0.2, 0.5, 1.0, 2.0)
"""Wall seconds between attempts; after the last one a delivery is given up."""


class Connection:
    """Kept-alive connections of one worker, by host."""

    def __init__(self):
        self._open: dict[str, http.client.HTTPConnection] = {}

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """The answer's status; 0 when there is none. A connection gone stale is opened again."""
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        for reused in (parts.netloc in self._open, False):
            try:
                return self._send(parts.netloc, path or "/", body, headers)
            except (OSError, http.client.HTTPException):
                self.close(parts.netloc)
                if not reused:
                    break
        return 0

    def _send(self, netloc: str, path: str, body: bytes, headers: dict[str, str]) -> int:
        if netloc not in self._open:
            self._open[netloc] = http.client.HTTPConnection(netloc, timeout=TIMEOUT)
        connection = self._open[netloc]
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        response.read()
        return response.status

    def close(self, netloc: str | None = None) -> None:
        """Close one connection or all."""
        for host in [netloc] if netloc else list(self._open):
            connection = self._open.pop(host, None)
            if connection is not None:
                connection.close()


class Dispatcher:
    """A queue of deliveries by wall time, worked on by threads that come when needed.

    `endpoint(id)` returns the URL and the live secrets of an endpoint, or None when it is gone;
    `acknowledged(delivery)` is called after a 2xx answer.
    """

    def __init__(
        self,
        endpoint: Callable[[str], tuple[str, list[str]] | None],
        acknowledged: Callable[[Delivery], None],
        concurrency: int,
        retry_delays: tuple[float, ...],
    ):
        self.endpoint = endpoint
        self.acknowledged = acknowledged
        self.concurrency = concurrency
        self.retry_delays = retry_delays
        self.counts: Counter = Counter()
        self.failed: list[Delivery] = []
        """Deliveries that were given up."""
        self._queue: list[tuple[float, int, int, Delivery]] = []
        self._order = itertools.count()
        self._busy = 0
        self._threads = 0
        self._closing = False
        self._condition = threading.Condition()

    def put(self, deliveries: list[Delivery], burst: int | None = None) -> None:
        """Queue deliveries; `burst` lets that many go out at the same time."""
        if not deliveries:
            return
        now = time.monotonic()
        with self._condition:
            for delivery in deliveries:
                entry = (now + delivery.delay, next(self._order), 1, delivery)
                heapq.heappush(self._queue, entry)
            self._start_threads(burst or self.concurrency)
            self._condition.notify_all()

    def _start_threads(self, wanted: int) -> None:
        for _thread in range(self._threads, min(wanted, self._threads + len(self._queue))):
            self._threads += 1
            threading.Thread(target=self._work, name="webhooks", daemon=True).start()

    def _work(self) -> None:
        connection = Connection()
        try:
            while (task := self._next()) is not None:
                attempt, delivery = task
                self._finish(attempt, delivery, self._attempt(connection, attempt, delivery))
        finally:
            connection.close()

    def _next(self) -> tuple[int, Delivery] | None:
        """The next delivery that is due; None when this thread is no longer needed."""
        with self._condition:
            while True:
                if self._closing or (not self._queue and self._threads > self.concurrency):
                    self._threads -= 1
                    self._condition.notify_all()
                    return None
                wait = self._queue[0][0] - time.monotonic() if self._queue else None
                if wait is not None and wait <= 0:
                    _due, _order, attempt, delivery = heapq.heappop(self._queue)
                    self._busy += 1
                    return attempt, delivery
                self._condition.wait(wait)

    def _attempt(self, connection: Connection, attempt: int, delivery: Delivery) -> int:
        """Send once; the status, 0 without an answer, 410 when the endpoint is gone."""
        found = self.endpoint(delivery.endpoint)
        if found is None:
            return 410
        url, secrets = found
        limit = delivery.faulty_attempts
        spoiled = limit is None or attempt <= limit
        timestamp = int(time.time()) - (delivery.age if spoiled else 0)
        if spoiled and delivery.secret:
            secrets = [delivery.secret]
        sent = delivery.body_sent if spoiled and delivery.body_sent else delivery.body
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": header(delivery.body, secrets, timestamp),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        return connection.post(url, sent, headers)

    def _finish(self, attempt: int, delivery: Delivery, status: int) -> None:
        delivered = 200 <= status < 300
        if delivered:
            self.acknowledged(delivery)
        with self._condition:
            self.counts["attempts"] += 1
            self._busy -= 1
            if delivered:
                self.counts["delivered"] += 1
            elif attempt <= len(self.retry_delays):
                self.counts["retried"] += 1
                due = time.monotonic() + self.retry_delays[attempt - 1]
                heapq.heappush(self._queue, (due, next(self._order), attempt + 1, delivery))
            else:
                self.counts["failed"] += 1
                self.failed.append(delivery)
            self._condition.notify_all()

    def drain(self, timeout: float | None = None) -> bool:
        """Wait until nothing is queued or on its way; False when `timeout` passed first."""
        with self._condition:
            return self._condition.wait_for(lambda: not self._queue and not self._busy, timeout)

    def outstanding(self) -> int:
        """Deliveries queued or on their way."""
        with self._condition:
            return len(self._queue) + self._busy

    def close(self) -> None:
        """Stop the threads; what is queued stays undelivered."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._threads == 0, TIMEOUT)
