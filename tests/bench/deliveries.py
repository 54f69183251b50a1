"""Signed deliveries as Stripe sends them, by one client or by several at a time.

Plain sockets and prepared bytes: on a small machine the clients share the cores with the server,
and what they take is in every figure and every floor.
"""

import hashlib
import hmac
import itertools
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

from tests.bench.harness import stopwatch

NUMBERS = itertools.count(1)
#: Distinguishes the events of one run from those of another.
RUN = time.time_ns()


def event(event_type, obj, **values):
    """A snapshot event about `obj`, with an id of its own."""
    return {
        "id": f"evt_bench_{RUN}_{next(NUMBERS)}",
        "object": "event",
        "type": event_type,
        "api_version": "2026-08-26.dahlia",
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": obj},
        **values,
    }


def invoice_event():
    """A body of the size of a usual invoice event (about 6 kB); of a type without effect."""
    number = next(NUMBERS)
    lines = [
        {"id": f"il_{number}_{each}", "object": "line_item", "amount": 9900} for each in range(60)
    ]
    return event(
        "invoice.created",
        {
            "id": f"in_{number}",
            "object": "invoice",
            "customer": f"cus_{number % 50}",
            "lines": {"object": "list", "data": lines, "has_more": False},
        },
    )


def request(path, body, secret):
    """The bytes of one signed delivery of an event."""
    body = json.dumps(body).encode()
    stamp = int(time.time())
    digest = hmac.new(secret.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Stripe-Signature: t={stamp},v1={digest}\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body


def send(port, delivery):
    """One delivery on its own connection, as Odoo closes each; its seconds until the answer."""
    with stopwatch() as seconds, socket.create_connection(("127.0.0.1", port), timeout=60) as link:
        link.sendall(delivery)
        answer = b""
        while chunk := link.recv(65536):
            answer += chunk
    status = answer.split(b" ", 2)[1:2]
    if status != [b"200"]:
        raise RuntimeError(f"a delivery was answered {answer[:300]!r}")
    return seconds[0]


def send_all(port, deliveries, clients):
    """Send deliveries by several clients at a time; seconds of each."""
    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(lambda delivery: send(port, delivery), deliveries))
