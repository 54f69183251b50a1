"""Customers, products, prices, tax rates: the newest snapshot wins; mappings are governed."""

from odoo import Command, fields
from odoo.addons.saas_billing_connector import canonical
from odoo.addons.saas_billing_connector.canonical import (
    MissingDependency,
    NeedsHuman,
    OutOfScope,
    Superseded,
)
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from . import factory
from .common import SyncCase


class TestMasterData(SyncCase):
    def test_customer(self):
        address = canonical.Address("1 Main St", None, "Paris", "75001", None, "FR")
        (change,) = self.deliver(factory.customer(name="Ada", phone="+33 1", address=address))
        self.assertDone(change)
        self.assertRecordValues(
            self.bound("customer", "cus_1"),
            [
                {
                    "name": "Ada",
                    "email": "cus_1@example.com",
                    "phone": "+33 1",
                    "street": "1 Main St",
                    "city": "Paris",
                    "zip": "75001",
                    "country_id": self.env.ref("base.fr").id,
                    "company_id": self.company.id,
                }
            ],
        )

    def test_customer_without_a_name(self):
        self.deliver(factory.customer(name=None), factory.customer("cus_2", name=None, email=None))
        self.assertEqual(self.bound("customer", "cus_1").name, "cus_1@example.com")
        self.assertEqual(self.bound("customer", "cus_2").name, "cus_2")

    def test_newest_snapshot_wins_in_any_order(self):
        old = self.change(factory.customer(name="Old"), second=1)
        middle = self.change(factory.customer(name="Middle"), second=2)
        new = self.change(factory.customer(name="New"), second=3)
        for order, size in (
            ([new, old, middle], 1),
            ([old, new, middle], 1),
            ([new, middle, old], 9),
        ):
            with self.subTest(order=order, size=size), self.env.cr.savepoint() as savepoint:
                self.deliver(*order, size=size)
                self.assertEqual(self.bound("customer", "cus_1").name, "New")
                self.assertOutcome(old if order[0] is not old or size > 1 else middle, Superseded)
                self.assertDone(new)
                savepoint.rollback()

    def test_a_repeat_writes_and_traces_nothing(self):
        (change,) = self.deliver(factory.customer())
        partner = self.bound("customer", "cus_1")
        before = self.env["saas.billing.trace"].search_count([])
        self.deliver(change)
        self.assertEqual(self.env["saas.billing.trace"].search_count([]), before)
        self.assertEqual(self.bound("customer", "cus_1"), partner)

    def test_product_and_price(self):
        self.deliver(factory.product(name="Pro"), factory.price(nickname="Pro yearly"))
        product, mapping = self.bound("product", "prod_1"), self.bound("price", "price_1")
        self.assertRecordValues(
            product,
            [{"name": "Pro", "type": "service", "taxes_id": [], "company_id": self.company.id}],
        )
        self.assertRecordValues(
            mapping,
            [
                {
                    "name": "Pro yearly",
                    "product_id": product.id,
                    "state": "approved",
                    "interval": "year",
                    "unit_amount": 1200.0,
                }
            ],
        )

    def test_price_waits_for_its_product(self):
        (change,) = self.deliver(factory.price())
        self.assertOutcome(change, MissingDependency)
        self.assertEqual(change.outcome.key, "product:prod_1")

    def test_parked_price_is_approved_and_wakes_its_invoices(self):
        self.connection.catalog_policy = "park"
        product_change, *_rest = self.deliver(
            factory.product(), factory.customer(), factory.price()
        )
        self.assertOutcome(product_change, OutOfScope)
        mapping = self.bound("price", "price_1")
        self.assertEqual(mapping.state, "draft")
        once = factory.period(factory.at(1), factory.at(1))
        (change,) = self.deliver(factory.invoice("in_1", factory.line("10", period=once)))
        self.assertOutcome(change, NeedsHuman, "unmapped_price", "price_1")
        with self.assertRaises(ValidationError):
            mapping.action_approve()
        resolved = self._catch_resolved(mapping, {"product_id": self.product_a.id})
        self.assertEqual(resolved, [(self.connection, "unmapped_price", "price_1")])
        self.deliver(change)
        self.assertDone(change)
        line = self.bound("invoice", "in_1").invoice_line_ids
        self.assertEqual(line.product_id, self.product_a)
        self.assertEqual(line.account_id, self.product_a.property_account_income_id)
        self.assertFalse(line.tax_ids, "the product's own taxes must not be added")

    def _catch_resolved(self, mapping, values):
        resolved = []
        self.patch(
            self.env.registry["saas.billing.issue"],
            "_resolve",
            lambda _self, *cause: resolved.append(cause),
        )
        mapping.write(values)
        mapping.action_approve()
        return resolved

    def test_line_without_price(self):
        self.deliver(factory.customer())
        bare = factory.line("10", price_id=None, product_id=None)
        (change,) = self.deliver(factory.invoice("in_1", bare))
        self.assertDone(change)
        product = self.bound("invoice", "in_1").invoice_line_ids.product_id
        self.assertEqual(product, self.connection.default_product_id)
        self.connection.sudo().write({"default_product_id": False, "catalog_policy": "park"})
        (change,) = self.deliver(factory.invoice("in_2", bare))
        self.assertOutcome(change, NeedsHuman, "unmapped_price", "default")

    def test_tax_rate_matches_by_percentage_and_inclusion(self):
        self._create_vat("VAT 20% incl.", 20, "tax_included")
        self.deliver(factory.tax_rate(), factory.tax_rate("txr_7", "7"))
        self.assertEqual(self.bound("tax_rate", "txr_20").tax_id, self.vat)
        self.assertEqual(self.bound("tax_rate", "txr_7").state, "draft")

    def test_ambiguous_or_parked_tax_rates_wait_for_a_person(self):
        self._create_vat("VAT 20% too", 20)
        self.deliver(factory.tax_rate())
        self.assertEqual(self.bound("tax_rate", "txr_20").state, "draft")
        self.connection.sudo().tax_policy = "park"
        self._create_vat("VAT 9%", 9)
        self.deliver(factory.tax_rate("txr_9", "9"))
        self.assertEqual(self.bound("tax_rate", "txr_9").state, "draft")

    def test_unmapped_tax_parks_and_clears(self):
        self.deliver(*self._sold(), factory.tax_rate("txr_7", "7"))
        (change,) = self.deliver(
            factory.invoice("in_1", factory.line("100", factory.tax("7", "100", rate_id="txr_7")))
        )
        self.assertOutcome(change, NeedsHuman, "unmapped_tax", "txr_7")
        mapping = self.bound("tax_rate", "txr_7")
        tax = self._create_vat("VAT 7%", 7)
        resolved = self._catch_resolved(mapping, {"tax_id": tax.id})
        self.assertEqual(resolved, [(self.connection, "unmapped_tax", "txr_7")])
        self.deliver(change)
        self.assertDone(change)
        self.assertEqual(self.bound("invoice", "in_1").amount_tax, 7.0)

    def _sold(self):
        return factory.customer(), factory.product(), factory.price()

    def test_decision_of_an_approved_mapping_is_changed_by_two_people(self):
        self.deliver(*self._sold())
        mapping = self.bound("price", "price_1")
        product = mapping.product_id
        second = self._create_second_person()
        mapping.product_id = self.product_a
        self.assertEqual(mapping.product_id, product)
        with self.assertRaises(UserError):
            mapping.action_approve_proposal()
        mapping.with_user(second).action_approve_proposal()
        self.assertEqual((mapping.product_id, mapping.approved_by_id), (self.product_a, second))

    def test_taking_an_approval_back_is_no_way_around_the_second_person(self):
        self.deliver(*self._sold())
        mapping = self.bound("price", "price_1")
        mapping.action_reset()
        self.assertEqual(mapping.state, "approved")
        mapping.with_user(self._create_second_person()).action_approve_proposal()
        self.assertEqual((mapping.state, mapping.approved_at), ("draft", False))
        mapping.product_id = self.product_a
        mapping.action_approve()
        self.assertEqual((mapping.product_id, mapping.state), (self.product_a, "approved"))

    def test_the_stamp_of_an_approval_cannot_be_written(self):
        self.deliver(*self._sold())
        with self.assertRaises(UserError):
            self.bound("price", "price_1").write({"approved_by_id": self.env.uid})

    def test_settings_of_a_connection_in_use_are_changed_by_two_people(self):
        self.connection.tax_tolerance = 0.05
        self.assertEqual(self.connection.tax_tolerance, 0.05)
        self.deliver(*self._sold())
        self.connection.write({"tax_tolerance": 5.0, "name": "Renamed"})
        self.assertEqual((self.connection.tax_tolerance, self.connection.name), (0.05, "Renamed"))
        self.assertIn("5.0", self.connection.proposal_table)
        groups = "saas_billing_connector.group_saas_admin"
        self.connection.with_user(self._create_second_person(groups)).action_approve_proposal()
        self.assertEqual(self.connection.tax_tolerance, 5.0)

    def _create_second_person(self, groups="saas_billing_connector.group_saas_operator"):
        return new_test_user(
            self.env,
            "second_person",
            groups,
            company_ids=[Command.set(self.company.ids)],
            company_id=self.company.id,
        )

    def test_newer_price_leaves_the_decision_alone(self):
        self.deliver(*self._sold())
        mapping = self.bound("price", "price_1")
        mapping.sudo().product_id = self.product_a
        self.deliver(factory.price(nickname="Renamed", active=False))
        self.assertEqual((mapping.name, mapping.active), ("Renamed", False))
        self.assertEqual(mapping.product_id, self.product_a)

    def test_constraints_are_in_the_database(self):
        self.env.cr.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'u' AND conname LIKE 'saas%'"
        )
        names = {row[0] for row in self.env.cr.fetchall()}
        self.assertLessEqual(
            {
                "saas_catalog_mapping_external_unique",
                "saas_tax_mapping_external_unique",
                "saas_subscription_item_external_unique",
                "saas_subscription_change_movement_unique",
                "saas_billing_link_external_unique",
            },
            names,
        )

    @mute_logger("odoo.sql_db")
    def test_a_price_is_mapped_once(self):
        self.deliver(*self._sold())
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self.env["saas.catalog.mapping"].sudo().create(
                {
                    "connection_id": self.connection.id,
                    "external_id": "price_1",
                    "name": "Again",
                    "approved_at": fields.Datetime.now(),
                }
            )
