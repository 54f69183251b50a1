"""A running Odoo with the suite, driven as users and Stripe drive it: for the demo and tests."""

import time

from dev import odoo_server, postgres
from dev.console import SetupError

#: Wall seconds after which work that is not done means that something is stuck.
PATIENCE = 600

OPEN_EVENTS = (
    "SELECT count(*) FROM saas_billing_event WHERE state IN ('pending', 'retry', 'waiting')"
)


class LiveBooks:
    """Waits for the inbox to be drained and lets month ends be posted."""

    def __init__(self, server, database):
        self.server = server
        self.database = database

    def query(self, statement):
        """Result of a query as text."""
        return postgres.psql(self.database, statement)

    @property
    def webhook_url(self):
        token = self.query("SELECT webhook_token FROM saas_billing_connection")
        return f"{self.server.url}/saas_billing/stripe/{token}"

    def wait_until_drained(self):
        self._wait(lambda: self.query(OPEN_EVENTS) == "0", "events are left in the inbox")

    def settle(self, now):
        """Have the balance read up to `now` by the provider's clock, and booked."""
        connection = int(self.query("SELECT id FROM saas_billing_connection"))
        odoo_server.rpc(
            self.server.url,
            self.database,
            "saas.billing.connection",
            "action_read_settlement",
            [connection],
        )
        statement = (
            f"SELECT settled_until >= to_timestamp({int(now.timestamp())}) AT TIME ZONE 'UTC'"
            " AND NOT EXISTS (SELECT FROM saas_settlement"
            " WHERE itemised AND contents_asked_at IS NULL) FROM saas_billing_connection"
        )
        self._wait(lambda: self.query(statement) == "t", "the balance is not read")
        self.wait_until_drained()

    def allow_posting_through(self, last_day):
        """Move the company's posting limit, which wakes the scheduled action, as a person would."""
        company = int(self.query("SELECT company_id FROM saas_billing_connection"))
        values = {"saas_revenue_post_through": last_day.isoformat()}
        odoo_server.rpc(self.server.url, self.database, "res.company", "write", [company, values])

    def wait_until_posted(self, last_day):
        """Until the month that ends on `last_day` has its posted run."""
        statement = (
            "SELECT count(*) FROM saas_revenue_run"
            f" WHERE state = 'posted' AND period = date_trunc('month', date '{last_day}')"
        )
        self._wait(lambda: self.query(statement) != "0", f"{last_day:%B %Y} is not posted")

    def _wait(self, is_done, trouble):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if is_done():
                return
            if self.server.process.poll() is not None:
                raise SetupError(f"Odoo ended; see {self.server.log}.")
            time.sleep(0.1)
        raise SetupError(f"after {PATIENCE} s {trouble}; see {self.server.log}.")
