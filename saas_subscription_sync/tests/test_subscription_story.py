"""Half a year at the simulator: trials, both pauses, schedules, late payers, the inbox and back."""

import json
import random
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from odoo.addons.saas_billing_connector.providers.stripe import API_VERSION

from .common import SyncCase

# The simulator lives beside the addons: it serves the live tests and the demo too.
sys.path.append(str(Path(__file__).parents[2]))

from tests.stripe_simulator.settlement_story import SettlementStory
from tests.stripe_simulator.simulator import StripeSimulator

START = datetime(2026, 1, 1, tzinfo=UTC)
#: What subscriptions are made of, and what tells of failed payments.
TOLD = ("customer.", "product.", "price.", "subscription_schedule.", "invoice.payment_failed")
#: Movements (kind, MRR in the item's currency) that the story means, but for exchange rates.
MOVEMENTS = {
    "alder": [("new", 120.0)],
    "basalt": [("new", 120.0)],
    "cobalt": [("new", 80.0)],
    "dunlin": [("new", 110.0)],
    "ember": [("new", 120.0)],
    "fjord": [("new", 110.0)],
    "garnet": [("new", 120.0)],
    "heron": [("new", 200.0)],
    "ibis": [],
    "jasper": [("churn", -120.0), ("new", 120.0), ("pause", 0.0), ("resume", 0.0)],
    "kestrel": [("new", 120.0), ("pause", -120.0), ("resume", 120.0)],
    "lichen": [("new", 0.0), ("new", 0.0)],
    "marlin": [("expansion", 80.0), ("new", 120.0)],
    "nettle": [("new", 110.0)],
    "osprey": [("new", 120.0)],
}
STATES = {
    "garnet": ("past_due", "suspended"),
    "osprey": ("past_due", "suspended"),
    "ibis": ("cancelled", "ended"),
    "jasper": ("cancelled", "ended"),
}


class TestSubscriptionStory(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gbp = cls.env.ref("base.GBP")
        cls.gbp.active = True
        cls.env["res.currency.rate"].create(
            {
                "currency_id": cls.gbp.id,
                "company_id": cls.company.id,
                "name": "2025-12-01",
                "inverse_company_rate": 1.3,
            }
        )
        simulator = StripeSimulator(START, retry_delays=())
        story = SettlementStory(simulator, START)
        story.set_up()
        for month in story.months():
            story.play(month)
        cls.customers = {
            key.partition(":")[2]: external_id
            for key, external_id in story.ids.items()
            if key.startswith("customer:")
        }
        cls.events = [each for each in simulator.events if each["type"].startswith(TOLD)]

    def drain_all(self, events, size):
        """Through the inbox, in this order and in batches of that size, until nothing waits."""
        inbox, drain = self.env["saas.billing.event"].sudo(), self.env["saas.billing.drain"]
        adapter = self.connection._get_adapter()
        for event in events:
            text = json.dumps({**event, "api_version": API_VERSION})
            inbox._store(self.connection.id, adapter.parse(text), text)
        ids = [event["id"] for event in events]
        rows = inbox.search([("external_id", "in", ids)])
        position = {external_id: index for index, external_id in enumerate(ids)}
        rows = rows.sorted(lambda row: position[row.external_id])
        for _round in range(4):
            for start in range(0, len(rows), size):
                drain._process_events(self.connection, rows[start : start + size])
            rows.invalidate_recordset()
            rows = rows.filtered(lambda row: row.state == "waiting")

    def look(self):
        """What must not depend on order, by customer; and every subscription adds up."""
        found = {}
        for key, external_id in self.customers.items():
            partner = self.bound("customer", external_id)
            subscription = self.env["saas.subscription"].search([("partner_id", "=", partner.id)])
            rows = self.env["saas.subscription.change"]._read_group(
                [("subscription_id", "=", subscription.id)],
                ["item_id", "kind", "date:day"],
                ["mrr_delta:sum", "mrr_delta_company:sum", "derived:bool_or"],
            )
            self.assertAddsUp(subscription)
            found[key] = {
                "state": (subscription.state, subscription.access),
                "mrr": (subscription.mrr, subscription.mrr_company),
                "movements": sorted(
                    (kind, str(day), round(delta, 2), round(company, 2))
                    for _item, kind, day, delta, company, derived in rows
                    if not derived or round(delta, 2) or round(company, 2)
                ),
                "phases": subscription.phase_ids.mapped(
                    lambda phase: (phase.phase, phase.catalog_mapping_id.external_id)
                ),
                "late": (str(subscription.past_due_since), subscription.failed_attempts),
            }
        return found

    def assertAddsUp(self, subscription):
        items = subscription.item_ids
        rows = self.env["saas.subscription.change"].search(
            [("subscription_id", "=", subscription.id)]
        )
        for amounts, name in (
            ((subscription.mrr, *items.mapped("mrr")), "mrr_delta"),
            ((subscription.mrr_company, *items.mapped("mrr_company")), "mrr_delta_company"),
        ):
            total, *parts = amounts
            self.assertAlmostEqual(total, sum(parts), 2, subscription.name)
            self.assertAlmostEqual(total, sum(rows.mapped(name)), 2, subscription.name)

    def test_the_story_in_order_is_what_it_means(self):
        self.drain_all(self.events, 300)
        found = self.look()
        for key, expected in MOVEMENTS.items():
            with self.subTest(key):
                told = [each for each in found[key]["movements"] if each[0] != "exchange"]
                self.assertEqual([(each[0], each[2]) for each in told], expected)
                state = STATES.get(key, ("active", "granted"))
                self.assertEqual(found[key]["state"], state)
        self.assertEqual([phase for phase, _price in found["marlin"]["phases"]], [1, 2])
        nettle = self.bound("customer", self.customers["nettle"])
        self.assertTrue(nettle.saas_subscription_ids.backdated)
        jasper = self.bound("customer", self.customers["jasper"]).saas_subscription_ids
        self.assertTrue(jasper.ended_at)
        fjord = self.bound("customer", self.customers["fjord"]).saas_subscription_ids
        self.assertEqual(fjord.dunning_ids.attempts, 1)
        history = defaultdict(list)
        for row in self.env["saas.subscription.access"].search([], order="id"):
            history[row.partner_id].append(row.access)
        kestrel = self.bound("customer", self.customers["kestrel"])
        # Within one batch only the newest state has an effect on access.
        self.assertEqual(history[kestrel], ["granted"])

    def test_any_order_duplication_and_batching_gives_the_same(self):
        with self.env.cr.savepoint() as savepoint:
            self.drain_all(self.events, 300)
            expected = self.look()
            savepoint.rollback()
        self.env.invalidate_all()
        for seed, size in ((1, 7), (2, 60)):
            dice = random.Random(seed)
            order = list(self.events)
            dice.shuffle(order)
            with self.subTest(seed=seed), self.env.cr.savepoint() as savepoint:
                self.drain_all(order, size)
                self.drain_all(dice.sample(order, 40), size)
                for key, value in self.look().items():
                    self.assertEqual(value, expected[key], key)
                savepoint.rollback()
            self.env.invalidate_all()
