"""Credit grants: promotional ones are discounts, paid ones prepayments for usage."""

from odoo.addons.saas_billing_connector.canonical import MissingDependency, NeedsHuman

from . import factory
from .common import SyncCase


class TestCreditGrant(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        accounts = cls.env["account.account"]
        cls.prepaid = accounts.create(
            {
                "name": "Prepaid Credits",
                "code": "219900",
                "account_type": "liability_current",
                "company_ids": cls.company.ids,
            }
        )
        cls.breakage = accounts.create(
            {
                "name": "Breakage",
                "code": "419900",
                "account_type": "income_other",
                "company_ids": cls.company.ids,
            }
        )
        cls.product = cls.env["product.product"].create(
            {
                "name": "Prepaid Credits",
                "type": "service",
                "property_account_income_id": cls.prepaid.id,
                "taxes_id": False,
            }
        )

    def setUp(self):
        super().setUp()
        self.deliver_catalog()

    def _usage(self, *taxes, amount="80", credit="30", **values):
        return factory.invoice(
            "in_1",
            factory.line(
                amount,
                *taxes,
                credits=(factory.line_credit(credit),),
                period=factory.period(factory.at(12, year=2025), factory.at(1)),
            ),
            **values,
        )

    def _configure(self):
        self.connection.sudo().prepaid_product_id = self.product
        self.connection.sudo().breakage_account_id = self.breakage

    def test_what_is_left_is_the_sum_of_its_movements(self):
        self.deliver(
            factory.credit_transaction("cbtxn_0", "100", "credits_granted"),
            factory.credit_transaction("cbtxn_1", "-30"),
            factory.credit_transaction("cbtxn_1", "-30"),
            factory.credit_transaction("cbtxn_2", "30", "credits_application_invoice_voided"),
            factory.credit_grant(),
        )
        grant = self.bound("credit_grant", "credgr_1")
        self.assertEqual((grant.amount, grant.left_amount), (100.0, 100.0))
        self.assertEqual(len(grant.transaction_ids), 3)
        self.assertEqual(grant.partner_id, self.bound("customer", "cus_1"))

    def test_promotional_credit_is_a_discount(self):
        changes = self.deliver(
            factory.credit_grant(category="promotional"),
            factory.credit_transaction(),
            self._usage(factory.tax("10", "50")),
        )
        self.assertDone(*changes)
        move = self.bound("invoice", "in_1")
        self.assertEqual((move.amount_untaxed, move.amount_tax, move.amount_total), (50, 10, 60))
        line = move.invoice_line_ids
        self.assertEqual((line.price_subtotal, line.saas_credit_amount), (50.0, 30.0))

    def test_paid_credit_settles_usage_from_the_prepayment(self):
        self._configure()
        changes = self.deliver(
            factory.credit_grant(),
            factory.credit_transaction(),
            self._usage(factory.tax("10", "50")),
        )
        self.assertDone(*changes)
        move = self.bound("invoice", "in_1")
        self.assertEqual((move.amount_untaxed, move.amount_tax, move.amount_total), (50, 10, 60))
        usage, credit = move.invoice_line_ids
        self.assertEqual(usage.price_subtotal, 80.0)
        self.assertEqual(usage.account_id.account_type, "income")
        self.assertEqual((credit.price_subtotal, credit.account_id), (-30.0, self.prepaid))
        self.assertEqual(credit.saas_credit_grant_id, self.bound("credit_grant", "credgr_1"))
        self.assertEqual(abs(move.line_ids.filtered("tax_line_id").tax_base_amount), 50.0)

    def test_usage_paid_whole_leaves_nothing_to_pay(self):
        self._configure()
        usage = self._usage(amount="30", status="paid")
        self.assertDone(*self.deliver(factory.credit_grant(), factory.credit_transaction(), usage))
        move = self.bound("invoice", "in_1")
        self.assertEqual((move.amount_total, move.state), (0.0, "posted"))
        self.assertEqual(move.invoice_line_ids.mapped("price_subtotal"), [30.0, -30.0])

    def test_waits_for_the_movement_and_for_the_choice_of_a_product(self):
        (change,) = self.deliver(self._usage())
        self.assertOutcome(change, MissingDependency)
        self.assertEqual(change.outcome.key, "credit_balance_transaction:cbtxn_1")
        self.deliver(factory.credit_grant(), factory.credit_transaction(), change)
        self.assertOutcome(change, NeedsHuman, "prepaid_credits", "prepaid_product_id")
        self._configure()
        self.deliver(change)
        self.assertDone(change)

    def test_void_gives_the_prepayment_back(self):
        self._configure()
        self.deliver(
            factory.credit_grant(),
            factory.credit_transaction(),
            self._usage(),
            self._usage(status="void", voided_at=factory.at(2)),
            size=1,
        )
        self.assertEqual(self.bound("invoice_void", "in_1").amount_total, 50.0)
        items = self.env["account.move.line"].search([("account_id", "=", self.prepaid.id)])
        self.assertEqual(sorted(items.mapped("balance")), [-30.0, 30.0])

    def test_paid_credit_that_expires_is_earned(self):
        lapsed = factory.credit_transaction(
            "cbtxn_9", "-70", "credits_expired", effective_at=factory.at(6, 30)
        )
        changes = self.deliver(factory.credit_grant(), lapsed)
        self.assertOutcome(changes[1], NeedsHuman, "prepaid_credits")
        self.assertIsNone(self.bound("credit_balance_transaction", "cbtxn_9"))
        self._configure()
        self.deliver(changes[1], changes[1])
        entry = self.env["account.move"].search([("saas_external_id", "=", "cbtxn_9")])
        self.assertEqual((len(entry), entry.state, str(entry.date)), (1, "posted", "2026-06-30"))
        self.assertEqual(
            {line.account_id: line.balance for line in entry.line_ids},
            {self.prepaid: 70.0, self.breakage: -70.0},
        )

    def test_promotional_credit_that_expires_books_nothing(self):
        changes = self.deliver(
            factory.credit_grant(category="promotional"),
            factory.credit_transaction("cbtxn_9", "-70", "credits_expired"),
        )
        self.assertDone(*changes)
        self.assertFalse(self.env["account.move"].search([("saas_external_id", "=", "cbtxn_9")]))

    def test_unknown_category_is_refused(self):
        (change,) = self.deliver(factory.credit_grant(category="gift"))
        self.assertEqual(change.outcome.key, "credit_grant.category")

    def test_constraints_are_in_the_database(self):
        own = ["saas_credit_grant", "saas_credit_transaction", "saas_customer_balance"]
        self.cr.execute(
            """SELECT conrelid::regclass::text FROM pg_constraint
                WHERE contype = 'u' AND conrelid::regclass::text = ANY(%s)""",
            [own],
        )
        self.assertEqual(sorted(row[0] for row in self.cr.fetchall()), own)
