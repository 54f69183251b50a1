"""R4 and R5: the sub-ledger equals the ledger, and a difference has a name."""

from odoo.tests import tagged

from .common import RevenueCommon, month


@tagged("post_install", "-at_install")
class TestProof(RevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls.post_invoice(
            "2025-01-01", cls.prepare_line(90, "2025-01-01", "2025-04-01")
        )
        cls.run_january = cls.Run._post_month(cls.company, month("2025-01"))

    def differences(self, results):
        return [
            (r["check"], r["left_amount"], r["right_amount"], r["difference_class"])
            for r in results
            if r["left_amount"] != r["right_amount"]
        ]

    def january(self):
        return [
            *self.Proof._check_deferred(self.company, month("2025-02")),
            *self.Proof._check_recognised(self.company, month("2025-01"), month("2025-02")),
        ]

    def test_equal_totals_are_shown_too(self):
        self.assertEqual(
            [
                (r["check"], r["account_id"], r["left_amount"], r["right_amount"])
                for r in self.january()
            ],
            [
                ("R4", self.deferred_account.id, 59, 59),
                ("R5", self.revenue_account.id, 31, 31),
            ],
        )

    def test_manual_entry_on_the_deferred_account_is_named(self):
        self.is_tampered = True
        entry = self.env["account.move"].create(
            {
                "date": "2025-01-20",
                "line_ids": [
                    (0, 0, {"account_id": self.deferred_account.id, "debit": 7, "name": "Oops"}),
                    (0, 0, {"account_id": self.revenue_account.id, "credit": 7}),
                ],
            }
        )
        entry.action_post()
        results = self.january()
        self.assertEqual(
            self.differences(results),
            [("R4", 59, 52, None), ("R4", 0, -7, "manual")],
        )
        item = entry.line_ids.filtered("debit")
        self.assertEqual(results[1]["right_model"], "account.move.line")
        self.assertEqual(results[1]["right_res_id"], item.id)

    def test_tampered_run_entry_is_named(self):
        self.is_tampered = True
        items = self.run_january.move_ids.line_ids
        self.env.cr.execute(
            "UPDATE account_move_line SET balance = balance + sign(balance) WHERE id = ANY(%s)",
            [items.ids],
        )
        self.env.invalidate_all()
        self.assertEqual(
            self.differences(self.january()),
            [
                ("R4", 59, 58, None),
                ("R4", -31, -32, "manual"),
                ("R5", 31, 32, None),
                ("R5", 31, 32, "manual"),
            ],
        )

    def test_redated_run_entry_is_timing(self):
        self.is_tampered = True
        self.env.cr.execute(
            "UPDATE account_move_line SET date = '2025-02-03' WHERE move_id = %s",
            [self.run_january.move_ids.id],
        )
        classes = {row[3] for row in self.differences(self.january())}
        self.assertEqual(classes, {None, "timing"})

    def test_figures_come_from_the_ledger(self):
        self.run_months("2025-02", "2025-03")
        figures = self.Run._get_month_figures(self.company, month("2025-01"), month("2025-04"))
        self.assertEqual(
            figures,
            {
                month("2025-01"): {"deferred": 59, "recognised": 31},
                month("2025-02"): {"deferred": 31, "recognised": 28},
                month("2025-03"): {"deferred": 0, "recognised": 31},
                month("2025-04"): {"deferred": 0, "recognised": 0},
            },
        )

    def test_checks_join_the_reconciliation(self):
        self.run_months("2025-02")
        check = self.env["saas.reconciliation.run"]._run_checks(
            self.company, month("2025-01"), month("2025-03")
        )
        found = [
            (line.check, line.left_amount, line.right_amount)
            for line in check.line_ids.sorted("id")
            if line.check in ("R4", "R5")
        ]
        self.assertEqual(
            sorted(found), [("R4", 31, 31), ("R4", 59, 59), ("R5", 28, 28), ("R5", 31, 31)]
        )
