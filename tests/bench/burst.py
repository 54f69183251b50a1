"""A burst of events while the drain runs: all acknowledged, memory flat, other actions alive.

Half of the events have no effect, as most that Stripe sends; the others update customers.
"""

import os
import threading
import time
from pathlib import Path

from dev import postgres
from dev.console import say
from tests.bench.deliveries import event, request, send_all
from tests.bench.harness import Row, stopwatch
from tests.bench.start import FLOOR as OTHER_STARTED

SIZE = int(os.environ.get("BENCH_BURST", "50000"))
CLIENTS = 4
CUSTOMERS = 500
#: Deliveries signed and sent together.
CHUNK = 1000
#: Part of the burst after which memory is read first: by then every cache is warm.
WARM = 0.2
#: Seconds between two triggers of another scheduled action.
OTHER_EVERY = 5
OPEN = "SELECT count(*) FROM saas_billing_event WHERE state IN ('pending', 'retry', 'waiting')"
STATES = "SELECT state, count(*) FROM saas_billing_event GROUP BY 1 ORDER BY 1"
PATIENCE = 1800


def measure(port, secret, token, database, server):
    """Three rows: what was acknowledged, memory, and how long another action had to wait."""
    path = f"/saas_billing/stripe/{token}"
    memory = Row("burst, memory of the workers", "MB", goal=1.1)
    waits = Row("burst, wait of another action", "s", goal=1.0)
    sent, warm = 0, None
    with _asking(port, secret, database, waits), stopwatch() as seconds:
        while sent < SIZE:
            count = min(CHUNK, SIZE - sent)
            deliveries = [request(path, _change(sent + each), secret) for each in range(count)]
            send_all(port, deliveries, CLIENTS)
            sent += count
            if warm is None and sent >= SIZE * WARM:
                warm = _memory(server.process.pid)
                say(f"   {sent} acknowledged, workers use {warm:.0f} MB")
        acknowledged = time.monotonic()
        say(f"   {sent} acknowledged, {postgres.psql(database, OPEN)} of them not processed yet")
        _wait_until_drained(database)
        drained = time.monotonic() - acknowledged
    memory.add(_memory(server.process.pid), warm)
    stored = int(postgres.psql(database, "SELECT count(*) FROM saas_billing_event"))
    states = ", ".join(postgres.psql(database, STATES).replace("|", " ").splitlines())
    rate = SIZE / (seconds[0] - drained)
    say(f"   {rate:.0f} per s acknowledged beside the drain, which ended {drained:.0f} s later")
    say(f"   {states}")
    every = Row("burst, events stored", "events", goal=1.0, at_least=True)
    every.add(stored, SIZE)
    return [every, memory, waits]


def _change(number):
    """One event of the burst."""
    customer = f"cus_burst_{number // 2 % CUSTOMERS}"
    if number % 2:
        obj = {"id": f"in_{number}", "object": "invoice", "customer": customer, "pad": "x" * 2000}
        return event("invoice.created", obj)
    obj = {"id": customer, "object": "customer", "name": f"Name {number}", "email": "a@example.com"}
    return event("customer.updated", obj)


def _wait_until_drained(database):
    deadline = time.monotonic() + PATIENCE
    while postgres.psql(database, OPEN) != "0":
        if time.monotonic() > deadline:
            raise RuntimeError(f"the burst was not drained within {PATIENCE} s")
        time.sleep(0.5)


# ── memory ───────────────────────────────────────────────────────────────────────────────────


def _memory(master):
    """Megabytes that the workers of a server have to themselves."""
    workers = [
        status for status in Path("/proc").glob("[0-9]*/status") if _field(status, "PPid") == master
    ]
    return sum(_field(status, "RssAnon") for status in workers) / 1024


def _field(status, name):
    """A number from a process's status file; 0 where the process has gone."""
    try:
        lines = status.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


# ── another scheduled action ─────────────────────────────────────────────────────────────────


class _asking:
    """Triggers another scheduled action while the block runs, and notes how long each waited.

    The floor of a wait is that action's own interval of a minute: within it no run was missed.
    """

    def __init__(self, port, secret, database, row):
        self._ask = (port, secret, database, row)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *_exception):
        self._over.set()
        self._thread.join()

    def _run(self):
        port, secret, database, row = self._ask
        while not self._over.wait(OTHER_EVERY):
            send_all(port, [request("/saas_bench/trigger", {}, secret)], 1)
            waited = self._wait_for_start(database)
            if waited is not None:
                row.add(waited, 60.0)

    def _wait_for_start(self, database):
        while not (found := postgres.psql(database, OTHER_STARTED)):
            if self._over.wait(0.2):
                return None
        return float(found)
