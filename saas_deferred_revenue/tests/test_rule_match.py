"""Which rule decides: price, connection and invoice date beside product and category."""

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import RevenueCommon


@tagged("post_install", "-at_install")
class TestRuleMatch(RevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection = cls.create_connection("acct_match")
        cls.price = cls.create_price("price_1")

    @classmethod
    def create_connection(cls, account, company=None):
        connections = cls.env["saas.billing.connection"].sudo()
        company = company or cls.company
        return connections.create({"name": account, "account": account, "company_id": company.id})

    @classmethod
    def create_price(cls, external_id, connection=None, **values):
        connection = connection or cls.connection
        prices = cls.env["saas.catalog.mapping"].sudo()
        return prices.create(
            {"connection_id": connection.id, "external_id": external_id, "name": "Plan", **values}
        )

    def draft(self, code, **values):
        return self.rule.copy({"code": code, "sequence": 1, "method": "monthly", **values})

    def put_in_force(self, code, **values):
        return self.approve(self.draft(code, **values))

    def decide(self, day="2025-01-01", connection=None, price=None):
        """The rule of a posted line."""
        line = self.prepare_line(
            90, "2025-01-01", "2025-12-01", saas_catalog_mapping_id=price and price.id
        )
        invoice = self.post_invoice(day, line, saas_connection_id=connection and connection.id)
        return invoice.saas_revenue_schedule_ids.rule_id

    def test_a_rule_of_a_price_decides_about_that_price_alone(self):
        rule = self.put_in_force("PRICE", catalog_mapping_id=self.price.id)
        self.assertEqual(self.decide(price=self.price), rule)
        self.assertEqual(self.decide(price=self.create_price("price_2")), self.rule)
        self.assertEqual(self.decide(), self.rule)

    def test_a_rule_of_a_connection_decides_about_its_documents_alone(self):
        rule = self.put_in_force("CONNECTION", connection_id=self.connection.id)
        self.assertEqual(self.decide(connection=self.connection), rule)
        self.assertEqual(self.decide(connection=self.create_connection("acct_2")), self.rule)
        self.assertEqual(self.decide(), self.rule)

    def test_both_its_first_and_its_last_day_belong_to_a_rule(self):
        rule = self.put_in_force("DATED", date_from="2025-02-01", date_to="2025-02-28")
        expected = {
            "2025-01-31": self.rule,
            "2025-02-01": rule,
            "2025-02-28": rule,
            "2025-03-01": self.rule,
        }
        self.assertEqual({day: self.decide(day) for day in expected}, expected)

    def test_a_draft_is_decided_anew_when_date_or_connection_change(self):
        of_connection = self.put_in_force("CONNECTION", connection_id=self.connection.id)
        dated = self.put_in_force("DATED", date_from="2025-02-01", sequence=2)
        line = self.prepare_line(90, "2025-01-01", "2025-12-01")
        invoice = self.env["account.move"].create(self.prepare_invoice("2025-01-15", line))
        found = [invoice.invoice_line_ids.saas_revenue_rule_id]
        invoice.invoice_date = "2025-02-15"
        found.append(invoice.invoice_line_ids.saas_revenue_rule_id)
        invoice.saas_connection_id = self.connection
        found.append(invoice.invoice_line_ids.saas_revenue_rule_id)
        self.assertEqual(found, [self.rule, dated, of_connection])

    def test_the_rule_that_a_price_names_goes_first_while_it_is_in_force(self):
        named = self.put_in_force(
            "NAMED", sequence=2000, date_from="2025-02-01", connection_id=self.connection.id
        )
        price = self.create_price("price_named", saas_revenue_rule_id=named.id)
        self.assertEqual(self.decide("2025-02-01", price=price), named)
        self.assertEqual(self.decide("2025-01-31", price=price), self.rule)

    def test_a_later_version_leaves_earlier_documents_to_the_one_before(self):
        first = self.rule
        second = first.browse(first.action_new_version()["res_id"])
        second.write({"method": "monthly", "date_from": "2025-02-01"})
        self.approve(second)
        first.sequence, second.sequence = 1, 2  # the newest version's place is the rule's
        self.assertEqual((first.state, second.state), ("approved", "approved"))
        self.assertEqual(self.decide("2025-01-31"), first)
        self.assertEqual(self.decide("2025-02-01"), second)
        third = first.browse(second.action_new_version()["res_id"])
        third.date_from = "2025-01-15"
        self.approve(third)
        self.assertEqual((first.state, second.state), ("approved", "superseded"))
        self.assertEqual(self.decide("2025-01-31"), third)

    # ------------------------------------------------------------------
    # Bad input
    # ------------------------------------------------------------------

    def test_dates_in_the_wrong_order_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "ends before it begins"):
            self.draft("WRONG", date_from="2025-02-01", date_to="2025-01-31")

    def test_an_income_account_does_not_carry_deferred_revenue(self):
        with self.assertRaisesRegex(ValidationError, "must be a liability"):
            self.draft("WRONG", deferred_account_id=self.revenue_account.id)

    def test_journal_and_deferred_account_are_needed(self):
        for name, label in (("journal_id", "Journal"), ("deferred_account_id", "Deferred Account")):
            with (
                self.subTest(name),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError) as caught,
                self.env.cr.savepoint(),
            ):
                self.draft("WRONG", **{name: False})
            self.assertIn(label, self.rule._sql_error_to_message(caught.exception))

    def test_companies_are_not_mixed(self):
        other = self.setup_other_company(name="Other")["company"]
        theirs = self.env["saas.revenue.rule"].sudo().search([("company_id", "=", other.id)])
        connection = self.create_connection("acct_other", other)
        price = self.create_price("price_other", connection)
        for values in (
            {"journal_id": theirs.journal_id.id},
            {"deferred_account_id": theirs.deferred_account_id.id},
            {"connection_id": connection.id},
            {"catalog_mapping_id": price.id},
        ):
            with (
                self.subTest(values),
                self.assertRaisesRegex(UserError, "ompan"),
                self.env.cr.savepoint(),
            ):
                self.draft("WRONG", **values)
