"""Products and prices of every kind become products and mappings, by policy."""

from decimal import Decimal

from odoo import Command
from odoo.addons.saas_billing_connector import canonical
from odoo.addons.saas_billing_connector.canonical import (
    MissingDependency,
    NeedsHuman,
    OutOfScope,
)
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user

from . import factory
from .common import SyncCase


def tier(up_to, unit_amount, flat_amount=None):
    return canonical.PriceTier(
        *(None if each is None else Decimal(each) for each in (up_to, unit_amount, flat_amount))
    )


class TestCatalogue(SyncCase):
    def map(self, record=None, **values):
        self.deliver(factory.product(), record or factory.price(**values))
        return self.bound("price", (record or factory.price()).external_id)

    def bill(self, external_id="in_1"):
        self.deliver(factory.customer(), factory.tax_rate())
        (change,) = self.deliver(factory.invoice(external_id))
        return change

    # ── policies ─────────────────────────────────────────────────────────────────────────────

    def test_created_at_once(self):
        mapping = self.map()
        self.assertEqual(mapping.state, "approved")
        self.assertEqual(mapping.product_id, self.bound("product", "prod_1"))
        self.assertDone(self.bill())

    def test_created_as_a_draft_waits_for_approval_with_its_product(self):
        self.connection.catalog_policy = "draft"
        mapping = self.map()
        self.assertEqual(mapping.state, "draft")
        self.assertEqual(mapping.product_id, self.bound("product", "prod_1"))
        change = self.bill()
        self.assertOutcome(change, NeedsHuman, "unmapped_price", "price_1")
        mapping.action_approve()
        self.assertDone(*self.deliver(change))

    def test_parked_waits_for_a_person_to_choose(self):
        self.connection.catalog_policy = "park"
        product, price = self.deliver(factory.product(), factory.price())
        self.assertOutcome(product, OutOfScope)
        self.assertDone(price)
        mapping = self.bound("price", "price_1")
        self.assertEqual((mapping.state, mapping.product_id.id), ("draft", False))
        self.assertOutcome(self.bill(), NeedsHuman, "unmapped_price", "price_1")

    def test_a_new_price_goes_where_a_person_sent_the_others_of_its_product(self):
        for policy, state in (("create", "approved"), ("draft", "draft"), ("park", "draft")):
            with self.subTest(policy=policy), self.env.cr.savepoint() as savepoint:
                self.connection.catalog_policy = policy
                mapping = self.map()
                mapping.sudo().product_id = self.product_a
                mapping.sudo().state = "approved"
                self.deliver(factory.price("price_2"))
                new = self.bound("price", "price_2")
                self.assertEqual((new.product_id, new.state), (self.product_a, state))
                savepoint.rollback()

    # ── prices in words ──────────────────────────────────────────────────────────────────────

    def test_prices_are_readable(self):
        told = {
            "price_a": (factory.price("price_a", "49"), "49.00 USD each, every month"),
            "price_b": (factory.price("price_b", "9.5", None), "9.50 USD each, once"),
            "price_c": (
                factory.price("price_c", "0.0005", "month", metered=True, package_size=100),
                "0.0005 USD per 100 units, every month, by usage",
            ),
            "price_d": (
                factory.price("price_d", "3000", "month", currency="JPY", interval_count=3),
                "3000 JPY each, every 3 × month",
            ),
        }
        told["price_a"] = (factory.price("price_a", "49", "month"), told["price_a"][1])
        self.deliver(factory.product(), *(record for record, _text in told.values()))
        for external_id, (_record, text) in told.items():
            self.assertEqual(self.bound("price", external_id).price_text, text)

    def test_tiers_are_readable_and_stay_when_an_event_leaves_them_out(self):
        tiers = (tier("10", "5"), tier(None, "4.25", "10"))
        mapping = self.map(amount="0", interval="month", tiers_mode="graduated", tiers=tiers)
        expected = "1–10: 5.00 USD each\nfrom 11: 4.25 USD each + 10.00 USD once"
        self.assertIn(expected, mapping.price_text)
        self.deliver(factory.price(amount="0", interval="month", tiers_mode="graduated"))
        self.assertIn(expected, mapping.price_text)

    def test_tiers_that_nobody_told_say_where_they_come_from(self):
        mapping = self.map(tiers_mode="volume")
        self.assertIn("import", mapping.price_text)

    def test_several_currencies_and_tax_behaviours_of_one_product(self):
        self.deliver(
            factory.product(),
            factory.price(tax_behavior="exclusive"),
            factory.price("price_2", currency="EUR", tax_behavior="inclusive"),
        )
        dollar, euro = self.bound("price", "price_1"), self.bound("price", "price_2")
        self.assertEqual(euro.currency_id, self.eur)
        self.assertEqual((dollar.tax_behavior, euro.tax_behavior), ("exclusive", "inclusive"))
        self.assertEqual(dollar.product_id, euro.product_id)

    # ── accounts ─────────────────────────────────────────────────────────────────────────────

    def test_the_income_account_of_a_price(self):
        mapping = self.map()
        usual = mapping.effective_account_id
        other = usual.copy({"name": "Plans"})
        mapping.sudo().account_id = other
        self.assertEqual(mapping.effective_account_id, other)
        once = factory.period(factory.at(1), factory.at(1))
        self.deliver(factory.customer())
        self.deliver(factory.invoice("in_1", factory.line("10", period=once)))
        line = self.bound("invoice", "in_1").invoice_line_ids
        self.assertEqual((line.product_id, line.account_id), (mapping.product_id, other))

    def test_an_income_account_is_one(self):
        mapping = self.map()
        with self.assertRaises(ValidationError):
            mapping.sudo().account_id = self.company_data["default_account_receivable"]

    def test_the_account_of_an_approved_price_takes_two_people(self):
        mapping = self.map()
        mapping.account_id = self.company_data["default_account_revenue"]
        self.assertTrue(mapping.has_proposal)
        self.assertFalse(mapping.account_id)

    # ── what is not in use there any more ────────────────────────────────────────────────────

    def test_deleted_products_and_archived_prices_serve_later_documents(self):
        mapping = self.map()
        self.deliver(factory.product(deleted=True), factory.price(active=False))
        product = self.bound("product", "prod_1")
        self.assertEqual((product.active, product.saas_state), (True, "deleted"))
        self.assertFalse(mapping.active)
        self.assertDone(self.bill())
        self.assertEqual(self.bound("invoice", "in_1").invoice_line_ids.product_id, product)

    def test_a_product_that_is_read_too_late_keeps_its_name(self):
        self.deliver(factory.product(name="Pro"))
        self.deliver(factory.product(name="prod_1", deleted=True))
        product = self.bound("product", "prod_1")
        self.assertEqual((product.name, product.saas_state), ("Pro", "deleted"))

    def test_a_product_that_is_only_known_as_deleted_gets_a_name(self):
        self.deliver(factory.product(name="prod_1", deleted=True), factory.price())
        self.assertEqual(self.bound("price", "price_1").product_id.name, "prod_1")
        self.assertDone(self.bill())

    def _raise_missing(self, key):
        cause = NeedsHuman("not_at_provider", "Gone", key=key)
        return (
            self.env["saas.billing.issue"]
            .sudo()
            ._raise(self.connection, [cause])["not_at_provider", key]
        )

    def test_a_price_that_is_gone_is_put_in_by_hand(self):
        change = self.bill()
        self.assertOutcome(change, MissingDependency)
        issue = self._raise_missing("price:price_1").sudo(False)
        self.assertTrue(issue.can_stand_in)
        issue.action_stand_in()
        self.deliver(change)
        self.assertOutcome(change, NeedsHuman, "unmapped_price", "price_1")
        mapping = self.bound("price", "price_1")
        mapping.product_id = self.product_a
        mapping.action_approve()
        self.assertDone(*self.deliver(change))

    def test_only_what_can_be_put_in_offers_it_and_only_to_an_operator(self):
        self.assertFalse(self._raise_missing("product:prod_1").can_stand_in)
        auditor = new_test_user(
            self.env,
            "auditor",
            "saas_billing_connector.group_saas_auditor",
            company_ids=[Command.set(self.company.ids)],
            company_id=self.company.id,
        )
        issue = self._raise_missing("price:price_1").with_user(auditor)
        with self.assertRaises(AccessError):
            issue.action_stand_in()

    # ── taxes ────────────────────────────────────────────────────────────────────────────────

    def test_the_product_s_own_taxes_are_shown_and_not_added(self):
        mapping = self.map()
        mapping.product_id.taxes_id = [Command.set(self.vat.ids)]
        self.assertEqual(mapping.product_tax_ids, self.vat)
        self.deliver(factory.customer())
        self.deliver(factory.invoice("in_1", factory.line("10")))
        self.assertFalse(self.bound("invoice", "in_1").invoice_line_ids.tax_ids)
