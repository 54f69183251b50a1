"""The customer's balance: what gives credit, what uses it, and that the books agree with it."""

import random
from decimal import Decimal

from odoo.addons.saas_billing_connector.canonical import NeedsHuman, Superseded
from odoo.exceptions import UserError

from . import factory
from .common import SyncCase


class TestBalance(SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()

    def _balance(self, currency=None):
        """What the customer has in the books, in the provider's sign."""
        lines = self.env["account.move.line"].search(
            [("saas_is_balance", "=", True), ("parent_state", "=", "posted")]
        )
        return sum(lines.mapped("amount_currency"))

    def _unsettled(self):
        lines = self.env["account.move.line"].search(
            [("saas_is_balance", "=", True), ("reconciled", "=", False)]
        )
        return sum(lines.mapped("amount_residual_currency"))

    def _orders(self, told):
        """As it came, the other way round, and shuffled."""
        dice = random.Random(7)
        return [told, told[::-1], *(dice.sample(told, len(told)) for _number in range(4))]

    def _negative(self, external_id="in_neg", amount="-50", **values):
        return factory.invoice(
            external_id,
            factory.line(amount, external_id=f"il_{external_id}"),
            balance_applied=Decimal(amount),
            status="paid",
            **values,
        )

    def _using(self, applied, external_id="in_1", amount="100", **values):
        values = {"accounting_at": factory.at(2), **values}
        return factory.invoice(
            external_id,
            factory.line(amount, external_id=f"il_{external_id}"),
            balance_applied=Decimal(applied),
            **values,
        )

    def test_a_negative_invoice_is_used_by_the_next_one(self):
        self.deliver(self._negative())
        given = self.bound("invoice", "in_neg")
        self.assertEqual((given.amount_residual, self._balance()), (0.0, -50.0))
        self.deliver(self._using("50"), factory.payment("pi_1", "50", paid_at=factory.at(2)))
        used = self.bound("invoice", "in_1")
        # The receivable is booked at the total: the balance settles it, it is no discount.
        self.assertEqual((used.amount_total, used.amount_residual), (100.0, 0.0))
        self.assertEqual((self._balance(), self._unsettled()), (0.0, 0.0))
        entry = self.bound("invoice_balance", "in_1")
        self.assertRecordValues(
            entry,
            [{"state": "posted", "saas_document_type": "balance", "saas_balance_of_id": used.id}],
        )
        self.assertEqual(entry.date, used.date)
        self.assertEqual(sorted(entry.line_ids.mapped("balance")), [-50.0, 50.0])

    def test_any_order_leaves_the_same_open_amounts(self):
        told = [
            self.change(each)
            for each in (
                self._negative(),
                self._using("30", "in_1"),
                factory.payment("pi_1", "70", paid_at=factory.at(2)),
                self._using("20", "in_2", accounting_at=factory.at(3)),
            )
        ]
        for order in self._orders(told):
            names = [each.external_id for each in order]
            with self.subTest(names), self.env.cr.savepoint() as savepoint:
                self.deliver(*order, size=1)
                self.assertDone(*order)
                residuals = {
                    key: self.bound("invoice", key).amount_residual
                    for key in ("in_neg", "in_1", "in_2")
                }
                self.assertEqual(residuals, {"in_neg": 0.0, "in_1": 0.0, "in_2": 80.0})
                self.assertEqual((self._balance(), self._unsettled()), (0.0, 0.0))
                savepoint.rollback()

    def test_a_credit_note_to_the_balance_and_a_refund_share_it_exactly(self):
        note = factory.credit_note(
            "cn_1",
            factory.credit_line("120"),
            refund_ids=("re_1",),
            balance_credited=Decimal(50),
            post_payment_amount=Decimal(120),
        )
        told = [
            self.change(each)
            for each in (
                factory.invoice("in_0", factory.line("200", external_id="il_1")),
                factory.payment("pi_0", "200", invoice_id="in_0"),
                factory.credit_note(
                    "cn_1",
                    *note.lines,
                    invoice_id="in_0",
                    refund_ids=("re_1",),
                    balance_credited=Decimal(50),
                    post_payment_amount=Decimal(120),
                ),
                factory.refund("re_1", "70", payment_intent_id="pi_0"),
                self._using("50"),
            )
        ]
        for order in (told, told[::-1]):
            with self.subTest(), self.env.cr.savepoint() as savepoint:
                self.deliver(*order, size=1)
                self.assertDone(*order)
                self.assertEqual(self.bound("credit_note", "cn_1").amount_residual, 0.0)
                self.assertEqual(self.bound("invoice", "in_1").amount_residual, 50.0)
                self.assertEqual((self._balance(), self._unsettled()), (0.0, 0.0))
                savepoint.rollback()

    def test_what_is_paid_too_much_goes_to_the_balance_once(self):
        paid = factory.invoice(
            "in_0",
            factory.line("100"),
            status="paid",
            amount_overpaid=Decimal(60),
            paid_at=factory.at(1, 5),
        )
        told = [
            self.change(factory.invoice("in_0", factory.line("100"))),
            self.change(paid),
            self.change(
                factory.payment("pi_0", "160", invoice_id="in_0", paid_at=factory.at(1, 5))
            ),
            self.change(self._using("60")),
        ]
        for order in self._orders(told):
            names = [each.external_id for each in order]
            with self.subTest(names), self.env.cr.savepoint() as savepoint:
                self.deliver(*order, *order, size=1)
                _liquidity, receivable, _rest = self.bound("payment", "pi_0")._seek_for_lines()
                self.assertEqual(receivable.amount_residual, 0.0)
                self.assertEqual(self.bound("invoice", "in_1").amount_residual, 40.0)
                self.assertEqual((self._balance(), self._unsettled()), (0.0, 0.0))
                savepoint.rollback()

    def test_an_amount_too_small_is_owed_and_paid_with_the_next_one(self):
        changes = self.deliver(
            self._using("0.30", "in_small", "0.30", accounting_at=factory.at(1)),
            self._using("-0.30", "in_1", "10"),
            factory.payment("pi_1", "10.30", paid_at=factory.at(2)),
            size=1,
        )
        self.assertDone(*changes)
        self.assertEqual(self.bound("invoice", "in_small").amount_residual, 0.0)
        self.assertEqual(self.bound("invoice", "in_1").amount_residual, 0.0)
        _liquidity, receivable, _rest = self.bound("payment", "pi_1")._seek_for_lines()
        self.assertEqual(receivable.amount_residual, 0.0)
        self.assertEqual((self._balance(), self._unsettled()), (0.0, 0.0))

    def test_a_void_gives_back_what_was_applied(self):
        void = self._using("50", status="void", voided_at=factory.at(3, 4))
        told = [self.change(each) for each in (self._negative(), self._using("50"), void)]
        for order in self._orders(told):
            names = [each.external_id for each in order]
            with self.subTest(names), self.env.cr.savepoint() as savepoint:
                self.deliver(*order, size=1)
                invoice, reversal = (
                    self.bound("invoice", "in_1"),
                    self.bound("invoice_void", "in_1"),
                )
                self.assertEqual((invoice.amount_residual, reversal.amount_residual), (0.0, 0.0))
                self.assertEqual((self._balance(), self._unsettled()), (-50.0, -50.0))
                self.assertEqual(str(self.bound("invoice_void_balance", "in_1").date), "2026-03-04")
                self.deliver(self._using("50", "in_2", accounting_at=factory.at(4)))
                self.assertEqual(self.bound("invoice", "in_2").amount_residual, 50.0)
                self.assertEqual((self._balance(), self._unsettled()), (0.0, 0.0))
                savepoint.rollback()

    def test_foreign_currency_is_settled_at_the_documents_rates_in_any_order(self):
        told = [
            self.change(self._negative(currency="EUR")),
            self.change(
                self._negative("in_neg2", "-10", currency="EUR", accounting_at=factory.at(2))
            ),
            self.change(self._using("50", currency="EUR", accounting_at=factory.at(2, 5))),
            self.change(self._using("10", "in_2", currency="EUR", accounting_at=factory.at(3))),
        ]
        results = []
        for order in (told, told[::-1], [told[1], told[3], told[0], told[2]]):
            with self.env.cr.savepoint() as savepoint:
                self.deliver(*order, size=1)
                self.assertDone(*order)
                self.assertEqual((self._balance(), self._unsettled()), (0.0, 0.0))
                rows = self.env["account.move.line"]._read_group(
                    [("company_id", "=", self.company.id), ("parent_state", "=", "posted")],
                    ["account_id", "date:month"],
                    ["balance:sum"],
                )
                results.append({(a.id, m): round(b, 2) for a, m, b in rows if round(b, 2)})
                savepoint.rollback()
        self.assertEqual(results[0], results[1])
        self.assertEqual(results[0], results[2])
        # 50 given at 1.1 and used at 1.2: the difference is a loss of 5.00.
        self.assertIn(5.0, [abs(each) for each in results[0].values()])

    def test_without_a_journal_for_the_entry_the_document_waits(self):
        journals = self.env["account.journal"].search([("type", "=", "general")])
        journals.active = False
        (change,) = self.deliver(self._negative())
        self.assertOutcome(change, NeedsHuman, "missing_journal", "general")
        self.assertIsNone(self.bound("invoice", "in_neg"))
        journals.active = True
        self.deliver(change)
        self.assertDone(change)

    def test_statements_do_not_grow_with_the_batch(self):
        def count(numbers):
            changes = [
                self.change(self._negative(f"in_n{number}", accounting_at=factory.at(1)))
                for number in numbers
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.deliver(*changes)
            self.env.flush_all()
            self.assertDone(*changes)
            return self.cr.sql_log_count - before

        count([0])
        ten, forty = count(range(1, 11)), count(range(11, 51))
        self.assertLess((forty - ten) / 30, 25)


class TestCustomerBalance(SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()
        self.connection.sudo().balance_account_id = self.company_data["default_account_expense"]

    def _tell(self, amount, **values):
        """The customer as told later than everything before."""
        second = values.pop("second", None) or 90 * 86400 + next(self.numbers)
        record = factory.customer(currency="USD", balance=Decimal(amount), **values)
        (change,) = self.deliver(self.change(record, second=second))
        self.assertDone(change)
        return self.env["saas.customer.balance"].search([("external_id", "=", "cus_1")])

    def test_what_documents_moved_is_no_difference(self):
        negative = factory.invoice(
            "in_neg", factory.line("-50"), status="paid", balance_applied=Decimal(-50)
        )
        self.deliver(negative)
        balance = self._tell("-50")
        self.assertRecordValues(
            balance, [{"told_amount": -50.0, "booked_amount": -50.0, "difference": 0.0}]
        )

    def test_documents_that_come_later_explain_what_was_told(self):
        balance = self._tell("-50")
        self.assertEqual(balance.difference, -50.0)
        self.deliver(
            factory.invoice(
                "in_neg", factory.line("-50"), status="paid", balance_applied=Decimal(-50)
            )
        )
        self.assertEqual((balance.booked_amount, balance.difference), (-50.0, 0.0))

    def test_documents_after_the_snapshot_do_not_count(self):
        balance = self._tell("-50")
        self.deliver(
            factory.invoice(
                "in_late",
                factory.line("-20"),
                status="paid",
                balance_applied=Decimal(-20),
                accounting_at=factory.at(6),
            )
        )
        self.assertEqual(balance.difference, -50.0)

    def test_goodwill_is_shown_booked_once_and_used(self):
        balance = self._tell("-30")
        checks = {check.code: check for check in self.connection._get_health_checks()}
        self.assertEqual(checks["balances"].level, "amber")
        balance.action_book_adjustment()
        balance.action_book_adjustment()
        entry = self.env["account.move"].search([("saas_document_type", "=", "adjustment")])
        self.assertEqual((len(entry), str(entry.date)), (1, "2026-04-01"))
        self.assertEqual(
            {line.account_id.account_type: line.balance for line in entry.line_ids},
            {"asset_receivable": -30.0, "expense": 30.0},
        )
        self.assertEqual((balance.booked_amount, balance.difference), (-30.0, 0.0))
        self.deliver(
            factory.invoice(
                "in_1",
                factory.line("100"),
                balance_applied=Decimal(30),
                accounting_at=factory.at(5),
            )
        )
        self.assertEqual(self.bound("invoice", "in_1").amount_residual, 70.0)
        items = balance.action_open_items()
        items = self.env["account.move.line"].search(items["domain"])
        self.assertEqual(sorted(items.mapped("balance")), [-30.0, 30.0])
        self.assertEqual(set(items.mapped("reconciled")), {True})

    def test_the_newest_snapshot_wins(self):
        balance = self._tell("-30", second=9_000_000)
        older = factory.customer(currency="USD", balance=Decimal(-10))
        (change,) = self.deliver(self.change(older, second=8_000_000))
        self.assertOutcome(change, Superseded)
        self.assertEqual(balance.told_amount, -30.0)

    def test_customers_without_a_balance_have_no_row(self):
        self.assertFalse(self._tell("0"))

    def test_an_adjustment_needs_an_account_and_an_open_day(self):
        balance = self._tell("-30")
        self.connection.sudo().balance_account_id = False
        with self.assertRaisesRegex(UserError, "Balance Adjustments"):
            balance.action_book_adjustment()
        self.connection.sudo().balance_account_id = self.company_data["default_account_expense"]
        self.company.fiscalyear_lock_date = "2026-12-31"
        with self.assertRaisesRegex(UserError, "is closed on 2026-04-01"):
            balance.action_book_adjustment()
