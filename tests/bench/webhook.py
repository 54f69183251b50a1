"""How long Stripe waits for an answer, against a bare route with an HMAC and one INSERT."""

import statistics

from tests.bench.deliveries import invoice_event, request, send_all
from tests.bench.harness import Row

ROUNDS = 9
#: Requests of one round, by the number of clients that share them.
REQUESTS = {1: 60, 8: 160}
FLOOR = "/saas_bench/floor"


def measure(port, secret, token):
    """One row for one client and one for eight: median latencies, floor and figure by turns."""
    figure = f"/saas_billing/stripe/{token}"
    for path in (FLOOR, figure):
        _deliver(port, path, secret, 4, 20)
    return [_measure_clients(port, secret, figure, clients) for clients in REQUESTS]


def _measure_clients(port, secret, figure, clients):
    row = Row(f"webhook, {clients} client{'s' * (clients > 1)}", "ms", goal=1.25)
    for number in range(ROUNDS):
        # Who goes first changes, so that a machine that tires or warms up favours neither.
        paths = (figure, FLOOR) if number % 2 else (FLOOR, figure)
        medians = {path: _deliver(port, path, secret, clients, REQUESTS[clients]) for path in paths}
        row.add(medians[figure], medians[FLOOR])
    return row


def _deliver(port, path, secret, clients, requests):
    """Median milliseconds of a round."""
    deliveries = [request(path, invoice_event(), secret) for _each in range(requests)]
    return statistics.median(send_all(port, deliveries, clients)) * 1000
