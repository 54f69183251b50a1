"""Given up by the provider, written off here, and paid, credited or voided after all."""

from decimal import Decimal

from odoo import fields
from odoo.addons.saas_subscription_sync.tests import factory
from odoo.addons.saas_subscription_sync.tests.money_common import MoneyCase
from odoo.tests import freeze_time, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestWriteOffBilling(MoneyCase):
    """1,440.00 for 2026 with VAT; given up on 1 April, written off on 1 May: 120 of 365 days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bad_debt = cls.company_data["default_account_expense"].copy({"name": "Bad Debt"})
        cls.company.sudo().saas_bad_debt_account_id = cls.bad_debt
        cls.manager = new_test_user(
            cls.env,
            "max",
            "saas_deferred_revenue.group_revenue_manager",
            company_id=cls.company.id,
            company_ids=[fields.Command.set(cls.company.ids)],
        )
        cls.given_up = {"status": "uncollectible", "uncollectible_at": factory.at(4)}

    def setUp(self):
        super().setUp()
        self.connection.sudo().user_id = self.env.user
        self.deliver(factory.invoice(), factory.invoice(**self.given_up))
        self.invoice = self.bound("invoice", "in_1")

    def propose(self):
        return self.env["saas.revenue.write.off"].sudo()._propose_given_up()

    def write_off(self):
        with freeze_time("2026-05-01"):
            write_off = self.propose()
            write_off.with_user(self.manager).action_approve()
        return write_off

    def get_deferred(self):
        return -self.balance(self.invoice.saas_revenue_schedule_ids.deferred_account_id)

    def assertProof(self):
        proof = self.env["saas.revenue.proof"]
        for line in proof._check_deferred(self.company, fields.Date.to_date("2027-01-01")):
            self.assertEqual(line["left_amount"], line["right_amount"], line)

    def test_given_up_is_proposed_and_written_off(self):
        kind = self.env.ref("saas_subscription_sync.mail_activity_type_uncollectible")
        write_off = self.write_off()
        self.assertEqual(write_off.reason, "The provider gave the invoice up on 2026-04-01.")
        self.assertEqual((self.residual, self.owed), (0, 0))
        self.assertEqual(write_off.deferred_amount, 805.48)
        self.assertEqual(self.balance(self.bad_debt), 634.52)
        self.assertEqual(self.get_deferred(), 394.52, "of January to April, not posted yet")
        self.assertFalse(
            self.invoice.activity_ids.filtered(lambda each: each.activity_type_id == kind)
        )
        self.deliver(factory.invoice(**self.given_up))
        self.assertFalse(
            self.invoice.activity_ids.filtered(lambda each: each.activity_type_id == kind),
            "nobody is asked once more",
        )
        self.assertFalse(self.propose())
        self.assertProof()

    def test_a_late_payment_takes_it_back_on_its_day_and_settles_the_invoice(self):
        write_off = self.write_off()
        self.deliver(
            factory.payment(paid_at=factory.at(6)),
            factory.invoice(status="paid", uncollectible_at=factory.at(4)),
        )
        self.assertRecordValues(
            write_off,
            [
                {
                    "state": "reversed",
                    "reversal_cause_id": self.bound("payment", "pi_1").move_id.id,
                }
            ],
        )
        self.assertEqual(str(write_off.reversal_id.date), "2026-06-01")
        self.assertEqual((self.residual, self.owed, self.clearing), (0, 0, 1440))
        self.assertEqual((self.balance(self.bad_debt), self.get_deferred()), (0, 1200))
        self.assertFalse(self.propose())
        self.assertProof()

    def test_a_part_of_it_paid_late_leaves_the_rest_to_be_proposed_again(self):
        self.write_off()
        self.deliver(factory.payment(amount="440", paid_at=factory.at(6)))
        self.assertEqual(self.residual, 1000)
        with freeze_time("2026-07-01"):
            self.assertEqual(self.propose().amount, 1000)

    def test_paid_before_anybody_decided_there_is_nothing_to_write_off(self):
        with freeze_time("2026-05-01"):
            write_off = self.propose()
        self.deliver(factory.payment(paid_at=factory.at(6)))
        with self.assertRaisesRegex(Exception, "Nothing is left"):
            write_off.with_user(self.manager).action_approve()

    def test_a_void_takes_it_back(self):
        write_off = self.write_off()
        self.deliver(factory.invoice(status="void", voided_at=factory.at(6)))
        self.assertEqual(write_off.state, "reversed")
        self.assertEqual((self.residual, self.owed), (0, 0))
        self.assertEqual((self.balance(self.bad_debt), self.get_deferred()), (0, 0))
        self.assertProof()

    def test_a_credit_note_takes_it_back(self):
        write_off = self.write_off()
        self.deliver(
            factory.credit_note(
                "cn_1",
                factory.credit_line("1200", factory.tax("240", "1200")),
                issued_at=factory.at(6),
            )
        )
        self.assertEqual(write_off.state, "reversed")
        self.assertEqual((self.residual, self.owed), (0, 0))
        self.assertEqual(self.get_deferred(), 0)
        self.assertProof()

    def test_any_order_of_payment_and_giving_up_ends_alike(self):
        """The payment is told first, then what the provider said before it."""
        write_off = self.write_off()
        self.deliver(
            factory.payment(paid_at=factory.at(3)),
            self.change(factory.invoice(**self.given_up), second=2),
        )
        self.assertEqual(write_off.reversal_id.date, write_off.entry_id.date, "not before it")
        self.assertEqual((self.residual, self.balance(self.bad_debt)), (0, 0))

    def test_written_off_is_open_for_the_reconciliation(self):
        """The provider calls it uncollectible, or open where it was only overdue here."""
        write_off = self.write_off()
        run = self.env["saas.reconciliation.run"]

        def get_state():
            self.env.flush_all()
            [row] = self.env.execute_query_dict(run._get_booked_invoices(self.connection))
            return row["state"]

        self.assertEqual(get_state(), "uncollectible")
        self.invoice.saas_status = "open"
        self.assertEqual(get_state(), "open")
        write_off._take_back(write_off.date, "Found")
        self.deliver(factory.payment(amount=Decimal(1440), paid_at=factory.at(6)))
        self.assertEqual(get_state(), "paid")
