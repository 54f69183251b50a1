"""A batch of any size costs the same number of statements."""

from functools import partial

from odoo.tests import tagged

from .common import RevenueCommon


@tagged("post_install", "-at_install")
class TestQueryCounts(RevenueCommon):
    def create_invoices(self, count):
        invoices = self.env["account.move"].create(
            [
                self.prepare_invoice(
                    "2025-01-01", self.prepare_line(10, "2025-01-01", "2025-04-01")
                )
                for _number in range(count)
            ]
        )
        self.env.flush_all()
        return invoices

    def count_queries(self, function):
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_schedules_of_a_batch_cost_a_fixed_number_of_statements(self):
        counts = []
        schedules = self.env["saas.revenue.schedule"]
        for size in (10, 60):
            lines = self.create_invoices(size).invoice_line_ids
            counts.append(self.count_queries(partial(schedules._create_for_lines, lines)))
            # They are drafts: take the rows away again, the ledger does not know them.
            self.env["saas.revenue.segment"]._remove_of_drafts(lines.move_id)
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[0], 5)

    def create_credits(self, count):
        """Draft credit notes of as many posted invoices."""
        invoices = self.create_invoices(count)
        invoices._post()
        notes = self.env["account.move"].create(
            [
                self.prepare_invoice(
                    "2025-02-01",
                    self.prepare_line(9, saas_credited_line_id=line.id),
                    move_type="out_refund",
                )
                for line in invoices.invoice_line_ids
            ]
        )
        self.env.flush_all()
        return notes

    def test_credits_of_a_batch_cost_a_fixed_number_of_statements(self):
        """Whatever their policy: what is not spread is read and written once for all."""
        schedules = self.env["saas.revenue.schedule"]
        contra = self.revenue_account.copy({"code": "400900"})
        for policy in ("pro_rata", "prospective", "immediate"):
            draft = self.rule.browse(self.rule.action_new_version()["res_id"])
            draft.write({"refund_policy": policy, "contra_account_id": contra.id})
            self.approve(draft)
            counts = []
            for size in (10, 60):
                lines = self.create_credits(size).invoice_line_ids
                self.env.invalidate_all()
                counts.append(self.count_queries(partial(schedules._create_for_lines, lines)))
                segments = self.env["saas.revenue.segment"]
                brought = segments.search([("move_line_id", "in", lines.ids)])
                self.assertEqual(len(brought.schedule_id), size)
                segments._remove_of_drafts(lines.move_id)
            self.assertEqual(counts[0], counts[1], policy)
            self.assertLessEqual(counts[0], 30, policy)

    def test_choosing_accounts_costs_the_same_for_any_batch(self):
        """The lines of a batch are decided together, with the rules read once."""
        self.create_invoices(2)
        counts = []
        for size in (10, 50):
            lines = self.create_invoices(size).invoice_line_ids
            self.env.invalidate_all()
            lines.mapped("saas_revenue_rule_id")

            counts.append(self.count_queries(partial(self.decide, lines)))
        self.assertEqual(counts[0], counts[1])

    def decide(self, lines):
        self.env.add_to_compute(lines._fields["saas_revenue_rule_id"], lines)
        lines.mapped("saas_revenue_rule_id")

    def test_drafts_that_are_none_cost_nothing(self):
        """Odoo resets empty sets to draft at every write to journal items."""
        moves = self.env["account.move"]
        self.assertEqual(self.count_queries(moves.button_draft), 0)

    def test_month_end_costs_the_same_for_any_number_of_schedules(self):
        self.create_invoices(1)._post()
        self.run_month("2024-12")  # numbering and caches are warm from here on
        self.env.invalidate_all()  # what is read anew asks for record rules, which are kept
        self.run_month("2025-01")
        counts = []
        for size, month in ((10, "2025-02"), (60, "2025-03")):
            self.create_invoices(size)._post()
            self.env.invalidate_all()
            counts.append(self.count_queries(partial(self.run_month, month)))
        self.assertLessEqual(abs(counts[0] - counts[1]), 2)

    def test_finer_entries_cost_the_same_for_any_number_of_groups(self):
        self.company.saas_revenue_grouping = "product_partner"
        partners = self.env["res.partner"].create([{"name": f"Customer {n}"} for n in range(40)])
        self.create_invoices(1)._post()
        self.env.invalidate_all()  # what is read anew asks for record rules, which are kept
        self.run_month("2025-01")
        counts = []
        for number, month in ((4, "2025-02"), (40, "2025-03")):
            invoices = self.create_invoices(40)
            for position, invoice in enumerate(invoices):
                invoice.partner_id = partners[position % number]
            invoices._post()
            self.env.invalidate_all()
            counts.append(self.count_queries(partial(self.run_month, month)))
        self.assertLessEqual(abs(counts[0] - counts[1]), 2)
