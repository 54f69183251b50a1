"""What credit notes and reversals take back."""

from odoo.tests import tagged

from .common import RevenueCommon


@tagged("post_install", "-at_install")
class TestCreditNotes(RevenueCommon):
    def quarter(self, *amounts):
        lines = [self.prepare_line(a, "2025-01-01", "2025-04-01") for a in amounts or (90,)]
        return self.post_invoice("2025-01-01", *lines)

    def test_credit_note_knows_its_lines_and_their_accounts(self):
        invoice = self.quarter()
        note = self.credit(invoice, "2025-02-01", 45)
        line = note.invoice_line_ids
        self.assertEqual(line.saas_credited_line_id, invoice.invoice_line_ids)
        self.assertEqual(line.account_id, self.deferred_account)
        self.assertEqual(line.saas_revenue_account_id, self.revenue_account)
        self.assertFalse(line.saas_revenue_schedule_ids)
        schedule = invoice.saas_revenue_schedule_ids
        self.assertEqual(schedule.net_amount, 45)
        self.assertRecordValues(
            schedule.segment_ids.sorted("id")[1],
            [
                {
                    "kind": "credit",
                    "amount": -45,
                    "date_start": schedule.date_start,
                    "date_end": schedule.date_end,
                    "booking_date": note.date,
                    "move_line_id": line.id,
                }
            ],
        )
        self.assertEqual(note.saas_revenue_schedule_count, 1)

    def test_full_reversal_leaves_exactly_nothing(self):
        invoice = self.quarter()
        self.run_month("2025-01")
        invoice._reverse_moves([{"invoice_date": "2025-02-01", "date": "2025-02-01"}], cancel=True)
        self.run_months("2025-02", "2025-03", "2025-04")
        # Not a cent up and a cent down later: only what January had.
        self.assertEqual(self.posted_by_month(), {"2025-01": 31, "2025-02": -31, "2025-03": 0})
        march = self.Run.search([*self.own_company, ("period", "=", "2025-03-01")])
        self.assertFalse(march.move_ids, "an entry of zeros")
        self.assertEqual(self.balance(self.deferred_account), 0)

    def test_credit_of_a_credit_brings_it_back(self):
        invoice = self.quarter()
        note = self.credit(invoice, "2025-02-01")
        self.run_months("2025-01", "2025-02")
        reversal = note._reverse_moves([{"invoice_date": "2025-03-01", "date": "2025-03-01"}])
        reversal.action_post()
        schedule = invoice.saas_revenue_schedule_ids
        self.assertEqual(schedule.segment_ids.mapped("kind"), ["original", "credit", "reversal"])
        self.run_month("2025-03")
        self.assertEqual(sum(self.posted_by_month().values()), 90)

    def test_credit_of_income_lines_stays_income(self):
        invoice = self.post_invoice("2025-01-01", self.prepare_line(50))
        note = self.credit(invoice, "2025-02-01")
        self.assertEqual(note.invoice_line_ids.account_id, self.revenue_account)
        self.assertEqual(note.saas_revenue_schedule_count, 0)

    def credit_without_lines(self, invoice, amount, day="2025-02-01"):
        values = self.prepare_invoice(
            day,
            self.prepare_line(amount, name="Goodwill"),
            move_type="out_refund",
            reversed_entry_id=invoice.id,
        )
        note = self.env["account.move"].create(values)
        note.action_post()
        return note

    def test_credit_without_lines_is_spread_to_the_cent(self):
        invoice = self.quarter(30, 30, 30)
        self.credit_without_lines(invoice, 10)
        credits = invoice.saas_revenue_schedule_ids.segment_ids.filtered(
            lambda segment: segment.kind == "credit"
        )
        self.assertEqual(credits.sorted("id").mapped("amount"), [-3.33, -3.34, -3.33])

    def test_credit_without_lines_takes_back_income_at_once(self):
        """A third of the invoice was a set-up fee: so is a third of what is credited."""
        invoice = self.post_invoice(
            "2025-01-01",
            self.prepare_line(60, "2025-01-01", "2025-04-01"),
            self.prepare_line(30, name="Set-up"),
        )
        note = self.credit_without_lines(invoice, 9)
        self.assertEqual(note.invoice_line_ids.account_id, self.deferred_account)
        rest = note.invoice_line_ids.saas_revenue_schedule_ids
        self.assertRecordValues(rest, [{"amount": -3, "method": "point_in_time"}])
        self.run_months("2025-01", "2025-02", "2025-03")
        self.assertAlmostEqual(sum(self.posted_by_month().values()), 51)
        self.assertEqual(self.posted_by_month(rest), {"2025-02": -3})

    def test_credit_note_with_its_own_period_has_its_own_schedule(self):
        """As an invoice with a negative total is carried: it takes no document back."""
        note = self.post_invoice(
            "2025-01-10",
            self.prepare_line(50, "2025-01-10", "2025-03-01"),
            move_type="out_refund",
        )
        self.assertEqual(note.saas_revenue_schedule_ids.amount, -50)
        self.run_months("2025-01", "2025-02")
        self.assertEqual(self.posted_by_month(), {"2025-01": -22.0, "2025-02": -28.0})

    def test_negative_total_has_a_schedule_for_each_line(self):
        """Unused time of three months and a new charge for one, on one document."""
        note = self.post_invoice(
            "2025-01-01",
            self.prepare_line(90, "2025-01-01", "2025-04-01"),
            self.prepare_line(-31, "2025-01-01", "2025-02-01"),
            move_type="out_refund",
        )
        self.assertEqual(note.amount_untaxed, 59)
        schedules = note.invoice_line_ids.mapped("saas_revenue_schedule_ids")
        self.assertEqual(schedules.mapped("amount"), [-90, 31])
        self.run_months("2025-01", "2025-02", "2025-03")
        self.assertEqual(
            self.posted_by_month(schedules[0]),
            {"2025-01": -31.0, "2025-02": -28.0, "2025-03": -31.0},
        )
        self.assertEqual(self.posted_by_month(schedules[1]), {"2025-01": 31.0})

    def test_origin_named_after_posting_changes_nothing(self):
        """The billing sync names the reversed document once both are posted."""
        invoice = self.quarter()
        note = self.post_invoice(
            "2025-02-01",
            self.prepare_line(9, saas_credited_line_id=invoice.invoice_line_ids.id),
            move_type="out_refund",
        )
        account = note.invoice_line_ids.account_id
        note.reversed_entry_id = invoice
        self.env.flush_all()
        self.assertEqual(account, self.deferred_account)
        self.assertEqual(note.invoice_line_ids.account_id, account)
        self.assertEqual(invoice.saas_revenue_schedule_ids.net_amount, 81)

    def test_creating_schedules_again_changes_nothing(self):
        invoice = self.quarter(30, 60)
        note = self.credit(invoice, "2025-02-01", 10)
        segments = self.env["saas.revenue.segment"].search_count([])
        lines = (invoice | note).invoice_line_ids
        self.env["saas.revenue.schedule"]._create_for_lines(lines)
        self.assertEqual(self.env["saas.revenue.segment"].search_count([]), segments)
