"""Subscriptions: the newest snapshot, and every event's movements."""

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

    def test_any_order_gives_the_same_rows(self):
        results = []
        for order, size in (((0, 1, 2), 1), ((2, 1, 0), 1), ((1, 2, 0), 2), ((2, 0, 1), 9)):
            with self.env.cr.savepoint() as savepoint:
                life = self._life()
                self.deliver(*(life[index] for index in order), *life[:1], size=size)
                subscription = self.bound("subscription", "sub_1")
                rows = subscription.change_ids.sorted("occurred_at")
                results.append(
                    (
                        subscription.state,
                        subscription.mrr,
                        [(row.kind, row.mrr_delta) for row in rows],
                    )
                )
                savepoint.rollback()
        expected = [("new", 100.0), ("expansion", 200.0), ("churn", -300.0)]
        self.assertEqual(results, [("cancelled", 0.0, expected)] * 4)

    def test_superseded_snapshots_leave_their_movements(self):
        created, grown, _gone = self._life()
        self.deliver(grown)
        self.deliver(created)
        self.assertOutcome(created, Superseded)
        subscription = self.bound("subscription", "sub_1")
        self.assertEqual(set(subscription.change_ids.mapped("kind")), {"new", "expansion"})
        self.assertEqual(sum(subscription.change_ids.mapped("mrr_delta")), subscription.mrr)

    def test_removed_item_is_kept_archived(self):
        two = factory.subscription("sub_1", factory.item(), factory.item("si_2", amount="600"))
        one = factory.subscription("sub_1", factory.item())
        self.deliver(self.change(one, previous=two))
        subscription = self.bound("subscription", "sub_1")
        self.assertEqual(subscription.item_ids.mapped("external_id"), ["si_1"])
        everything = subscription.with_context(active_test=False).item_ids
        self.assertEqual(set(everything.mapped("external_id")), {"si_1", "si_2"})
        self.assertEqual(subscription.change_ids.kind, "contraction")
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
