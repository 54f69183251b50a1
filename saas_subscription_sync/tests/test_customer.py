"""Which contact a customer becomes, and who decides it."""

import logging

from odoo import Command
from odoo.addons.saas_billing_connector.canonical import MissingDependency, NeedsHuman
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from . import factory
from .common import SyncCase

_logger = logging.getLogger(__name__)

VAT = "DE123456788"
OTHER_VAT = "FR23334175221"


class CustomerCase(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.sudo().customer_policy = "link"

    @classmethod
    def contact(cls, name="Acme", **values):
        return cls.env["res.partner"].create({"name": name, **values})

    def mirror(self, external_id="cus_1", connection=None):
        return self.env["saas.customer"]._find(connection or self.connection, [external_id])[
            external_id
        ]

    def decide(self, change, action, **values):
        """A person decides; what waited is processed as the drain does."""
        customer = self.mirror(change.record.external_id)
        customer.write(values)
        getattr(customer, action)()
        self.deliver(change)
        return customer


class TestCustomerMatch(CustomerCase):
    def test_a_known_email_links_to_the_contact(self):
        contact = self.contact(email="Cus_1@Example.com")
        self.assertDone(*self.deliver(factory.customer()))
        self.assertEqual(self.bound("customer", "cus_1"), contact)
        self.assertEqual(self.mirror().origin, "email")

    def test_the_tax_id_goes_before_the_email(self):
        contact = self.contact(vat=VAT)
        self.contact("Somebody", email="other@example.com")
        self.deliver(factory.tax_id(), factory.customer())
        self.assertEqual(self.bound("customer", "cus_1"), contact)
        self.assertEqual(self.mirror().origin, "tax_id")

    def test_a_tax_id_is_found_however_it_is_written(self):
        for written in ("DE 123 456 788", "de123.456.788"):
            with self.subTest(written=written), self.env.cr.savepoint() as savepoint:
                contact = self.contact(vat=written)
                self.deliver(factory.tax_id(value="de123456788"), factory.customer())
                self.assertEqual(self.bound("customer", "cus_1"), contact)
                savepoint.rollback()

    def test_a_person_of_a_company_leads_to_the_company(self):
        company = self.contact(is_company=True)
        self.contact("Ada", email="cus_1@example.com", parent_id=company.id)
        self.deliver(factory.customer())
        self.assertEqual(self.bound("customer", "cus_1"), company)

    def test_contacts_of_another_company_are_nobody(self):
        self.contact(
            email="cus_1@example.com", company_id=self.env["res.company"].create({"name": "B"}).id
        )
        self.deliver(factory.customer())
        self.assertEqual(self.mirror().origin, "created")

    def test_a_colleague_is_no_customer(self):
        new_test_user(self.env, "colleague", email="cus_1@example.com")
        self.deliver(factory.customer())
        self.assertEqual(self.mirror().origin, "created")

    def test_policies(self):
        contact = self.contact(email="cus_1@example.com")
        self.connection.sudo().customer_policy = "create"
        self.deliver(factory.customer())
        self.assertNotEqual(self.bound("customer", "cus_1"), contact)
        self.connection.sudo().customer_policy = "propose"
        (change,) = self.deliver(factory.customer("cus_2", email="cus_1@example.com"))
        self.assertOutcome(change, NeedsHuman, "customer_match", "cus_2")
        self.assertEqual(self.mirror("cus_2").candidate_id, contact)

    def test_doubts_wait_for_a_person(self):
        several = [self.contact(email="two@example.com") for _number in range(2)]
        self.contact(vat=VAT)
        self.contact(email="tax@example.com")
        self.contact(email="vat@example.com", vat=OTHER_VAT)
        self.contact(email="old@example.com", active=False)
        self.deliver(
            factory.tax_id("txi_2", customer_id="cus_2"),
            factory.tax_id("txi_3", value="IT12345670017", customer_id="cus_3"),
        )
        emails = {"cus_1": "two", "cus_2": "tax", "cus_3": "vat", "cus_4": "old"}
        changes = self.deliver(
            *(factory.customer(key, email=f"{name}@example.com") for key, name in emails.items())
        )
        for change, reason in zip(
            changes, ("several", "contradiction", "other_tax_id", "archived"), strict=True
        ):
            self.assertOutcome(change, NeedsHuman, "customer_match", change.record.external_id)
            self.assertEqual(self.mirror(change.record.external_id).reason, reason)
        self.assertIn(self.mirror().candidate_id, several)
        self.assertEqual(self.mirror().match_ids, self.env["res.partner"].union(*several))

    def test_one_contact_is_two_customers_only_by_decision(self):
        contact = self.contact(email="same@example.com")
        changes = self.deliver(
            factory.customer(email="same@example.com"),
            factory.customer("cus_2", email="same@example.com"),
        )
        self.assertDone(changes[0])
        self.assertOutcome(changes[1], NeedsHuman, "customer_match", "cus_2")
        self.assertEqual(self.mirror("cus_2").reason, "taken")
        self.decide(changes[1], "action_link")
        self.assertDone(changes[1])
        self.assertEqual(self.bound("customer", "cus_2"), contact)

    def test_what_the_provider_keeps_apart_stays_apart(self):
        first, second = (
            factory.customer(key, email="same@example.com") for key in ("cus_1", "cus_2")
        )
        for order, size in (((first, second), 1), ((second, first), 9)):
            with self.subTest(order=order), self.env.cr.savepoint() as savepoint:
                self.assertDone(*self.deliver(*order, size=size))
                self.assertNotEqual(
                    self.bound("customer", "cus_1"), self.bound("customer", "cus_2")
                )
                savepoint.rollback()

    def test_one_customer_of_two_accounts_is_one_contact(self):
        other = self._create_connection("acct_two", self.company)
        other.sudo().customer_policy = "link"
        self.deliver(factory.customer(email="same@example.com"))
        change = self.change(factory.customer("cus_b", email="same@example.com"), connection=other)
        self.deliver(change, connection=other)
        contact = self.bound("customer", "cus_1")
        self.assertEqual(self.bound("customer", "cus_b", other), contact)
        self.assertEqual(len(contact.saas_customer_ids), 2)


class TestCustomerDecision(CustomerCase):
    def setUp(self):
        super().setUp()
        self.connection.sudo().customer_policy = "propose"
        self.known = self.contact("Acme Holding", email="cus_1@example.com", phone="+1 555")
        (self.asked,) = self.deliver(factory.customer(name="Acme Inc."))

    def test_the_issue_opens_both_sides(self):
        issue = self.env["saas.billing.issue"].sudo()
        issue = issue._raise(self.connection, [self.asked.outcome])["customer_match", "cus_1"]
        customer = self.mirror()
        self.assertEqual(issue.action_fix()["res_id"], customer.id)
        self.assertEqual(customer.issue_id, issue)
        for text in ("Acme Holding", "Acme Inc.", "+1 555"):
            self.assertIn(text, customer.values_table)

    def test_documents_wait_and_are_booked_on_the_linked_contact(self):
        self.deliver(factory.product(), factory.price(), factory.tax_rate())
        (invoice,) = self.deliver(factory.invoice())
        self.assertOutcome(invoice, MissingDependency)
        self.decide(self.asked, "action_link")
        self.assertDone(self.asked, *self.deliver(invoice))
        self.assertEqual(self.bound("invoice", "in_1").partner_id, self.known)
        self.assertEqual(self.mirror().decided_by_id, self.env.user)

    def test_a_new_contact_by_decision(self):
        self.decide(self.asked, "action_create_new")
        self.assertDone(self.asked)
        self.assertNotEqual(self.bound("customer", "cus_1"), self.known)
        self.assertEqual(self.known.name, "Acme Holding")

    def test_another_contact_than_the_proposed_one(self):
        third = self.contact("Third")
        self.decide(self.asked, "action_link", candidate_id=third.id)
        self.assertEqual(self.bound("customer", "cus_1"), third)

    def test_deciding_replays_what_waited(self):
        resolved = []
        self.patch(
            self.env.registry["saas.billing.issue"],
            "_resolve",
            lambda _self, *cause: resolved.append(cause),
        )
        self.mirror().action_link()
        self.assertEqual(resolved, [(self.connection, "customer_match", "cus_1")])
        with self.assertRaises(UserError):
            self.mirror().action_create_new()

    def test_a_newer_snapshot_does_not_lose_the_question(self):
        newer = self.change(factory.customer(name="Acme Ltd."))
        self.deliver(newer)
        self.assertOutcome(newer, NeedsHuman, "customer_match", "cus_1")
        self.decide(newer, "action_link")
        self.assertDone(newer)
        self.assertEqual(self.known.name, "Acme Ltd.")

    def test_only_buttons_decide(self):
        operator = new_test_user(
            self.env,
            "operator",
            "saas_billing_connector.group_saas_operator",
            company_ids=[Command.set(self.company.ids)],
            company_id=self.company.id,
        )
        customer = self.mirror().with_user(operator)
        with self.assertRaises(AccessError):
            customer.write({"partner_id": self.known.id})
        customer.action_link()
        self.assertEqual((customer.state, customer.decided_by_id), ("decided", operator))


class TestCustomerLater(CustomerCase):
    """Tax ids that arrive after the customer, and contacts that change afterwards."""

    def _bought(self):
        return (
            factory.customer(),
            factory.product(),
            factory.price(),
            factory.tax_rate(),
            factory.invoice(),
        )

    def test_a_later_tax_id_finds_the_contact_that_an_earlier_one_would_have(self):
        contact = self.contact(vat=VAT)
        for order in (
            (factory.customer(), factory.tax_id()),
            (factory.tax_id(), factory.customer()),
        ):
            with self.subTest(order=order), self.env.cr.savepoint() as savepoint:
                self.assertDone(*self.deliver(*order, size=1))
                self.assertEqual(self.bound("customer", "cus_1"), contact)
                self.assertFalse(
                    self.env["res.partner"].search([("name", "=", "Customer cus_1")]) - contact
                )
                savepoint.rollback()

    def test_a_later_tax_id_asks_where_documents_are_booked(self):
        contact = self.contact(vat=VAT)
        self.deliver(*self._bought())
        (change,) = self.deliver(factory.tax_id())
        self.assertOutcome(change, NeedsHuman, "customer_match", "cus_1")
        customer = self.mirror()
        self.assertEqual((customer.reason, customer.candidate_id), ("booked", contact))
        customer.action_link()
        self.deliver(change)
        self.assertDone(change)
        self.assertEqual(self.bound("customer", "cus_1"), contact)
        self.assertEqual(self.bound("invoice", "in_1").partner_id, contact)

    def test_a_snapshot_that_lists_tax_ids_says_what_their_events_say(self):
        contact = self.contact(vat=VAT)
        listing = self.change(factory.customer(tax_ids=(("eu_vat", VAT),)), second=5)
        plain, event = self.change(factory.customer(), second=1), self.change(factory.tax_id())
        for order in ((listing, event), (event, listing), (plain, listing, event)):
            with self.subTest(order=order), self.env.cr.savepoint() as savepoint:
                self.deliver(*order, size=1)
                self.assertDone(listing, event)
                self.assertEqual(self.bound("customer", "cus_1"), contact)
                tax_id = self.mirror().tax_id_ids
                self.assertEqual((tax_id.value, tax_id.external_id), (VAT, "txi_1"))
                savepoint.rollback()

    def test_a_tax_id_that_a_snapshot_does_not_list_any_more_is_out_of_use(self):
        self.deliver(factory.customer(tax_ids=(("eu_vat", VAT), ("eu_vat", OTHER_VAT))))
        self.deliver(factory.customer(tax_ids=(("eu_vat", OTHER_VAT),)))
        self.assertEqual(self.mirror().tax_id_ids.value, OTHER_VAT)
        self.assertEqual(self.bound("customer", "cus_1").vat, OTHER_VAT)

    def test_a_listed_tax_id_asks_too_and_the_answer_is_kept(self):
        contact = self.contact(vat=VAT)
        self.deliver(*self._bought())
        (change,) = self.deliver(factory.customer(tax_ids=(("eu_vat", VAT),)))
        self.assertOutcome(change, NeedsHuman, "customer_match", "cus_1")
        self.decide(change, "action_link")
        self.assertDone(change)
        self.assertEqual(self.bound("invoice", "in_1").partner_id, contact)

    def test_keeping_the_contact_ends_the_question(self):
        self.contact(vat=VAT)
        self.deliver(*self._bought())
        (change,) = self.deliver(factory.tax_id())
        own = self.bound("customer", "cus_1")
        self.mirror().action_keep()
        self.deliver(change)
        self.assertDone(change, *self.deliver(factory.tax_id(verification="verified")))
        self.assertEqual((self.bound("customer", "cus_1"), own.vat), (own, VAT))

    def test_a_tax_id_may_answer_an_open_question(self):
        self.connection.sudo().customer_policy = "link"
        several = [self.contact(email="cus_1@example.com", vat=vat) for vat in (VAT, False)]
        (asked,) = self.deliver(factory.customer())
        self.assertOutcome(asked, NeedsHuman)
        resolved = []
        self.patch(
            self.env.registry["saas.billing.issue"],
            "_resolve",
            lambda _self, *cause: resolved.append(cause),
        )
        self.deliver(factory.tax_id())
        self.assertEqual(resolved, [(self.connection, "customer_match", "cus_1")])
        self.deliver(asked)
        self.assertDone(asked)
        self.assertEqual(self.bound("customer", "cus_1"), several[0])

    def test_merged_contacts_keep_their_links(self):
        self.deliver(*self._bought())
        old, kept = self.bound("customer", "cus_1"), self.contact("Kept")
        self.env["base.partner.merge.automatic.wizard"]._merge([old.id, kept.id], kept)
        self.assertEqual(self.bound("customer", "cus_1"), kept)
        self.assertEqual(self.mirror().partner_id, kept)
        self.deliver(factory.invoice("in_2"))
        self.assertEqual(self.bound("invoice", "in_2").partner_id, kept)

    def test_a_deleted_customer_archives_nothing(self):
        self.deliver(*self._bought())
        contact = self.bound("customer", "cus_1")
        self.deliver(factory.customer(deleted=True), factory.invoice("in_2"))
        self.assertTrue(self.mirror().deleted and contact.active)
        self.assertEqual(self.bound("invoice", "in_2").partner_id, contact)

    def test_a_customer_that_is_read_too_late_keeps_what_is_known(self):
        stub = self.change(factory.customer(name=None, email=None, deleted=True), second=9)
        full = self.change(factory.customer(name="Ada"), second=1)
        for order, size in (((stub, full), 1), ((full, stub), 1), ((stub, full), 9)):
            with self.subTest(order=order, size=size), self.env.cr.savepoint() as savepoint:
                self.deliver(*order, size=size)
                self.assertEqual(self.bound("customer", "cus_1").name, "Ada")
                self.assertTrue(self.mirror().deleted)
                savepoint.rollback()

    def test_an_archived_contact_parks_documents_until_it_is_in_use_again(self):
        self.deliver(*self._bought())
        contact = self.bound("customer", "cus_1")
        contact.active = False
        changes = self.deliver(factory.customer(name="Renamed"), factory.invoice("in_2"))
        self.assertDone(changes[0])
        self.assertOutcome(changes[1], NeedsHuman, "partner_archived", "cus_1")
        resolved = []
        self.patch(
            self.env.registry["saas.billing.issue"],
            "_resolve",
            lambda _self, *cause: resolved.append(cause),
        )
        contact.active = True
        self.assertEqual(resolved, [(self.connection, "partner_archived", "cus_1")])
        self.assertDone(*self.deliver(changes[1]))

    def test_merging_an_archived_contact_frees_its_documents_too(self):
        self.deliver(factory.customer())
        contact, kept = self.bound("customer", "cus_1"), self.contact("Kept")
        contact.active = False
        resolved = []
        self.patch(
            self.env.registry["saas.billing.issue"],
            "_resolve",
            lambda _self, *cause: resolved.append(cause),
        )
        self.env["base.partner.merge.automatic.wizard"]._merge([contact.id, kept.id], kept)
        self.assertEqual(resolved, [(self.connection, "partner_archived", "cus_1")])

    def test_contacts_that_are_merged_or_in_use_again_answer_open_questions(self):
        old = self.contact("Old", email="cus_1@example.com", active=False)
        several = [self.contact(email="cus_2@example.com") for _number in range(2)]
        asked = self.deliver(factory.customer(), factory.customer("cus_2"))
        resolved = []
        self.patch(
            self.env.registry["saas.billing.issue"],
            "_resolve",
            lambda _self, *cause: resolved.append(cause[1:]),
        )
        old.active = True
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge([each.id for each in several], several[0])
        questions = [("customer_match", key) for key in ("cus_1", "cus_2")]
        self.assertEqual([each for each in resolved if each[0] == "customer_match"], questions)
        self.assertDone(*self.deliver(*asked))
        self.assertEqual(self.bound("customer", "cus_1"), old)
        self.assertEqual(self.bound("customer", "cus_2"), several[0])

    def test_a_decision_for_a_contact_that_is_gone_is_asked_again(self):
        self.connection.sudo().customer_policy = "propose"
        contact = self.contact(email="cus_1@example.com")
        (asked,) = self.deliver(factory.customer())
        self.mirror().action_link()
        contact.unlink()
        self.assertDone(*self.deliver(asked))
        self.assertEqual(self.mirror().origin, "created")

    def test_a_linked_contact_is_not_deleted(self):
        self.deliver(factory.customer())
        with self.assertRaises(UserError):
            self.bound("customer", "cus_1").unlink()


class TestCustomerBatch(CustomerCase):
    """Statements do not grow with the batch, but for what Odoo does for each contact it writes."""

    def count(self, *changes):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.deliver(*changes, size=len(changes))
        self.env.flush_all()
        self.assertDone(*changes)
        return self.env.cr.sql_log_count - before

    def snapshots(self, first, last, **values):
        return [
            self.change(factory.customer(f"cus_{number}", **values))
            for number in range(first, last)
        ]

    def test_statements_per_batch(self):
        self.deliver(factory.customer("cus_w"))
        self.contact(email="cus_1@example.com")
        few, many = self.count(*self.snapshots(0, 10)), self.count(*self.snapshots(10, 70))
        self.assertLessEqual(many, few + 20, "60 new customers instead of 10")
        same = [self.count(*self.snapshots(*span)) for span in ((0, 10), (10, 70))]
        self.assertLessEqual(same[1], same[0] + 20, "60 customers that tell nothing new")
        moved = [self.count(*self.snapshots(*span, phone="+1 555")) for span in ((0, 10), (10, 70))]
        _logger.info("statements: new %s, same %s, moved %s", (few, many), same, moved)
        self.assertLessEqual(moved[1] - moved[0], 4 * 50, "60 customers with another phone")
