"""`make demo`: the whole chain on real input. A simulated Stripe plays 14 months of a SaaS company
over HTTP; Odoo receives, books, posts month ends and proves the books; the table is the proof.

Variables: ODOO_PORT, SIMULATOR_PORT, DEMO_DB, DEMO_START (first month, YYYY-MM-01), DEMO_SERVE=0
(end after the table), ODOO_HOME.
"""

import os
import secrets
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta

from dev import odoo_script, odoo_server, settings, setup, template
from dev.console import SetupError, main, say, step
from dev.demo_table import print_table
from dev.live_books import LiveBooks
from tests.stripe_simulator.client import SimulatorClient
from tests.stripe_simulator.story import MONTHS, Story

SIMULATOR_URL = f"http://127.0.0.1:{settings.SIMULATOR_PORT}"


class Demo:
    """One run of the story against a fresh database."""

    def __init__(self):
        self.secret = f"whsec_{secrets.token_hex(8)}"
        self.env = {
            "DEMO_WEBHOOK_SECRET": self.secret,
            "DEMO_READ_KEY": "rk_test_simulator",
            "SAAS_BILLING_STRIPE_API_BASE": SIMULATOR_URL,
        }
        self.start = datetime.fromisoformat(settings.DEMO_START).replace(tzinfo=UTC)
        self.server = odoo_server.OdooServer(
            settings.DEMO_DB, settings.HTTP_PORT, workers=2, crons=2, env=self.env
        )
        self.simulator = None

    def prepare(self):
        """A clean database with the company, and both servers running."""
        odoo_server.check_port(settings.HTTP_PORT, "ODOO_PORT", "Odoo")
        odoo_server.check_port(settings.SIMULATOR_PORT, "SIMULATOR_PORT", "the Stripe simulator")
        setup.ensure()
        template.ensure_suite()
        with step(f"Preparing the company in a clean database {settings.DEMO_DB}"):
            template.copy(template.SUITE, settings.DEMO_DB)
            odoo_script.call(
                settings.DEMO_DB, "dev.demo_company:prepare", start=settings.DEMO_START
            )
        with step("Starting the Stripe simulator and Odoo"):
            self._start_simulator()
            self.server.start()
        return SimulatorClient(SIMULATOR_URL)

    def _start_simulator(self):
        log = (settings.LOCAL / "log" / "simulator.log").open("w", encoding="utf-8")
        command = [settings.PYTHON, "-m", "tests.stripe_simulator"]
        command += ["--port", settings.SIMULATOR_PORT, "--start", settings.DEMO_START]
        self.simulator = subprocess.Popen(
            [str(part) for part in command], cwd=settings.ROOT, stdout=log, stderr=log
        )
        for _attempt in range(100):
            try:
                SimulatorClient(SIMULATOR_URL).control("GET", "health")
                return
            except OSError:
                time.sleep(0.1)
        raise SetupError(f"the Stripe simulator did not start; see {log.name}.")

    def play(self, client):
        """Month by month: events arrive and are booked, then the month end is posted."""
        books = LiveBooks(self.server, settings.DEMO_DB)
        client.control("POST", "endpoints", {"url": books.webhook_url, "secret": self.secret})
        story = Story(client, self.start)
        story.set_up()
        for month in story.months():
            counts = story.play(month)
            books.wait_until_drained()
            books.settle(client.now)
            last_day = story.month_start(month + 1).date() - timedelta(days=1)
            books.allow_posting_through(last_day)
            books.wait_until_posted(last_day)
            say(
                f"   {last_day:%B %Y}: {counts.get('delivered', 0):4d} webhooks delivered, "
                "inbox drained, balance settled, month end posted"
            )

    def report(self):
        """Check every month anew and print the table; whether every check is zero."""
        with step("Reconciling every month with the simulator and the ledger"):
            rows = odoo_script.call(
                settings.DEMO_DB,
                "dev.demo_company:report",
                env=self.env,
                start=settings.DEMO_START,
                months=MONTHS,
            )
        return print_table(rows)

    def serve(self):
        say(
            f"\nServing the books at {self.server.url} (user admin, password admin);"
            " Ctrl-C ends it.\nOpen the app “SaaS Revenue”. The Stripe behind it is a simulator."
        )
        # Without a reverse proxy only the threaded server also answers the page's websocket.
        self.server.stop()
        with odoo_server.OdooServer(
            settings.DEMO_DB, settings.HTTP_PORT, workers=0, crons=2, env=self.env
        ) as server:
            server.wait()

    def stop(self):
        self.server.stop()
        if self.simulator:
            self.simulator.terminate()
            self.simulator.wait()


def run():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    started = time.monotonic()
    demo = Demo()
    try:
        client = demo.prepare()
        with step(f"Playing {MONTHS} months from {settings.DEMO_START}"):
            demo.play(client)
        clean = demo.report()
        say(f"\nFrom start to table: {time.monotonic() - started:.0f} s.")
        if os.environ.get("DEMO_SERVE", "1") != "0":
            demo.serve()
        return 0 if clean else 1
    finally:
        demo.stop()


if __name__ == "__main__":
    main(run)
