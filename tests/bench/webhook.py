"""How long Stripe waits for an answer, against a bare route with an HMAC and one INSERT."""

import hashlib
import hmac
import http.client
import itertools
import json
import statistics
import time

from tests.bench.harness import Row, stopwatch

ROUNDS = 9
REQUESTS = 60
NUMBERS = itertools.count(1)


def event():
    """A body of the size of a usual invoice event (about 6 kB)."""
    number = next(NUMBERS)
    lines = [
        {"id": f"il_{number}_{each}", "object": "line_item", "amount": 9900} for each in range(60)
    ]
    return {
        "id": f"evt_bench_{time.time_ns()}_{number}",
        "object": "event",
        "type": "invoice.created",
        "api_version": "2026-08-26.dahlia",
        "created": int(time.time()),
        "livemode": False,
        "data": {
            "object": {
                "id": f"in_{number}",
                "object": "invoice",
                "customer": f"cus_{number % 50}",
                "lines": {"object": "list", "data": lines, "has_more": False},
            }
        },
    }


def post(port, path, secret):
    """One signed delivery on its own connection, as Odoo closes each; its milliseconds."""
    body = json.dumps(event()).encode()
    stamp = int(time.time())
    digest = hmac.new(secret.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()
    headers = {"Stripe-Signature": f"t={stamp},v1={digest}", "Content-Type": "application/json"}
    with stopwatch() as seconds:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        response.read()
        connection.close()
    if response.status != 200:
        raise RuntimeError(f"{path} answered {response.status}")
    return seconds[0] * 1000


def measure(port, secret, token):
    """The row: median latency of one client, floor and figure by turns."""
    row = Row("webhook", "ms", goal=1.5)
    floor, figure = "/saas_bench/floor", f"/saas_billing/stripe/{token}"
    for path in (floor, figure):
        for _warm_up in range(20):
            post(port, path, secret)
    for _round in range(ROUNDS):
        samples = [
            (post(port, figure, secret), post(port, floor, secret)) for _request in range(REQUESTS)
        ]
        row.add(*(statistics.median(side) for side in zip(*samples, strict=True)))
    return row
