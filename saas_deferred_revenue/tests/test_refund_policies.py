"""What credit notes take back where their rule does not spread it over the service."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import RevenueCommon

LATER = ("2025-03", "2025-04")


class RefundCommon(RevenueCommon):
    """A quarter of 90.00: 31, 28 and 31 days."""

    def set_policy(self, policy, **values):
        """A new version of the rule, in force from now on."""
        draft = self.rule.browse(self.rule.action_new_version()["res_id"])
        draft.write({"refund_policy": policy, **values})
        self.approve(draft)

    def quarter(self, *amounts, **values):
        lines = [self.prepare_line(a, "2025-01-01", "2025-04-01") for a in amounts or (90,)]
        return self.post_invoice("2025-01-01", *lines, **values)

    def get_earned(self, schedules=None):
        """Months in which something was earned; what cancels out is posted as zero."""
        return {name: value for name, value in self.posted_by_month(schedules).items() if value}

    def credit_by_sync(self, invoice, day, amount, **values):
        """As the billing sync books it: the line knows what it takes back, the document later."""
        line = self.prepare_line(amount, saas_credited_line_id=invoice.invoice_line_ids[0].id)
        note = self.post_invoice(
            day, line, move_type="out_refund", currency_id=invoice.currency_id.id, **values
        )
        note.reversed_entry_id = invoice
        return note

    def reverse(self, note, day):
        reversal = note._reverse_moves([{"invoice_date": day, "date": day}])
        reversal.action_post()
        return reversal


@tagged("post_install", "-at_install")
class TestRefundPolicies(RefundCommon):
    def assertEarned(self, policy, amount, february, march, day="2025-02-01"):
        self.set_policy(policy)
        invoice = self.quarter()
        self.run_months("2025-01")
        self.credit(invoice, day, amount)
        self.run_months("2025-02", *LATER)
        schedule = invoice.saas_revenue_schedule_ids
        expected = {"2025-01": 31, "2025-02": february, "2025-03": march}
        self.assertEqual(
            self.get_earned(schedule), {month: value for month, value in expected.items() if value}
        )
        self.assertEqual(schedule.remaining_amount, 0)
        self.assertEqual(schedule.net_amount, 90 - amount)
        return invoice

    def test_prospective_partial(self):
        self.assertEarned("prospective", 9, 23.73, 26.27)

    def test_prospective_half(self):
        self.assertEarned("prospective", 45, 6.64, 7.36)

    def test_prospective_of_all_that_is_to_come_stops_it(self):
        self.assertEarned("prospective", 59, 0, 0)

    def test_prospective_in_full_takes_the_excess_back_on_its_day(self):
        self.assertEarned("prospective", 90, -31, 0)

    def test_prospective_in_the_middle_of_a_month(self):
        """Half of February was served: it stays, and 45.00 are to come from the 15th on."""
        self.assertEarned("prospective", 36, 14 + 14 * 9 / 45, 6.2, day="2025-02-15")

    def test_immediate_partial(self):
        self.assertEarned("immediate", 9, 19, 31)

    def test_immediate_takes_the_remainder_from_what_is_to_come(self):
        self.assertEarned("immediate", 45, -9.64, 23.64)

    def test_immediate_in_full(self):
        self.assertEarned("immediate", 90, -31, 0)

    def test_before_the_service_everything_is_to_come(self):
        for policy in ("prospective", "immediate"):
            self.set_policy(policy)
            invoice = self.post_invoice(
                "2025-01-01", self.prepare_line(90, "2025-02-01", "2025-04-01")
            )
            self.credit(invoice, "2025-01-15", 31)
            self.run_months("2025-01", "2025-02", "2025-03")
            schedule = invoice.saas_revenue_schedule_ids
            self.assertEqual(self.get_earned(schedule), {"2025-02": 28, "2025-03": 31})

    def test_after_the_service_everything_was_earned(self):
        invoices = self.env["account.move"]
        for policy in ("prospective", "immediate"):
            self.set_policy(policy)
            invoices |= self.quarter()
        self.run_months("2025-01", "2025-02", "2025-03")
        for invoice in invoices:
            self.credit(invoice, "2025-04-10", 50)
        self.run_months("2025-04")
        for schedule in invoices.saas_revenue_schedule_ids:
            earned = self.get_earned(schedule)
            self.assertEqual(earned["2025-04"], -50)
            self.assertEqual(sum(earned.values()), 40)

    def test_second_credits_take_back_what_the_first_left(self):
        self.set_policy("prospective")
        invoice = self.quarter()
        self.credit(invoice, "2025-02-01", 29.5)
        self.credit(invoice, "2025-03-01", 15.5)
        self.credit(invoice, "2025-03-15", 45)
        self.run_months("2025-01", "2025-02", *LATER)
        self.assertEqual(self.get_earned(), {"2025-01": 31, "2025-02": 14, "2025-03": -45})

    def test_second_immediate_credit(self):
        self.set_policy("immediate")
        invoice = self.quarter()
        self.credit(invoice, "2025-02-01", 20)
        self.credit(invoice, "2025-02-01", 20)
        self.credit(invoice, "2025-03-01", 50)
        self.run_months("2025-01", "2025-02", *LATER)
        # 11.00 of January could still bear the second one; 50.00 were left of everything.
        self.assertEqual(sum(self.posted_by_month().values()), 0)
        self.assertEqual(self.get_earned()["2025-02"], -31 + 23.73)

    def test_over_credit_is_taken_back_at_once(self):
        for policy in ("prospective", "immediate"):
            self.set_policy(policy)
            invoice = self.quarter()
            self.credit(invoice, "2025-02-01", 100)
            self.run_months("2025-01", "2025-02", "2025-03")
            schedule = invoice.saas_revenue_schedule_ids
            self.assertEqual(sum(self.posted_by_month(schedule).values()), -10)
            self.assertNotIn("2025-03", self.get_earned(schedule))
            self.assertEqual(schedule.remaining_amount, 0)

    def test_credited_by_the_sync(self):
        self.set_policy("prospective")
        invoice = self.quarter()
        note = self.credit_by_sync(invoice, "2025-02-01", 59)
        self.assertEqual(note.invoice_line_ids.account_id, self.deferred_account)
        self.run_months("2025-01", "2025-02", *LATER)
        self.assertEqual(self.get_earned(), {"2025-01": 31})

    def test_whole_document_credit_is_spread_over_its_lines(self):
        """Deferred lines follow the policy, a set-up fee is taken back at once."""
        self.set_policy("prospective")
        invoice = self.post_invoice(
            "2025-01-01",
            self.prepare_line(90, "2025-01-01", "2025-04-01"),
            self.prepare_line(30, "2025-01-01", "2025-04-01"),
            self.prepare_line(60, name="Set-up"),
        )
        note = self.post_invoice(
            "2025-02-01",
            self.prepare_line(60, name="Goodwill"),
            move_type="out_refund",
            reversed_entry_id=invoice.id,
        )
        self.run_months("2025-01", "2025-02", *LATER)
        plan, seats = invoice.saas_revenue_schedule_ids.sorted("id")
        self.assertEqual([plan.net_amount, seats.net_amount], [60, 20])
        self.assertEqual(self.posted_by_month(plan)["2025-01"], 31)
        self.assertEqual(sum(self.posted_by_month(plan).values()), 60)
        rest = note.invoice_line_ids.saas_revenue_schedule_ids
        self.assertEqual(self.get_earned(rest), {"2025-02": -20})

    def test_reversed_credit_note_brings_back_what_it_took(self):
        for policy in ("prospective", "immediate"):
            self.set_policy(policy)
            invoice = self.quarter()
            note = self.credit(invoice, "2025-02-01", 45)
            self.reverse(note, "2025-02-01")
            self.run_months("2025-01", "2025-02", "2025-03")
            schedule = invoice.saas_revenue_schedule_ids
            self.assertEqual(
                self.get_earned(schedule), {"2025-01": 31, "2025-02": 28, "2025-03": 31}
            )
            self.credit(invoice, "2025-04-01", 90)
            self.assertEqual(schedule.net_amount, 0)

    def test_what_was_reversed_can_be_credited_again(self):
        self.set_policy("prospective")
        invoice = self.quarter()
        self.reverse(self.credit(invoice, "2025-02-01", 45), "2025-02-01")
        self.credit(invoice, "2025-02-01", 59)
        self.run_months("2025-01", "2025-02", *LATER)
        self.assertEqual(self.get_earned(), {"2025-01": 31})

    def test_a_void_takes_everything_back_as_it_was_earned(self):
        self.set_policy("prospective")
        invoice = self.quarter()
        self.run_months("2025-01")
        note = self.credit_by_sync(invoice, "2025-02-01", 90, saas_document_type="invoice_void")
        self.assertEqual(
            invoice.saas_revenue_schedule_ids.segment_ids.sorted("id").mapped(
                lambda s: (s.kind, s.amount, s.date_start, s.date_end)
            )[1],
            ("reversal", -90, invoice.date, invoice.invoice_line_ids.saas_service_end),
        )
        self.assertEqual(note.saas_revenue_schedule_count, 1)
        self.run_months("2025-02", *LATER)
        self.assertEqual(self.get_earned(), {"2025-01": 31, "2025-02": -31})

    def test_both_currencies_stop_together_whatever_the_rate(self):
        euro = self.setup_other_currency(
            "EUR", rates=[("2025-01-01", 0.8), ("2025-02-01", 0.9), ("2025-03-01", 0.7)]
        )
        for policy in ("prospective", "immediate"):
            self.set_policy(policy)
            invoice = self.quarter(currency_id=euro.id)
            schedule = invoice.saas_revenue_schedule_ids
            self.credit_by_sync(invoice, "2025-02-01", 9)
            self.credit_by_sync(invoice, "2025-02-10", 40)
            self.credit_by_sync(invoice, "2025-03-01", 41)
            self.run_months("2025-01", "2025-02", *LATER)
            self.assertRecordValues(
                schedule,
                [{"net_amount": 0, "remaining_amount": 0, "remaining_company_amount": 0}],
            )
            self.assertNotIn("2025-04", self.get_earned(schedule))
            # 90.00 at 0.8, less 49.00 at 0.9 and 41.00 at 0.7.
            self.assertAlmostEqual(schedule.net_company_amount, 112.5 - 10 - 44.44 - 58.57)

    def test_a_rate_difference_is_earned_on_the_day_of_the_credit(self):
        euro = self.setup_other_currency("EUR", rates=[("2025-01-01", 0.8), ("2025-02-01", 0.9)])
        self.set_policy("prospective")
        invoice = self.quarter(currency_id=euro.id)
        self.credit_by_sync(invoice, "2025-02-01", 59)
        segments = invoice.saas_revenue_schedule_ids.segment_ids
        self.assertRecordValues(
            segments.filtered(lambda segment: segment.kind == "rate"),
            # 59.00 were to come: 73.75 as billed, 65.56 as credited.
            [{"amount": 0, "company_amount": 8.19}],
        )
        self.run_months("2025-01", "2025-02", *LATER)
        self.assertEqual(self.get_earned(), {"2025-01": 38.75, "2025-02": 8.19})

    def test_credit_after_an_amendment_and_amendment_after_a_credit(self):
        self.set_policy("prospective")
        invoice = self.quarter()
        schedule = invoice.saas_revenue_schedule_ids
        self.amend(schedule, "extend", "2025-02-01", date_until="2025-03-01")
        self.credit(invoice, "2025-02-10", 29.5)
        # 59.00 were to come in March and April, 29.50 are.
        self.amend(schedule, "accelerate", "2025-04-01")
        self.run_months("2025-01", "2025-02", "2025-03", "2025-04", "2025-05")
        self.assertEqual(self.get_earned(), {"2025-01": 31, "2025-03": 15.5, "2025-04": 14})

    def test_the_reversal_of_a_credit_leaves_what_an_amendment_moved(self):
        """Half of the rest was credited, the other half moved by February: it stays there."""
        self.set_policy("prospective")
        invoice = self.quarter()
        note = self.credit(invoice, "2025-02-01", 29.5)
        schedule = invoice.saas_revenue_schedule_ids
        self.amend(schedule, "extend", "2025-02-01", date_until="2025-03-01")
        self.reverse(note, "2025-03-10")
        self.run_months("2025-01", "2025-02", "2025-03", "2025-04", "2025-05")
        # March has 15.50 of what was moved, and what the credit had taken of February and March.
        self.assertEqual(self.get_earned(), {"2025-01": 31, "2025-03": 45, "2025-04": 14})

    def amend(self, schedule, kind, day, **values):
        amendment = self.env["saas.revenue.amendment"].create(
            {"schedule_id": schedule.id, "kind": kind, "date": day, "reason": "Agreed", **values}
        )
        amendment._refresh_effect()
        amendment.sudo()._add_segments()

    def test_a_schedule_keeps_the_policy_it_was_made_with(self):
        self.set_policy("prospective")
        invoice = self.quarter()
        self.set_policy("pro_rata")
        self.credit(invoice, "2025-02-01", 59)
        self.run_months("2025-01", "2025-02", *LATER)
        self.assertEqual(self.get_earned(), {"2025-01": 31})

    def test_doing_it_again_changes_nothing(self):
        self.set_policy("immediate")
        invoice = self.quarter()
        note = self.credit(invoice, "2025-02-01", 45)
        schedule = invoice.saas_revenue_schedule_ids
        before = schedule.segment_ids
        self.env["saas.revenue.schedule"]._create_for_lines((invoice | note).invoice_line_ids)
        self.assertEqual(schedule.segment_ids, before)

    def test_a_credit_note_goes_back_to_draft_after_those_that_build_on_it(self):
        self.set_policy("prospective")
        invoice = self.quarter()
        first, second = (self.credit(invoice, day, 9) for day in ("2025-02-01", "2025-02-02"))
        for move in (invoice, first):
            with self.assertRaises(UserError):
                move.button_draft()
        second.button_draft()
        first.button_draft()
        schedule = invoice.saas_revenue_schedule_ids
        self.assertEqual(schedule.segment_ids.mapped("kind"), ["original"])
        (first | second)._post()
        self.assertEqual(schedule.net_amount, 72)
        (first | second).button_draft()
        self.assertEqual(schedule.net_amount, 90)

    def test_lines_of_one_note_that_credit_the_same_line(self):
        self.set_policy("prospective")
        invoice = self.quarter()
        credited = invoice.invoice_line_ids.id
        note = self.post_invoice(
            "2025-02-01",
            *(self.prepare_line(each, saas_credited_line_id=credited) for each in (9, 50, 31)),
            move_type="out_refund",
        )
        schedule = invoice.saas_revenue_schedule_ids
        note.button_draft()
        self.assertEqual(schedule.segment_ids.mapped("kind"), ["original"])
        note.action_post()
        self.run_months("2025-01", "2025-02", *LATER)
        self.assertEqual(self.get_earned(), {"2025-01": 31, "2025-02": -31})

    def test_invoice_and_credit_note_posted_together(self):
        self.set_policy("prospective")
        invoice = self.env["account.move"].create(
            self.prepare_invoice("2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01"))
        )
        line = self.prepare_line(9, saas_credited_line_id=invoice.invoice_line_ids.id)
        note = self.env["account.move"].create(
            self.prepare_invoice("2025-01-01", line, move_type="out_refund")
        )
        (invoice | note)._post()
        self.assertEqual(invoice.saas_revenue_schedule_ids.net_amount, 81)
