"""Uncollectible invoices: given up by two people, and owed again when a payment comes after all."""

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, UniqueViolation

from .common import ACCOUNTANT, MANAGER, RevenueCommon, month

DUE = {"invoice_payment_term_id": False, "invoice_date_due": "2025-01-15"}


class WriteOffCommon(RevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bad_debt = cls.company_data["default_account_expense"].copy({"name": "Bad Debt"})
        cls.company.sudo().saas_bad_debt_account_id = cls.bad_debt
        cls.author, cls.second, cls.manager = (
            cls.create_person(login, group)
            for login, group in (("ann", ACCOUNTANT), ("sam", ACCOUNTANT), ("max", MANAGER))
        )

    def bill(self, amount=120, **values):
        """A quarter's plan with 20 % VAT, due at once."""
        return self.post_invoice(
            "2025-01-01",
            self.prepare_line(amount, "2025-01-01", "2025-04-01", tax_ids=self.vat.ids),
            **DUE,
            **values,
        )

    def propose(self, invoice, day="2025-02-01"):
        with freeze_time(day):
            write_off = (
                self.env["saas.revenue.write.off"]
                .with_user(self.author)
                .create({"move_id": invoice.id, "reason": "Bankrupt"})
            )
            write_off.action_propose()
        return write_off

    def approve(self, write_off, day="2025-02-01", user=None):
        with freeze_time(day):
            write_off.with_user(user or self.manager).action_approve()
        return write_off.sudo()

    def write_off(self, invoice, day="2025-02-01"):
        return self.approve(self.propose(invoice, day), day)

    def pay(self, invoice, amount, day):
        with freeze_time(day):
            wizard = self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=invoice.ids
            )
            wizard.create({"amount": amount, "payment_date": day})._create_payments()

    def get_entry(self, move):
        """`{account: balance}` of an entry."""
        totals = {}
        for item in move.line_ids:
            totals[item.account_id] = round(totals.get(item.account_id, 0) + item.balance, 2)
        return totals

    @property
    def receivable(self):
        return self.company_data["default_account_receivable"]


