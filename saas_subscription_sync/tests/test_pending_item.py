"""Unbilled items: pending until a final invoice bills them or the provider deletes them."""

import random
from datetime import date

from odoo.addons.saas_billing_connector.canonical import MissingDependency

from . import factory
from .common import SyncCase


class TestPendingItem(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Item = cls.env["saas.pending.item"]

    def setUp(self):
        super().setUp()
        self.deliver_catalog()

    def item(self, external_id="ii_1"):
        return self.Item.search([("external_id", "=", external_id)])

    def bill(self, invoice="in_2", item="ii_1", day=None, **values):
        """An invoice on 1 February with a line that an item waited for."""
        line = factory.line(
            "80",
            external_id=f"il_{invoice}",
            period=factory.period(factory.at(1, 15), factory.at(2)),
            proration=True,
            invoice_item_id=item,
        )
        return factory.invoice(invoice, line, accounting_at=day or factory.at(2), **values)

    def facts(self):
        return [
            (each.external_id, each.state, each.amount, str(each.settled_on), each.invoice_id)
            for each in self.Item.search([], order="external_id")
        ]

    def test_a_pending_item_is_kept_as_it_stands(self):
        self.assertDone(*self.deliver(factory.invoice_item(amount="-50")))
        self.assertRecordValues(
            self.item(),
            [
                {
                    "state": "pending",
                    "amount": -50,
                    "proration": True,
                    "created_on": date(2026, 1, 15),
                    "service_start": date(2026, 1, 15),
                    "service_end": date(2026, 2, 1),
                    "service_last_day": date(2026, 1, 31),
                    "settled_on": False,
                    "partner_id": self.bound("customer", "cus_1").id,
                    "subscription_id": self.bound("subscription", "sub_1").id,
                    "subscription_item_id": self.bound("subscription", "sub_1").item_ids.id,
                    "catalog_mapping_id": self.bound("price", "price_1").id,
                    "product_id": self.bound("price", "price_1").product_id.id,
                }
            ],
        )

    def test_days_are_those_of_the_connection(self):
        self.connection.sudo().timezone = "America/New_York"
        self.deliver(factory.invoice_item(created_at=factory.at(1, 15, hour=2)))
        self.assertEqual(self.item().created_on, date(2026, 1, 14))

    def test_it_waits_for_what_it_names(self):
        [change] = self.deliver(factory.invoice_item(price_id="price_new"))
        self.assertOutcome(change, MissingDependency, key="price:price_new")
        self.assertFalse(self.item())
        self.deliver(factory.price("price_new"), change)
        self.assertDone(change)

    def test_its_invoice_settles_it_on_the_accounting_date(self):
        self.deliver(factory.invoice_item(), self.bill())
        self.assertRecordValues(
            self.item(),
            [
                {
                    "state": "invoiced",
                    "settled_on": date(2026, 2, 1),
                    "invoice_id": self.bound("invoice", "in_2").id,
                }
            ],
        )

    def test_a_draft_invoice_settles_nothing(self):
        self.deliver(factory.invoice_item(invoice_id="in_2"), self.bill(status="draft"))
        self.assertEqual(self.item().state, "pending")

    def test_a_deleted_item_waits_no_more(self):
        gone = self.change(
            factory.invoice_item(deleted=True), kind="deleted", second=20 * 24 * 3600
        )
        self.deliver(self.change(factory.invoice_item(), second=1), gone)
        self.assertRecordValues(
            self.item(), [{"state": "deleted", "settled_on": date(2026, 1, 21)}]
        )

    def test_any_order_and_duplicates_give_the_same(self):
        changes = [
            self.change(factory.invoice_item("ii_1", "-40"), kind="created", second=1),
            self.change(factory.invoice_item("ii_1", "-50"), second=2),
            self.change(factory.invoice_item("ii_2"), kind="created", second=3),
            self.change(factory.invoice_item("ii_2", deleted=True), kind="deleted", second=4),
            self.change(self.bill(), second=5),
        ]
        expected = [
            ("ii_1", "invoiced", -50.0, "2026-02-01"),
            ("ii_2", "deleted", 80.0, "2026-01-01"),
        ]
        dice = random.Random(20260115)
        for size in (1, 2, 100) * 5:
            order = dice.sample([*changes, *dice.sample(changes, 2)], 7)
            with self.subTest(order=order, size=size), self.env.cr.savepoint() as savepoint:
                self.deliver(*order, size=size)
                self.assertEqual([row[:4] for row in self.facts()], expected)
                self.assertEqual(self.item().invoice_id, self.bound("invoice", "in_2"))
                savepoint.rollback()

    def test_of_two_invoices_that_name_it_the_earlier_one_counts(self):
        revision = self.bill("in_3", day=factory.at(2, 10), replaces_id="in_2")
        for order in ((self.bill(), revision), (revision, self.bill())):
            with self.env.cr.savepoint() as savepoint:
                self.deliver(factory.invoice_item(), *order, size=1)
                self.assertEqual(self.item().settled_on, date(2026, 2, 1))
                savepoint.rollback()

    def test_an_invoice_from_before_the_cutover_settles_it_too(self):
        self.connection.sudo().cutover_date = "2026-03-01"
        for order in (
            (factory.invoice_item(), self.bill()),
            (self.bill(), factory.invoice_item()),
        ):
            with self.env.cr.savepoint() as savepoint:
                self.deliver(*order, size=1)
                self.assertRecordValues(
                    self.item(),
                    [{"state": "invoiced", "settled_on": date(2026, 2, 1), "invoice_id": False}],
                )
                savepoint.rollback()

    def test_the_constraint_is_in_the_database(self):
        self.cr.execute(
            "SELECT 1 FROM pg_constraint WHERE conname = 'saas_pending_item_external_unique'"
        )
        self.assertTrue(self.cr.fetchone())
