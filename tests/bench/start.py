"""From the moment a webhook is received to the moment its event is taken up, on an idle system.

The floor is what Odoo itself needs from `_trigger()` in a request to the start of an empty
scheduled action. Both are read off the database's clock.
"""

import time

from dev import postgres
from tests.bench.deliveries import event, request, send
from tests.bench.harness import Row

REPETITIONS = 20
#: Seconds between two events: the drain has ended, and its next wake-up is due at once.
PAUSE = 1.5
FIGURE = """
    SELECT extract(epoch FROM attempt.create_date - event.received_at)
      FROM saas_billing_event event JOIN saas_billing_attempt attempt ON attempt.event_id = event.id
     WHERE event.external_id = '%s'"""
FLOOR = """
    SELECT extract(epoch FROM started_at - asked_at) FROM saas_bench_start
  ORDER BY id DESC LIMIT 1"""


def measure(port, secret, token, database):
    """The row: median seconds, floor and figure by turns."""
    row = Row("webhook to start of processing", "s", goal=1.0, absolute=True)
    _ask_figure(port, secret, token, database)
    _ask_floor(port, secret, database)
    for _repetition in range(REPETITIONS):
        row.add(_ask_figure(port, secret, token, database), _ask_floor(port, secret, database))
    return row


def _ask_figure(port, secret, token, database):
    body = event("customer.updated", {"id": "cus_bench", "object": "customer", "name": "Ada"})
    send(port, request(f"/saas_billing/stripe/{token}", body, secret))
    return _read(database, FIGURE % body["id"])


def _ask_floor(port, secret, database):
    send(port, request("/saas_bench/trigger", {}, secret))
    return _read(database, FLOOR)


def _read(database, statement):
    """What the statement finds after the pause; it fails where nothing has started by then."""
    time.sleep(PAUSE)
    return float(postgres.psql(database, statement))
