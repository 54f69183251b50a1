"""A real Odoo with workers, a real PostgreSQL, and the simulator in this process."""

import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest

from dev import odoo_script, odoo_server, settings, setup, template
from dev.live_books import LiveBooks
from tests.stripe_simulator.simulator import StripeSimulator
from tests.stripe_simulator.story import Story

from . import feed

START = "2025-09-01"
SECRET = "whsec_live"
COMPANY_DB = "saas_live_company"
PORTS = itertools.count(settings.HTTP_PORT + 40, 10)


class World:
    """The simulator with its story, and Odoo's books beside it."""

    def __init__(self, simulator, database, *, crons=2, options=()):
        self.simulator = simulator
        start = datetime.fromisoformat(START).replace(tzinfo=UTC)
        # With a refunded credit note and a voided invoice on top of what the demo shows.
        self.story = Story(simulator, start, extras=True)
        env = {
            "DEMO_WEBHOOK_SECRET": SECRET,
            "DEMO_READ_KEY": "rk_test_simulator",
            "SAAS_BILLING_STRIPE_API_BASE": simulator.url,
            **feed.ENV,
        }
        self.env = env
        self.server = odoo_server.OdooServer(
            database, next(PORTS), workers=2, crons=crons, env=env, options=options
        )
        # What an earlier run left there would count as this one's.
        self.server.log.unlink(missing_ok=True)
        self.books = LiveBooks(self.server, database)

    def connect(self):
        """Have the simulator send its events to Odoo from now on."""
        return self.simulator.add_endpoint(self.books.webhook_url, SECRET)

    def month_ends(self):
        return [
            self.story.month_start(month + 1).date() - timedelta(days=1)
            for month in self.story.months()
        ]

    def settle(self):
        """Book what moved the balance until now."""
        self.books.wait_until_drained()
        self.books.settle(self.simulator.now)

    def post_month_ends(self):
        """Post all months of the story with one move of the limit."""
        last_day = self.month_ends()[-1]
        self.books.allow_posting_through(last_day)
        self.books.wait_until_posted(last_day)

    def ledger(self):
        """Balance of every account by month and currency, as text to compare.

        Accounts go by code: ids have gaps where a lost race took back what it had created.
        """
        return self.books.query(
            """SELECT account.code_store, date_trunc('month', line.date)::date, line.currency_id,
                      sum(line.balance), sum(line.amount_currency)
                 FROM account_move_line line
                 JOIN account_account account ON account.id = line.account_id
                WHERE line.parent_state = 'posted'
             GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
        )

    def documents(self):
        """Every external object with the kind of record that it became, once each.

        Without invoice items that were billed: their invoice tells them, a history does not.
        """
        return self.books.query(
            """SELECT object_type, external_id, res_model FROM saas_billing_link
                WHERE object_type != 'invoice_item'
                   OR res_id IN (SELECT id FROM saas_pending_item WHERE state = 'pending')
             ORDER BY object_type, external_id"""
        )

    def document_counts(self):
        """Moves by type, payments, partners, subscriptions: what a doubled event would add to."""
        return self.books.query(
            """SELECT 'move ' || move_type, count(*) FROM account_move
                WHERE saas_external_id IS NOT NULL GROUP BY 1
                UNION ALL SELECT 'payment', count(*) FROM account_payment
                UNION ALL SELECT 'partner', count(*) FROM res_partner
                UNION ALL SELECT 'subscription', count(*) FROM saas_subscription
                UNION ALL SELECT 'schedule', count(*) FROM saas_revenue_schedule
                UNION ALL SELECT 'segment', count(*) FROM saas_revenue_segment
                ORDER BY 1"""
        )

    def states(self):
        """Events by state."""
        rows = self.books.query("SELECT state, count(*) FROM saas_billing_event GROUP BY 1")
        return dict(row.split("|") for row in rows.splitlines())

    def report(self):
        """The demo's rows: figures and differences by month."""
        return odoo_script.call(
            self.books.database,
            "dev.demo_company:report",
            env=self.env,
            start=START,
            months=len(self.month_ends()),
        )


@pytest.fixture(scope="session")
def company_database():
    """A database with the demo's company, to copy from."""
    setup.ensure()
    template.copy(template.ensure_suite(), COMPANY_DB)
    odoo_script.call(COMPANY_DB, "dev.demo_company:prepare", start=START)
    return COMPANY_DB


@pytest.fixture(scope="session")
def told(company_database):
    """The story played month by month as in the demo; its world stays up for the session.

    Its ledger is what every other way of delivering the same events must arrive at.
    """
    database = "saas_live_told"
    template.copy(company_database, database)
    simulator = StripeSimulator(datetime.fromisoformat(START).replace(tzinfo=UTC))
    simulator.start(0)
    world = World(simulator, database)
    with world.server:
        world.connect()
        world.story.set_up()
        for month, last_day in zip(world.story.months(), world.month_ends(), strict=True):
            world.story.play(month)
            world.settle()
            world.books.allow_posting_through(last_day)
            world.books.wait_until_posted(last_day)
        yield world
    simulator.stop()


@pytest.fixture
def make_world(company_database, told):
    """Another Odoo on a fresh copy of the company, for the events of the told story."""
    worlds = []

    def make(name, **server_options):
        database = f"saas_live_{name}"
        template.copy(company_database, database)
        world = World(told.simulator, database, **server_options)
        worlds.append(world)
        world.server.start()
        return world

    yield make
    for world in worlds:
        world.server.stop()


@pytest.fixture
def shuffled(told):
    """Ids of all events of the story in random order (fixed seed), one in three of them twice."""
    generator = random.Random(20260101)
    ids = [event["id"] for event in told.simulator.events]
    ids += generator.sample(ids, len(ids) // 3)
    generator.shuffle(ids)
    return ids
