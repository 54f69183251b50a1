"""Who owns which value of a contact; what differs is seen and never lost."""

from odoo import Command
from odoo.addons.saas_billing_connector import canonical
from odoo.addons.saas_billing_connector.canonical import InvalidData

from . import factory
from .test_customer import VAT, CustomerCase

PARIS = canonical.Address("1 Main St", None, "Paris", "75001", None, "FR")
LYON = canonical.Address("2 Rue", None, "Lyon", "69001", None, "FR")


class TestCustomerValues(CustomerCase):
    def notes(self, contact):
        return " ".join(contact.message_ids.mapped("body"))

    def test_every_value_reaches_a_new_contact(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        address = canonical.Address("1 Main St", "Floor 2", "Austin", "78701", "Texas", "US")
        record = factory.customer(
            name="Ada", phone="+1 1", address=address, language="fr-CA", currency="EUR"
        )
        self.assertDone(*self.deliver(record))
        self.assertRecordValues(
            self.bound("customer", "cus_1"),
            [
                {
                    "name": "Ada",
                    "phone": "+1 1",
                    "street2": "Floor 2",
                    "state_id": self.env.ref("base.state_us_44").id,
                    "country_id": self.env.ref("base.us").id,
                    "lang": "fr_FR",
                }
            ],
        )
        self.assertEqual(self.mirror().currency_id, self.eur)

    def test_the_owner_odoo_is_never_overwritten_and_the_change_is_seen(self):
        self.connection.sudo().address_owner = "odoo"
        self.deliver(factory.customer(address=PARIS))
        contact = self.bound("customer", "cus_1")
        self.assertEqual(contact.city, "Paris", "the first snapshot fills it")
        self.deliver(factory.customer(address=LYON, name="Renamed"))
        self.assertEqual((contact.city, contact.name), ("Paris", "Renamed"))
        self.assertEqual(self.mirror().differences, "address")
        self.assertEqual(self.mirror().difference_labels, "Address")
        self.assertTrue(contact.saas_differs)
        self.assertIn(contact, contact.search([("saas_differs", "=", True)]))
        self.assertIn("Lyon", self.notes(contact))
        self.assertIn("Lyon", self.mirror().values_table)
        seen = len(contact.message_ids)
        self.deliver(factory.customer(address=LYON, name="Renamed", delinquent=True))
        self.assertEqual(len(contact.message_ids), seen, "told once")

    def test_the_provider_s_value_edited_in_odoo_is_flagged_and_gives_way_with_a_trace(self):
        self.deliver(factory.customer(name="Ada"))
        contact = self.bound("customer", "cus_1")
        contact.name = "Ada Lovelace"
        self.assertEqual(self.mirror().differences, "name")
        self.deliver(factory.customer(name="Ada", delinquent=True))
        self.assertEqual((contact.name, self.mirror().differences), ("Ada", False))
        self.assertIn("Ada Lovelace", self.notes(contact))

    def test_what_the_provider_does_not_tell_is_odoo_s(self):
        self.deliver(factory.customer())
        contact = self.bound("customer", "cus_1")
        contact.phone = "+1 555"
        self.deliver(factory.customer(delinquent=True))
        self.assertEqual((contact.phone, self.mirror().differences), ("+1 555", False))

    def test_what_the_provider_takes_back_goes_in_any_order(self):
        contact = self.contact(email="cus_1@example.com", phone="+1 555")
        old = self.change(factory.customer(phone="+1 1"), second=1)
        new = self.change(factory.customer(), second=2)
        for order in ((old, new), (new, old), (new,)):
            with self.subTest(order=order), self.env.cr.savepoint() as savepoint:
                self.deliver(*order, size=1)
                self.assertEqual(contact.phone, "+1 555")
                savepoint.rollback()

    def test_linking_keeps_what_the_contact_held(self):
        contact = self.contact("Acme Holding", email="cus_1@example.com", city="Rome")
        self.deliver(factory.customer(name="Acme"))
        self.assertEqual((contact.name, contact.city), ("Acme", "Rome"))
        self.assertIn("Acme Holding", self.notes(contact))
        self.assertEqual(self.mirror().before["name"], "Acme Holding")

    def test_a_person_takes_the_provider_s_values(self):
        self.connection.sudo().address_owner = "odoo"
        self.deliver(factory.customer(address=PARIS))
        contact = self.bound("customer", "cus_1")
        self.deliver(factory.customer(address=LYON))
        self.mirror().action_take()
        self.assertEqual((contact.city, self.mirror().differences), ("Lyon", False))
        self.assertIn("Paris", self.notes(contact))

    def test_the_newest_of_several_customers_tells_in_any_order(self):
        other = self._create_connection("acct_two", self.company)
        other.sudo().customer_policy = "link"
        old = self.change(factory.customer(email="same@example.com", name="Old"), second=1)
        new = self.change(
            factory.customer("cus_b", email="same@example.com", name="New"),
            second=2,
            connection=other,
        )
        pairs = [(old, self.connection), (new, other)]
        for order in (pairs, pairs[::-1]):
            with self.subTest(order=order), self.env.cr.savepoint() as savepoint:
                for change, connection in order:
                    self.deliver(change, connection=connection)
                self.assertEqual(self.bound("customer", "cus_1").name, "New")
                savepoint.rollback()

    # ── taxes ────────────────────────────────────────────────────────────────────────────────

    def test_tax_ids_in_any_order(self):
        valid, invalid = factory.tax_id(), factory.tax_id("txi_0", value="DE123456789")
        changes = [self.change(each) for each in (factory.customer(), valid, invalid)]
        for order in (changes, changes[::-1], [changes[1], changes[0], changes[2]]):
            with self.subTest(order=order), self.env.cr.savepoint() as savepoint:
                self.assertDone(*self.deliver(*order, size=1))
                contact = self.bound("customer", "cus_1")
                self.assertEqual((contact.vat, contact.is_company), (VAT, True))
                savepoint.rollback()

    def test_a_tax_id_that_cannot_be_right_is_kept_flagged_and_blocks_nothing(self):
        changes = self.deliver(factory.tax_id(value="DE123456789"), *self._bought())
        self.assertDone(*changes)
        tax_id = self.mirror().tax_id_ids
        self.assertEqual((tax_id.value, tax_id.validity), ("DE123456789", "invalid"))
        self.assertFalse(self.bound("customer", "cus_1").vat)

    def _bought(self):
        return (
            factory.customer(),
            factory.product(),
            factory.price(),
            factory.tax_rate(),
            factory.invoice(),
        )

    def test_a_tax_id_that_nobody_can_check_is_taken(self):
        self.deliver(factory.tax_id(kind="za_vat", value="4123456789"), factory.customer())
        self.assertEqual(self.mirror().tax_id_ids.validity, "unknown")
        self.assertEqual(self.bound("customer", "cus_1").vat, "4123456789")

    def test_no_number_blocks_whatever_it_looks_like(self):
        told = (("us_ein", "91-1144442"), ("br_cnpj", "é"), ("in_gst", "1" * 99), ("eu_vat", "?"))
        changes = self.deliver(
            *(
                factory.tax_id(f"txi_{number}", kind=kind, value=value)
                for number, (kind, value) in enumerate(told)
            ),
            factory.customer(),
        )
        self.assertDone(*changes)
        self.assertEqual(len(self.mirror().tax_id_ids), len(told))

    def test_a_european_number_is_written_in_one_piece(self):
        self.deliver(factory.tax_id(value="DE 123456788"), factory.customer())
        self.assertEqual(self.bound("customer", "cus_1").vat, VAT)

    def test_a_deleted_tax_id_goes_and_stays_in_the_list(self):
        self.deliver(factory.customer(), factory.tax_id())
        contact = self.bound("customer", "cus_1")
        self.deliver(factory.tax_id(deleted=True))
        self.assertFalse(contact.vat)
        self.assertEqual(self.mirror().with_context(active_test=False).tax_id_ids.value, VAT)

    def test_tax_status_becomes_a_fiscal_position(self):
        positions = self.env["account.fiscal.position"].create(
            [{"name": name, "company_id": self.company.id} for name in ("Exempt", "Reverse")]
        )
        self.connection.sudo().write(
            {"exempt_position_id": positions[0].id, "reverse_position_id": positions[1].id}
        )
        found = []
        for status in ("none", "exempt", "reverse", "none"):
            self.deliver(factory.customer(tax_exempt=status))
            contact = self.bound("customer", "cus_1").with_company(self.company)
            found.append(contact.property_account_position_id)
        none = positions.browse()
        self.assertEqual(found, [none, positions[0], positions[1], none])

    def test_a_fiscal_position_that_a_person_chose_stays_without_a_mapping(self):
        self.deliver(factory.customer())
        position = self.env["account.fiscal.position"].create(
            {"name": "By hand", "company_id": self.company.id}
        )
        contact = self.bound("customer", "cus_1").with_company(self.company)
        contact.property_account_position_id = position
        self.deliver(factory.customer(tax_exempt="exempt"))
        self.assertEqual(contact.property_account_position_id, position)

    def test_an_unknown_tax_status_parks(self):
        (change, good) = self.deliver(
            factory.customer(tax_exempt="half"), factory.customer("cus_2")
        )
        self.assertOutcome(change, InvalidData)
        self.assertDone(good)

    # ── screens ──────────────────────────────────────────────────────────────────────────────

    def test_roles_without_billing_see_a_plain_contact(self):
        self.deliver(factory.customer(address=PARIS))
        contact = self.bound("customer", "cus_1")
        self.env.user.group_ids = [Command.set(self.env.ref("base.group_user").ids)]
        views = contact.get_views([(False, "form"), (False, "search")])["views"]
        for view in views.values():
            self.assertNotIn("saas_customer", view["arch"])

    def test_the_screens_open(self):
        self.deliver(factory.customer(address=PARIS), factory.tax_id())
        contact, customer = self.bound("customer", "cus_1"), self.mirror()
        self.assertEqual(contact.action_open_saas_customers()["res_id"], customer.id)
        self.assertIn(
            "saas_customer", contact.get_views([(False, "form")])["views"]["form"]["arch"]
        )
        domain = self.connection.action_open_customers()["domain"]
        self.assertEqual(self.env["saas.customer"].search(domain), customer)
