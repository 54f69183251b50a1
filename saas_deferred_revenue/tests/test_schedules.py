"""Which lines are deferred, and what posting makes of them."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import RevenueCommon


@tagged("post_install", "-at_install")
class TestSchedules(RevenueCommon):
    def test_lines_with_nothing_to_defer_are_income(self):
        invoice = self.post_invoice(
            "2025-02-01",
            self.prepare_line(100),
            self.prepare_line(100, "2025-02-01", "2025-02-01"),
            self.prepare_line(100, "2025-01-01", "2025-02-01"),
            self.prepare_line(100, "2025-01-01", "2025-02-02"),
            self.prepare_line(100, "2025-01-01", "2025-02-03"),
        )
        lines = invoice.invoice_line_ids.sorted("id")
        self.assertEqual(lines[:4].account_id, self.revenue_account)
        self.assertFalse(lines[:4].saas_revenue_rule_id)
        self.assertEqual(lines[4].account_id, self.deferred_account)
        self.assertEqual(invoice.saas_revenue_schedule_ids.move_line_id, lines[4])

    def test_negative_proration_line_has_its_own_schedule(self):
        invoice = self.post_invoice(
            "2025-07-01",
            self.prepare_line(-500, "2025-07-01", "2026-01-01", name="Unused time"),
            self.prepare_line(900, "2025-07-01", "2026-01-01", name="Remaining time"),
        )
        schedules = invoice.saas_revenue_schedule_ids
        self.assertEqual(sorted(schedules.mapped("amount")), [-500, 900])
        self.run_months(*(f"2025-{number:02}" for number in range(7, 13)))
        self.assertEqual(sum(self.posted_by_month().values()), 400)

    def test_batch_of_invoices_uses_the_deferred_account(self):
        invoices = self.env["account.move"].create(
            [
                self.prepare_invoice(
                    "2025-01-01",
                    self.prepare_line(10 + number, "2025-01-01", "2025-02-01"),
                    self.prepare_line(5),
                )
                for number in range(5)
            ]
        )
        invoices._post()
        self.assertEqual(len(invoices.saas_revenue_schedule_ids), 5)
        deferred = invoices.invoice_line_ids.filtered("saas_service_start")
        self.assertEqual(deferred.account_id, self.deferred_account)
        others = invoices.invoice_line_ids - deferred
        self.assertEqual(others.account_id, self.revenue_account)

    def test_typed_invoice_changes_account_with_its_dates(self):
        form = Form(self.env["account.move"].with_context(default_move_type="out_invoice"))
        form.partner_id = self.partner_a
        form.invoice_date = "2025-01-01"
        with form.invoice_line_ids.new() as line:
            line.product_id = self.product_a
            line.price_unit = 120
        invoice = form.save()
        self.assertEqual(invoice.invoice_line_ids.account_id, self.revenue_account)
        invoice.invoice_line_ids.write(
            {"saas_service_start": "2025-01-01", "saas_service_end": "2025-07-01"}
        )
        self.env.flush_all()
        self.assertEqual(invoice.invoice_line_ids.account_id, self.deferred_account)
        invoice.invoice_date = "2025-08-01"
        self.env.flush_all()
        self.assertEqual(invoice.invoice_line_ids.account_id, self.revenue_account)
        self.assertFalse(invoice.invoice_line_ids.saas_revenue_account_id)
        invoice.invoice_date = "2025-02-01"
        invoice.action_post()
        self.assertEqual(invoice.invoice_line_ids.account_id, self.deferred_account)
        self.assertEqual(invoice.saas_revenue_schedule_ids.amount, 120)

    def test_dates_typed_with_the_line(self):
        form = Form(self.env["account.move"].with_context(default_move_type="out_invoice"))
        form.partner_id = self.partner_a
        form.invoice_date = "2025-01-01"
        with form.invoice_line_ids.new() as line:
            line.product_id = self.product_a
            line.price_unit = 120
            line.saas_service_start = "2025-01-01"
            line.saas_service_last_day = "2025-06-30"
            self.assertEqual(line.account_id, self.deferred_account)
        invoice = form.save()
        self.env.flush_all()
        self.assertEqual(str(invoice.invoice_line_ids.saas_service_end), "2025-07-01")
        self.assertEqual(invoice.invoice_line_ids.account_id, self.deferred_account)
        with Form(invoice) as form, form.invoice_line_ids.edit(0) as line:
            line.saas_service_last_day = "2025-01-01"
            self.assertEqual(line.account_id, self.revenue_account)
        self.env.flush_all()
        self.assertEqual(invoice.invoice_line_ids.account_id, self.revenue_account)

    def test_hand_picked_income_account_is_kept(self):
        other = self.copy_account(self.revenue_account)
        values = self.prepare_invoice(
            "2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01", account_id=other.id)
        )
        invoice = self.env["account.move"].create(values)
        invoice.action_post()
        self.assertEqual(invoice.invoice_line_ids.account_id, other)
        self.assertFalse(invoice.saas_revenue_schedule_ids)

    def test_bills_keep_a_chosen_account_when_dates_change(self):
        other = self.copy_account(self.company_data["default_account_expense"])
        bill = self.env["account.move"].create(
            self.prepare_invoice(
                "2025-01-01",
                self.prepare_line(90, account_id=other.id),
                move_type="in_invoice",
            )
        )
        bill.invoice_date = "2025-02-01"
        self.assertEqual(bill.invoice_line_ids.account_id, other)

    def test_fiscal_position_maps_the_revenue_account(self):
        invoice = self.env["account.move"].create(
            self.prepare_invoice(
                "2025-01-01",
                self.prepare_line(90, "2025-01-01", "2025-04-01"),
                fiscal_position_id=self.fiscal_pos_a.id,
            )
        )
        line = invoice.invoice_line_ids
        self.assertEqual(line.account_id, self.deferred_account)
        mapped = self.fiscal_pos_a.map_account(self.revenue_account)
        self.assertEqual(line.saas_revenue_account_id, mapped)

    def test_analytic_distribution_follows_the_revenue(self):
        plan = self.env["account.analytic.plan"].create({"name": "Teams"})
        team = self.env["account.analytic.account"].create({"name": "Core", "plan_id": plan.id})
        distribution = {str(team.id): 100.0}
        self.post_invoice(
            "2025-01-01",
            self.prepare_line(90, "2025-01-01", "2025-04-01", analytic_distribution=distribution),
            self.prepare_line(90, "2025-01-01", "2025-04-01"),
        )
        run = self.run_month("2025-01")
        items = run.move_ids.line_ids
        self.assertEqual(len(items), 4)
        carrying = items.filtered("analytic_distribution")
        self.assertEqual(carrying.mapped("analytic_distribution"), [distribution] * 2)
        self.assertEqual(sorted(carrying.mapped("balance")), [-31, 31])

    def test_a_deferred_line_is_distributed_as_the_revenue_that_it_becomes(self):
        """Distribution models ask for revenue accounts, not for the liability."""
        plan = self.env["account.analytic.plan"].create({"name": "Teams"})
        team = self.env["account.analytic.account"].create({"name": "Core", "plan_id": plan.id})
        self.env["account.analytic.distribution.model"].create(
            {
                "account_prefix": self.revenue_account.code,
                "analytic_distribution": {str(team.id): 100},
                "company_id": self.company.id,
            }
        )
        invoice = self.post_invoice("2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01"))
        self.assertEqual(invoice.invoice_line_ids.account_id, self.deferred_account)
        self.assertEqual(invoice.invoice_line_ids.analytic_distribution, {str(team.id): 100})

    def test_a_plan_that_revenue_needs_is_asked_of_a_deferred_line(self):
        plan = self.env["account.analytic.plan"].create(
            {
                "name": "Teams",
                "applicability_ids": [
                    Command.create(
                        {
                            "business_domain": "invoice",
                            "account_prefix": self.revenue_account.code,
                            "applicability": "mandatory",
                        }
                    )
                ],
            }
        )
        self.env["account.analytic.account"].create({"name": "Core", "plan_id": plan.id})
        invoice = self.env["account.move"].create(
            self.prepare_invoice("2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01"))
        )
        with self.assertRaisesRegex(UserError, "analytic"):
            invoice.with_context(validate_analytic=True).action_post()

    def test_tax_without_account_does_not_reach_the_deferred_account(self):
        tax = self.env["account.tax"].create({"name": "No account", "amount": 10})
        self.assertFalse(tax.invoice_repartition_line_ids.account_id)
        invoice = self.post_invoice(
            "2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01", tax_ids=tax.ids)
        )
        self.assertEqual(invoice.amount_total, 99)
        self.assertEqual(self.balance(self.deferred_account), 90)

    # ------------------------------------------------------------------
    # Draft
    # ------------------------------------------------------------------

    def test_draft_before_posting_revenue_undoes_the_schedule(self):
        invoice = self.post_invoice("2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01"))
        invoice.button_draft()
        self.assertFalse(invoice.saas_revenue_schedule_ids)
        invoice.invoice_line_ids.price_unit = 60
        invoice.action_post()
        self.assertEqual(invoice.saas_revenue_schedule_ids.amount, 60)
        self.run_month("2025-01")
        self.assertEqual(self.posted_by_month(), {"2025-01": 20.67})

    def test_draft_after_posting_revenue_is_refused(self):
        invoice = self.post_invoice("2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01"))
        self.run_month("2025-01")
        with self.assertRaisesRegex(UserError, "Credit it instead"):
            invoice.button_draft()

    def test_draft_of_a_credited_invoice_is_refused(self):
        invoice = self.post_invoice("2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01"))
        note = self.credit(invoice, "2025-01-15", 30)
        with self.assertRaisesRegex(UserError, "Reset the credit note"):
            invoice.button_draft()
        note.button_draft()
        self.assertEqual(invoice.saas_revenue_schedule_ids.net_amount, 90)
        invoice.button_draft()
        self.assertFalse(invoice.saas_revenue_schedule_ids)

    def test_run_entries_are_not_reversed_by_hand(self):
        self.post_invoice("2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01"))
        entry = self.run_month("2025-01").move_ids
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=entry.ids)
            .create({"journal_id": entry.journal_id.id, "date": "2025-01-31"})
        )
        with self.assertRaisesRegex(UserError, "take the run back"):
            wizard.reverse_moves()

    def test_dates_of_a_posted_line_are_amended(self):
        invoice = self.post_invoice(
            "2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01"), self.prepare_line(5)
        )
        line, once = invoice.invoice_line_ids
        with self.assertRaisesRegex(UserError, "Amend"):
            line.saas_service_last_day = "2025-06-30"
        once.write({"saas_service_start": "2025-01-01", "saas_service_end": "2025-01-01"})

    def test_the_next_of_a_recurring_invoice_serves_the_next_period(self):
        line = self.prepare_line(90, "2025-01-01", "2025-02-01")
        invoice = self.post_invoice("2025-01-01", line, self.prepare_line(5), auto_post="monthly")
        following = self.env["account.move"].search(
            [("auto_post_origin_id", "=", invoice.id), ("id", "!=", invoice.id)]
        )
        self.assertEqual(str(following.invoice_date), "2025-02-01")
        plan, once = following.invoice_line_ids
        self.assertEqual(
            (str(plan.saas_service_start), str(plan.saas_service_last_day)),
            ("2025-02-01", "2025-02-28"),
        )
        self.assertEqual(plan.account_id, self.deferred_account)
        self.assertFalse(once.saas_service_start)

    def test_run_entries_cannot_go_back_to_draft(self):
        self.post_invoice("2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01"))
        entry = self.run_month("2025-01").move_ids
        with self.assertRaisesRegex(UserError, "month-end run"):
            entry.button_draft()

    def test_duplicate_decides_anew(self):
        invoice = self.post_invoice("2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01"))
        copy = invoice.copy({"invoice_date": "2025-05-01"})
        self.assertEqual(copy.invoice_line_ids.account_id, self.revenue_account)
        copy.invoice_date = "2025-02-01"
        self.env.flush_all()
        self.assertEqual(copy.invoice_line_ids.account_id, self.deferred_account)
        copy.action_post()
        self.assertEqual(len(copy.saas_revenue_schedule_ids), 1)

    def test_posting_without_a_date_decides_by_today(self):
        today = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner_a.id,
                "invoice_line_ids": [
                    self.prepare_line(90, "2020-01-01", "2020-04-01"),
                    Command.create({"product_id": self.product_a.id, "price_unit": 1}),
                ],
            }
        )
        today.action_post()
        self.assertFalse(today.saas_revenue_schedule_ids)
        self.assertEqual(today.invoice_line_ids.account_id, self.revenue_account)
