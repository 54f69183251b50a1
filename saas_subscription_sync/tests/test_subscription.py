"""Subscriptions: the newest snapshot, and every event's movements."""

from datetime import date, datetime

from odoo.addons.saas_billing_connector.canonical import MissingDependency, Superseded
from odoo.exceptions import UserError

from . import factory
from .common import SyncCase


class TestSubscription(SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver(factory.customer(), factory.product(), factory.price())

    def _life(self):
        """Created with one seat, three seats, cancelled: (changes, last state)."""
        one = factory.subscription()
        three = factory.subscription("sub_1", factory.item(quantity="3"))
        gone = factory.subscription(
            "sub_1", factory.item(quantity="3"), status="cancelled", ended_at=factory.at(6)
        )
        return [
            self.change(one, kind="created"),
            self.change(three, previous=one),
            self.change(gone, kind="deleted"),
        ]

    def test_created(self):
        (change,) = self.deliver(self.change(factory.subscription(), kind="created"))
        self.assertDone(change)
        subscription = self.bound("subscription", "sub_1")
        self.assertRecordValues(
            subscription,
            [
                {
                    "state": "active",
                    "partner_id": self.bound("customer", "cus_1").id,
                    "mrr": 100.0,
                    "mrr_company": 100.0,
                    "change_count": 1,
                    "event_count": 1,
                }
            ],
        )
        self.assertRecordValues(
            subscription.item_ids,
            [
                {
                    "external_id": "si_1",
                    "quantity": 1.0,
                    "unit_amount": 1200.0,
                    "mrr": 100.0,
                    "catalog_mapping_id": self.bound("price", "price_1").id,
                }
            ],
        )
        self.assertEqual(subscription.change_ids.kind, "new")
        self.assertEqual(subscription.change_ids.event_id, change.event)
        self.assertEqual(change.event.saas_subscription_count, 1)
        self.assertEqual(change.event.action_open_subscriptions()["res_id"], subscription.id)

    def _add_up(self, subscription):
        """(MRR, MRR in company currency), told alike by the subscription, items and movements."""
        items, rows = subscription.item_ids, subscription.change_ids
        told = [
            (subscription.mrr, subscription.mrr_company),
            (sum(items.mapped("mrr")), sum(items.mapped("mrr_company"))),
            (sum(rows.mapped("mrr_delta")), sum(rows.mapped("mrr_delta_company"))),
        ]
        self.assertEqual({tuple(round(value, 2) for value in each) for each in told}, {told[0]})
        return told[0]

    def _sums(self, subscription):
        """What movements of each kind and day add up to, but for what was taken back."""
        rows = self.env["saas.subscription.change"]._read_group(
            [("subscription_id", "=", subscription.id)],
            ["kind", "date:day"],
            ["mrr_delta:sum", "mrr_delta_company:sum"],
        )
        return {
            (kind, day): (round(delta, 2), round(company, 2))
            for kind, day, delta, company in rows
            if round(delta, 2) or round(company, 2)
        }

    def test_any_order_gives_the_same_movements(self):
        results = []
        for order, size in (((0, 1, 2), 1), ((2, 1, 0), 1), ((1, 2, 0), 2), ((2, 0, 1), 9)):
            with self.env.cr.savepoint() as savepoint:
                life = self._life()
                for start in range(0, 3, size):
                    self.deliver(*(life[index] for index in order[start : start + size]))
                    self._add_up(self.bound("subscription", "sub_1"))
                self.deliver(*life[:2])
                subscription = self.bound("subscription", "sub_1")
                sums = self._sums(subscription)
                results.append((subscription.state, sorted((key[0], sums[key][0]) for key in sums)))
                savepoint.rollback()
        expected = [("churn", -300.0), ("expansion", 200.0), ("new", 100.0)]
        self.assertEqual(results, [("cancelled", expected)] * 4)

    def test_superseded_snapshots_leave_their_movements(self):
        created, grown, _gone = self._life()
        self.deliver(grown)
        subscription = self.bound("subscription", "sub_1")
        self.assertEqual(set(subscription.change_ids.mapped("kind")), {"opening", "expansion"})
        self.assertEqual(self._add_up(subscription), (300.0, 300.0))
        self.deliver(created)
        self.assertOutcome(created, Superseded)
        self.assertEqual({key[0] for key in self._sums(subscription)}, {"new", "expansion"})
        self.assertEqual(self._add_up(subscription), (300.0, 300.0))

    def test_imported_opens_and_older_events_take_its_opening_back(self):
        one, two = factory.item(), factory.item(quantity="2")
        created = self.change(factory.subscription("sub_1", one), kind="created")
        grown = self.change(
            factory.subscription("sub_1", two), previous=factory.subscription("sub_1", one)
        )
        imported = self.change(factory.subscription("sub_1", two), kind="imported")
        three = factory.subscription("sub_1", factory.item(quantity="3"))
        later = self.change(three, previous=factory.subscription("sub_1", two))
        self.deliver(imported)
        subscription = self.bound("subscription", "sub_1")
        self.assertRecordValues(
            subscription.change_ids,
            [{"kind": "opening", "derived": True, "mrr_before": 0, "mrr_after": 200.0}],
        )
        self.deliver(later, imported)
        self.assertEqual(
            sorted(subscription.change_ids.mapped(lambda row: (row.kind, row.mrr_delta))),
            [("expansion", 100.0), ("opening", 200.0)],
        )
        self.deliver(grown, created)
        self.assertEqual(
            sorted((key[0], value[0]) for key, value in self._sums(subscription).items()),
            [("expansion", 200.0), ("new", 100.0)],
        )
        self.assertEqual(self._add_up(subscription), (300.0, 300.0))

    def test_exchange_rates_move_nothing_but_the_exchange(self):
        """EUR is 1.10 in January, 1.20 in February, 1.25 in March."""
        self.deliver(factory.price("price_eur", "100", currency="EUR", interval="month"))

        def subscription(**values):
            item = factory.item(
                amount="100",
                price_id="price_eur",
                currency="EUR",
                interval="month",
                quantity=values.pop("quantity", "1"),
            )
            return factory.subscription("sub_1", item, currency="EUR", **values)

        one, two = subscription(), subscription(quantity="2")
        gone = subscription(quantity="2", status="cancelled", ended_at=factory.at(3, 10))
        month = 31 * 24 * 3600
        self.deliver(self.change(one, kind="created"))
        self.deliver(self.change(two, previous=one, second=month))
        record = self.bound("subscription", "sub_1")
        self.assertEqual(self._add_up(record), (200.0, 240.0))
        self.deliver(self.change(gone, kind="deleted", second=2 * month + 9 * 24 * 3600))
        self.assertEqual(self._add_up(record), (0.0, 0.0))
        self.assertEqual(
            {key: value[1] for key, value in self._sums(record).items()},
            {
                ("new", date(2026, 1, 1)): 110.0,
                ("exchange", date(2026, 2, 1)): 10.0,
                ("expansion", date(2026, 2, 1)): 120.0,
                ("exchange", date(2026, 3, 10)): 10.0,
                ("churn", date(2026, 3, 10)): -250.0,
            },
        )

    def test_mirrors_what_is_agreed(self):
        record = factory.subscription(
            "sub_1",
            factory.item(),
            factory.item("si_2", period=factory.period(factory.at(1), factory.at(2))),
            created_at=factory.at(2, 5),
            anchor_at=factory.at(1),
            days_until_due=30,
            collection_method="send_invoice",
            pause_collection="keep_as_draft",
            pause_resumes_at=factory.at(4),
            cancel_at=factory.at(6),
            cancellation_reason="cancellation_requested",
            discount_ids=("di_1",),
        )
        self.deliver(self.change(record, kind="created"))
        subscription = self.bound("subscription", "sub_1")
        self.assertRecordValues(
            subscription,
            [
                {
                    "backdated": True,
                    "anchor_at": datetime(2026, 1, 1),
                    "next_period_at": datetime(2026, 2, 1),
                    "days_until_due": 30,
                    "pause_collection": "keep_as_draft",
                    "pause_resumes_at": datetime(2026, 4, 1),
                    "cancel_at": datetime(2026, 6, 1),
                    "cancellation_reason": "cancellation_requested",
                    "discount_count": 1,
                    "mrr": 200.0,
                }
            ],
        )
        self.assertEqual(subscription.product_ids, subscription.item_ids.product_id)
        self.assertEqual(len(subscription.item_ids), 2)

    def test_removed_item_is_kept_archived(self):
        two = factory.subscription("sub_1", factory.item(), factory.item("si_2", amount="600"))
        one = factory.subscription("sub_1", factory.item())
        self.deliver(self.change(one, previous=two))
        subscription = self.bound("subscription", "sub_1")
        self.assertEqual(subscription.item_ids.mapped("external_id"), ["si_1"])
        everything = subscription.with_context(active_test=False).item_ids
        self.assertEqual(set(everything.mapped("external_id")), {"si_1", "si_2"})
        self.assertEqual(set(subscription.change_ids.mapped("kind")), {"opening", "contraction"})
        self.assertEqual(subscription.mrr, 100.0)

    def test_waits_for_customer_and_price(self):
        for record, key in (
            (factory.subscription(customer_id="cus_9"), "customer:cus_9"),
            (factory.subscription("s", factory.item(price_id="price_9")), "price:price_9"),
        ):
            (change,) = self.deliver(record)
            self.assertOutcome(change, MissingDependency)
            self.assertEqual(change.outcome.key, key)

    def test_company_currency(self):
        self.deliver(factory.price("price_eur", "120", currency="EUR"))
        items = factory.item(amount="120", price_id="price_eur", currency="EUR", interval="month")
        record = factory.subscription("sub_1", items, currency="EUR")
        self.deliver(self.change(record, kind="created"))
        subscription = self.bound("subscription", "sub_1")
        self.assertEqual((subscription.mrr, subscription.mrr_company), (120.0, 132.0))
        self.assertEqual(subscription.change_ids.mrr_delta_company, 132.0)

    def test_movements_are_append_only(self):
        self.deliver(self.change(factory.subscription(), kind="created"))
        movement = self.bound("subscription", "sub_1").change_ids.sudo()
        with self.assertRaises(UserError):
            movement.mrr_delta = 1
        with self.assertRaises(UserError):
            movement.unlink()

    def test_smart_buttons(self):
        self.deliver(self.change(factory.subscription(), kind="created"))
        self.deliver(factory.invoice("in_1", factory.line("1200", subscription_id="sub_1")))
        subscription, move = self.bound("subscription", "sub_1"), self.bound("invoice", "in_1")
        self.assertEqual(subscription.invoice_ids, move)
        self.assertEqual(move.saas_subscription_ids, subscription)
        self.assertEqual(subscription.partner_id.saas_subscription_count, 1)
        events = self.env["saas.billing.event"].search(move.action_open_saas_events()["domain"])
        self.assertEqual(len(events), 1)
        for action in (
            subscription.action_open_invoices(),
            subscription.action_open_changes(),
            subscription.action_open_events(),
            subscription.partner_id.action_open_saas_subscriptions(),
        ):
            self.assertEqual(self.env[action["res_model"]].search_count(action["domain"]), 1)
        self.assertEqual(move.action_open_saas_subscriptions()["res_id"], subscription.id)
