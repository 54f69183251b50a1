"""R7: every deferred line has segments that add up to it, and a difference has a name."""

from odoo.tests import tagged

from .common import RevenueCommon, month


@tagged("post_install", "-at_install")
class TestProofSchedules(RevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.setup_other_currency("EUR", rates=[("2025-01-01", 2.0)])
        cls.invoice = cls.post_invoice(
            "2025-01-01", cls.prepare_line(90, "2025-01-01", "2025-04-01"), cls.prepare_line(5)
        )
        cls.foreign = cls.post_invoice(
            "2025-01-15",
            cls.prepare_line(100, "2025-01-01", "2025-04-01"),
            currency_id=cls.euro.id,
        )
        cls.line = cls.invoice.invoice_line_ids.filtered("saas_revenue_rule_id")
        cls.foreign_line = cls.foreign.invoice_line_ids

    def check(self, first="2025-01", last="2025-02"):
        results = self.Proof._check_schedules(self.company, month(first), month(last))
        return [
            (
                self.env["res.currency"].browse(r["currency_id"]).name,
                r["left_amount"],
                r["right_amount"],
                r["difference_class"] or None,
                r["right_res_id"] or None,
            )
            for r in results
        ]

    def tamper(self, statement, *args):
        self.is_tampered = True
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE saas_revenue_segment DISABLE TRIGGER USER")
        self.env.cr.execute(statement, args)
        self.env.cr.execute("ALTER TABLE saas_revenue_segment ENABLE TRIGGER USER")
        self.env.invalidate_all()

    def test_totals_in_each_currency_and_at_the_locked_rate(self):
        self.assertEqual(
            self.check(),
            [
                ("USD", 90, 90, None, None),
                ("USD", 50, 50, None, None),
                ("EUR", 100, 100, None, None),
            ],
        )
        self.assertEqual(self.check("2025-02", "2025-03"), [])

    def test_a_credit_belongs_to_its_own_month(self):
        self.credit(self.invoice, "2025-02-01", 45)
        self.assertEqual(self.check("2025-02", "2025-03"), [("USD", -45, -45, None, None)])
        self.assertEqual(self.check()[0], ("USD", 90, 90, None, None))

    def test_a_line_without_segments_is_missing(self):
        self.tamper("DELETE FROM saas_revenue_segment WHERE move_line_id = %s", self.line.id)
        self.assertEqual(
            self.check()[:2],
            [("USD", 90, 0, None, None), ("USD", 90, 0, "missing", self.line.id)],
        )

    def test_a_changed_segment_is_manual(self):
        self.tamper(
            "UPDATE saas_revenue_segment SET amount = 91, company_amount = 91"
            " WHERE move_line_id = %s",
            self.line.id,
        )
        self.assertIn(("USD", 90, 91, "manual", self.line.id), self.check())

    def test_a_line_moved_off_the_deferred_account_is_manual(self):
        self.tamper(
            "UPDATE account_move_line SET account_id = %s WHERE id = %s",
            self.revenue_account.id,
            self.line.id,
        )
        self.assertIn(("USD", 0, 90, "manual", self.line.id), self.check())

    def test_another_rate_is_told_in_company_currency_only(self):
        self.tamper(
            "UPDATE saas_revenue_segment SET company_amount = 51 WHERE move_line_id = %s",
            self.foreign_line.id,
        )
        self.assertEqual(
            self.check(),
            [
                ("USD", 90, 90, None, None),
                ("USD", 50, 51, None, None),
                ("USD", 50, 51, "fx", self.foreign_line.id),
                ("EUR", 100, 100, None, None),
            ],
        )

    def test_it_joins_the_reconciliation(self):
        self.tamper("DELETE FROM saas_revenue_segment WHERE move_line_id = %s", self.line.id)
        check = self.env["saas.reconciliation.run"]._run_checks(
            self.company, month("2025-01"), month("2025-02")
        )
        [found] = check.difference_ids.filtered(lambda line: line.check == "R7")
        self.assertEqual((found.difference, found.title), (90, "Schedules"))
        self.assertEqual(found.action_open()["res_id"], self.line.id)
        self.assertFalse(check.is_clean)

    def test_one_statement_for_any_number_of_lines(self):
        self.check()
        counts = []
        for size in (1, 30):
            self.env["account.move"].create(
                [
                    self.prepare_invoice(
                        "2025-01-20", self.prepare_line(10, "2025-01-01", "2025-04-01")
                    )
                    for _number in range(size)
                ]
            )._post()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.Proof._check_schedules(self.company, month("2025-01"), month("2025-02"))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