@tagged("post_install", "-at_install")
class TestWriteOffs(WriteOffCommon):
    """120.00 + 20 % VAT for a quarter: 41.33 of January, 37.34 of February, 41.33 of March."""

    def get_earned(self):
        return {name: amount for name, amount in self.posted_by_month().items() if amount}

    # ── what it books ────────────────────────────────────────────────────────────────────────

    def test_earned_share_and_tax_are_bad_debt_and_the_rest_leaves_deferred_revenue(self):
        invoice = self.bill()
        self.run_month("2025-01")
        write_off = self.write_off(invoice)
        self.assertEqual(
            self.get_entry(write_off.entry_id),
            {self.deferred_account: 78.67, self.bad_debt: 65.33, self.receivable: -144},
        )
        self.assertEqual(write_off.entry_id.date, fields.Date.to_date("2025-02-01"))
        self.assertRecordValues(
            write_off.line_ids,
            [
                {"deferred_amount": 78.67, "recognised_amount": 41.33, "tax_amount": 0},
                {"deferred_amount": 0, "recognised_amount": 0, "tax_amount": 24},
            ],
        )
        self.assertEqual(invoice.amount_residual, 0)
        self.assertTrue(invoice.saas_is_written_off)
        self.assertEqual(invoice.commercial_partner_id.saas_written_off_amount, 144)

    def test_every_later_month_is_exactly_zero(self):
        invoice = self.bill()
        self.run_month("2025-01")
        self.write_off(invoice)
        self.run_months("2025-02", "2025-03", "2025-04")
        self.assertEqual(self.get_earned(), {"2025-01": 41.33})
        self.assertEqual(self.balance(self.deferred_account), 0)
        self.assertEqual(self.balance(self.revenue_account), 41.33)

    def test_days_of_the_month_that_no_run_has_posted_yet_are_earned(self):
        invoice = self.bill()
        write_off = self.write_off(invoice, "2025-02-15")
        self.assertEqual(write_off.deferred_amount, 60, "45 of 90 days")
        self.run_months("2025-01", "2025-02", "2025-03")
        self.assertEqual(self.get_earned(), {"2025-01": 41.33, "2025-02": 18.67})

    def test_only_the_open_share_of_a_partly_paid_invoice_is_written_off(self):
        invoice = self.bill()
        self.pay(invoice, 48, "2025-01-10")
        self.run_month("2025-01")
        write_off = self.write_off(invoice)
        # Two thirds of the line are owed: 80.00 net and 16.00 of tax.
        self.assertEqual(write_off.line_ids.mapped("amount"), [80, 16])
        self.assertEqual(write_off.deferred_amount, 52.45, "80.00 less two thirds of 41.33")
        self.assertEqual(self.get_entry(write_off.entry_id)[self.receivable], -96)
        self.run_months("2025-02", "2025-03")
        self.assertEqual(self.balance(self.deferred_account), 0)
        self.assertEqual(sum(self.get_earned().values()), 67.55)

    def test_what_was_credited_is_not_written_off_once_more(self):
        invoice = self.bill()
        self.credit(invoice, "2025-01-15", 60)
        write_off = self.write_off(invoice)
        self.assertEqual(write_off.line_ids.mapped("amount"), [60, 12])
        self.assertEqual(write_off.deferred_amount, 39.34)
        self.run_months("2025-01", "2025-02", "2025-03")
        self.assertEqual(self.balance(self.deferred_account), 0)

    def test_lines_that_were_earned_at_once_are_bad_debt(self):
        invoice = self.post_invoice(
            "2025-01-01",
            self.prepare_line(30),
            self.prepare_line(90, "2025-01-01", "2025-04-01"),
            **DUE,
        )
        write_off = self.write_off(invoice)
        self.assertEqual(write_off.line_ids.mapped("deferred_amount"), [0, 59])
        self.assertEqual(self.get_entry(write_off.entry_id)[self.bad_debt], 61)

    def test_foreign_currency_leaves_at_the_rate_of_the_invoice(self):
        euro = self.setup_other_currency(
            "EUR", rates=[("2025-01-01", 0.8), ("2025-02-01", 0.9), ("2025-03-01", 0.7)]
        )
        invoice = self.bill(100, currency_id=euro.id)
        write_off = self.write_off(invoice)
        self.assertEqual((write_off.amount, write_off.company_amount), (120, 150))
        deferred = write_off.entry_id.line_ids.filtered(
            lambda item: item.account_id == self.deferred_account
        )
        self.assertRecordValues(deferred, [{"amount_currency": 65.56, "balance": 81.94}])
        self.assertEqual(invoice.amount_residual, 0)
        self.assertFalse(invoice.line_ids.matched_credit_ids.exchange_move_id)
        self.run_months("2025-01", "2025-02", "2025-03")
        self.assertRecordValues(
            invoice.saas_revenue_schedule_ids,
            [{"remaining_amount": 0, "remaining_company_amount": 0}],
        )

    def test_tax_may_have_an_account_of_its_own(self):
        relief = self.bad_debt.copy({"name": "Tax to Claim Back"})
        self.company.sudo().saas_bad_debt_tax_account_id = relief
        write_off = self.write_off(self.bill())
        self.assertEqual(self.get_entry(write_off.entry_id)[relief], 24)

    def test_a_locked_month_dates_the_entry_on_the_first_open_day(self):
        invoice = self.bill()
        self.run_month("2025-01")
        self.company.sudo().fiscalyear_lock_date = "2025-02-28"
        write_off = self.write_off(invoice)
        self.assertEqual(write_off.entry_id.date, month("2025-03"))
        self.assertEqual(write_off.deferred_amount, 41.33)

    # ── what comes after all ─────────────────────────────────────────────────────────────────

    def test_taken_back_the_deferral_goes_on_as_if_nothing_had_been(self):
        invoice = self.bill()
        self.run_month("2025-01")
        write_off = self.write_off(invoice)
        self.run_month("2025-02")
        write_off._take_back(month("2025-03"), "Found")
        self.assertRecordValues(write_off, [{"state": "reversed", "reversal_reason": "Found"}])
        self.assertEqual(invoice.amount_residual, 144)
        self.assertFalse(invoice.saas_is_written_off)
        run = self.run_month("2025-03")
        self.assertEqual(run.prior_company_amount, 37.34, "February, caught up")
        self.assertEqual(sum(self.get_earned().values()), 120)
        self.assertEqual(self.balance(self.bad_debt), 0)

    def test_a_payment_typed_in_odoo_takes_it_back_on_its_day(self):
        invoice = self.bill()
        write_off = self.write_off(invoice)
        wizard = self.env["saas.revenue.write.off.undo"].with_user(self.env.user)
        wizard = wizard.create(
            {"write_off_id": write_off.id, "date": "2025-02-20", "reason": "Paid after all"}
        )
        action = wizard.action_pay()
        payment = Form(self.env[action["res_model"]].with_context(**action["context"])).save()
        self.assertRecordValues(payment, [{"payment_date": wizard.date, "amount": 144}])
        payment._create_payments()
        self.assertEqual(write_off.reversal_id.date, wizard.date)
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        self.run_months("2025-01", "2025-02", "2025-03")
        self.assertEqual(self.get_earned(), {"2025-01": 41.33, "2025-02": 37.34, "2025-03": 41.33})

    def test_a_credit_note_takes_it_back_first(self):
        invoice = self.bill()
        write_off = self.write_off(invoice)
        note = self.credit(invoice, "2025-02-10")
        self.assertRecordValues(write_off, [{"state": "reversed", "reversal_cause_id": note.id}])
        self.assertEqual((invoice.amount_residual, note.amount_residual), (0, 0))
        self.run_months("2025-01", "2025-02", "2025-03")
        self.assertEqual(self.balance(self.revenue_account), 0)
        self.assertEqual(self.balance(self.bad_debt), 0)

    def test_written_off_again_after_it_was_taken_back(self):
        invoice = self.bill()
        self.write_off(invoice)._take_back(month("2025-02"), "Promised to pay")
        again = self.write_off(invoice, "2025-03-01")
        self.assertEqual(again.deferred_amount, 41.33)
        self.run_months("2025-01", "2025-02", "2025-03", "2025-04")
        self.assertEqual(self.get_earned(), {"2025-01": 41.33, "2025-02": 37.34})
        self.assertEqual(self.balance(self.deferred_account), 0)

    def test_what_is_written_off_is_not_amended(self):
        invoice = self.bill()
        self.write_off(invoice)
        amendment = self.env["saas.revenue.amendment"].create(
            {
                "schedule_id": invoice.saas_revenue_schedule_ids.id,
                "date": "2025-02-10",
                "reason": "Cancelled",
            }
        )
        with self.assertRaisesRegex(UserError, "written off"):
            amendment.action_propose()

    # ── who decides ──────────────────────────────────────────────────────────────────────────

    def test_nobody_decides_alone(self):
        write_off = self.propose(self.bill())
        with self.assertRaisesRegex(UserError, "second person"):
            write_off.with_user(self.author).action_approve()
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            write_off.sudo().write({"state": "approved", "decided_by_id": self.author.id})
            self.env.flush_all()

    def test_accountants_decide_up_to_the_limit_of_the_company(self):
        write_off = self.propose(self.bill())
        with self.assertRaises(AccessError):
            self.approve(write_off, user=self.second)
        self.company.sudo().saas_write_off_limit = 144
        self.approve(write_off, user=self.second)
        self.assertEqual(write_off.state, "approved")

    def test_nobody_raises_the_limit_alone(self):
        self.bill()
        settings = new_test_user(self.env, "set", "base.group_system", company_id=self.company.id)
        self.company.with_user(settings).saas_write_off_limit = 1000
        self.assertFalse(self.company.saas_write_off_limit)
        self.assertTrue(self.company.has_proposal)

    def test_approvers_are_told_and_while_it_waits_the_month_shows_it(self):
        write_off = self.propose(self.bill())
        self.assertIn(self.manager, write_off.activity_ids.user_id)
        run = self.Run.create({"company_id": self.company.id, "period": "2025-02-01"})
        run.action_preview()
        [line] = run.blocker_line_ids.filtered(lambda each: each.res_model == write_off._name)
        self.assertEqual((line.record_count, line.company_amount), (1, 144))
        close = self.env["saas.revenue.close"].create({"period": "2025-02-01"})
        close.action_check()
        [line] = close.line_ids.filtered(lambda each: each.code == "write_offs")
        self.assertEqual((line.state, line.record_count), ("open", 1))
        write_off.with_user(self.manager).action_reject()
        close.action_check()
        [line] = close.line_ids.filtered(lambda each: each.code == "write_offs")
        self.assertEqual(line.state, "done")

    def test_rejected_changes_nothing(self):
        invoice = self.bill()
        write_off = self.propose(invoice)
        write_off.with_user(self.manager).action_reject()
        self.assertFalse(write_off.entry_id)
        self.assertEqual(invoice.amount_residual, 144)
        self.assertTrue(invoice.saas_may_be_written_off)

    def test_decided_later_more_of_it_is_earned(self):
        write_off = self.propose(self.bill(), "2025-02-01")
        self.assertEqual(write_off.deferred_amount, 78.67)
        self.approve(write_off, "2025-03-01")
        self.assertEqual(write_off.deferred_amount, 41.33)

    def test_paid_meanwhile_it_is_shown_again_before_it_is_approved(self):
        invoice = self.bill()
        write_off = self.propose(invoice)
        self.pay(invoice, 44, "2025-02-02")
        with self.assertRaisesRegex(UserError, "Preview it again"):
            self.approve(write_off, "2025-02-03")
        write_off.with_user(self.author).action_preview()
        self.approve(write_off, "2025-02-03")
        self.assertEqual(self.get_entry(write_off.sudo().entry_id)[self.receivable], -100)

    def test_only_managers_take_back(self):
        write_off = self.write_off(self.bill())
        with self.assertRaises(AccessError):
            self.env["saas.revenue.write.off.undo"].with_user(self.author).create(
                {"write_off_id": write_off.id, "reason": "Found"}
            )

    # ── bad input ────────────────────────────────────────────────────────────────────────────

    def test_without_a_bad_debt_account_it_says_where_to_choose_one(self):
        write_off = self.propose(self.bill())
        self.company.sudo().saas_bad_debt_account_id = False
        with self.assertRaisesRegex(UserError, "no bad debt account"):
            self.approve(write_off)

    def test_what_nobody_owes_is_refused(self):
        paid = self.bill()
        self.pay(paid, 144, "2025-01-10")
        draft = self.env["account.move"].create(
            self.prepare_invoice("2025-01-01", self.prepare_line(90))
        )
        entry = self.run_month("2025-01").move_ids
        not_due = self.bill()
        not_due.invoice_date_due = "2025-06-01"
        for move, why in (
            (paid, "Nothing is left"),
            (draft, "not a posted customer invoice"),
            (entry, "not a posted customer invoice"),
            (not_due, "neither uncollectible nor overdue"),
        ):
            with self.subTest(why), self.assertRaisesRegex(UserError, why):
                self.propose(move)

    def test_another_company_neither_reads_nor_proposes(self):
        invoice = self.bill()
        write_off = self.propose(invoice)
        elsewhere = self.setup_other_company()["company"]
        stranger = self.create_person("stranger", MANAGER, elsewhere)
        with self.assertRaises(AccessError):
            write_off.with_user(stranger).action_approve()
        with self.assertRaises(AccessError):
            self.env["saas.revenue.write.off"].with_user(stranger).create(
                {"move_id": invoice.id, "reason": "Mine"}
            ).action_propose()

    def test_one_write_off_of_an_invoice_is_in_force_by_constraint(self):
        invoice = self.bill()
        self.propose(invoice)
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self.propose(invoice)
            self.env.flush_all()

    def test_its_entry_is_not_reversed_by_hand(self):
        entry = self.write_off(self.bill()).entry_id
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=entry.ids)
            .create({"journal_id": entry.journal_id.id, "date": "2025-02-02"})
        )
        with self.assertRaisesRegex(UserError, "take the write-off back"):
            wizard.reverse_moves()

    def test_an_invoice_about_which_somebody_is_asked_does_not_go_back_to_draft(self):
        invoice = self.bill()
        proposal = self.propose(invoice)
        with self.assertRaisesRegex(UserError, "kept with it"):
            invoice.button_draft()
        proposal.with_user(self.manager).action_reject()
        with self.assertRaisesRegex(UserError, "kept with it"):
            invoice.button_draft()

    def test_an_amendment_that_waited_is_not_approved_any_more(self):
        invoice = self.bill()
        amendment = (
            self.env["saas.revenue.amendment"]
            .with_user(self.author)
            .create(
                {
                    "schedule_id": invoice.saas_revenue_schedule_ids.id,
                    "kind": "dates",
                    "date": "2025-02-01",
                    "service_start": "2024-12-01",
                    "service_last_day": "2025-06-30",
                    "reason": "Wrong dates",
                }
            )
        )
        amendment.action_propose()
        self.write_off(invoice)
        amendment.action_preview()
        with self.assertRaisesRegex(UserError, "written off"):
            amendment.with_user(self.manager).action_approve()

    def test_taken_back_each_segment_is_earned_where_it_was(self):
        """What a credit took back of the past, on the day of the write-off, on contra-revenue."""
        contra = self.revenue_account.copy({"name": "Contra-revenue", "code": "409999"})
        values = {"refund_policy": "immediate", "contra_account_id": contra.id}
        rule = self.rule.copy({"code": "CONTRA", "sequence": 1, **values})
        rule.sudo().action_approve()
        invoice = self.post_invoice(
            "2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01"), **DUE
        )
        self.credit(invoice, "2025-02-01", 45)
        write_off = self.write_off(invoice)
        with freeze_time("2025-02-01"):
            write_off._take_back(month("2025-02"), "A mistake")
        self.run_months("2025-01", "2025-02", "2025-03")
        self.assertEqual(self.balance(contra), -31)
        self.assertEqual(self.balance(self.revenue_account), 76)

    def test_neither_entry_nor_invoice_goes_back_to_draft(self):
        invoice = self.bill()
        write_off = self.write_off(invoice)
        with self.assertRaisesRegex(UserError, "take the write-off back"):
            write_off.entry_id.button_draft()
        with self.assertRaisesRegex(UserError, "take the write-off back first"):
            invoice.button_draft()
        with self.assertRaisesRegex(UserError, "kept"):
            write_off.with_user(self.author).unlink()

    # ── found ────────────────────────────────────────────────────────────────────────────────

    def test_uncollectible_invoices_are_proposed_once(self):
        invoice = self.bill()
        invoice.saas_status = "uncollectible"
        WriteOff = self.env["saas.revenue.write.off"].with_user(self.env.ref("base.user_root"))
        with freeze_time("2025-02-01"):
            proposed = WriteOff._propose_given_up()
            self.assertEqual((proposed.move_id, proposed.state), (invoice, "proposed"))
            self.assertFalse(WriteOff._propose_given_up())
        proposed.with_user(self.manager).action_reject()
        self.assertFalse(WriteOff._propose_given_up(), "decided is decided")

    def test_a_company_may_keep_proposals_to_people(self):
        self.bill().saas_status = "uncollectible"
        self.company.saas_write_off_auto = False
        self.assertFalse(self.env["saas.revenue.write.off"]._propose_given_up())
