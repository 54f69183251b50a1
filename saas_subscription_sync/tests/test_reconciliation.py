"""R1, R2, R6 and R8: control totals and classed differences, month by month."""

from datetime import date
from decimal import Decimal

from odoo.addons.saas_billing_connector.canonical import NeedsHuman
from odoo.addons.saas_subscription_sync.models import reconciliation_comparison
from odoo.exceptions import UserError, ValidationError

from . import factory
from .common import SyncCase
from .reconciliation_common import FEBRUARY, JANUARY, MARCH, ProviderMixin


class TestReconciliation(ProviderMixin, SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()
        self.set_up_provider()
        self.remote["subscription"] = [factory.subscription()]

    def test_clean(self):
        record = factory.invoice(status="paid")
        self.deliver(record, factory.payment())
        self.remote["invoice"] = [record]
        self.remote["charge"] = [factory.charge()]
        self.remote["payment"] = [factory.payment()]
        run = self.run_checks()
        self.assertTrue(run.is_clean, self.classes(run))
        self.assertEqual(self.totals(run, "R1"), [("2026-01", 1440.0, 1440.0)])
        self.assertEqual(self.totals(run, "R2"), [("2026-01", 1440.0, 1440.0)])
        self.assertEqual(self.totals(run, "R8"), [("2026-01", 240.0, 240.0)])
        self.assertEqual(self.totals(run, "R6"), [("2026-01", 1, 1)] * 3)
        self.assertEqual((run.state, run.difference_count, run.progress), ("done", 0, 100))

    def test_missing_unexpected_amount(self):
        self.deliver(factory.invoice("in_1"), factory.invoice("in_2"))
        other = factory.invoice("in_2", factory.line("1000", factory.tax("200", "1000")))
        self.remote["invoice"] = [other, factory.invoice("in_3")]
        run = self.run_checks()
        self.assertFalse(run.is_clean)
        self.assertEqual(
            self.classes(run, "R1"),
            [
                ("R1", "unexpected", "in_1", -1440.0),
                ("R1", "amount", "in_2", -240.0),
                ("R1", "missing", "in_3", 1440.0),
            ],
        )
        first, _amount, missing = run.difference_ids.filtered(lambda line: line.check == "R1")
        self.assertEqual(first.action_open()["res_id"], self.bound("invoice", "in_1").id)
        self.assertEqual(missing.action_open()["domain"], [("object_id", "=", "in_3")])
        self.assertEqual(missing.user_id, self.env.user)
        self.assertIn("/acct_sync/test/invoices/in_3", missing.action_open_provider()["url"])

    def test_lines_add_up_to_the_totals(self):
        self.deliver(factory.invoice("in_1"), factory.invoice("in_2", accounting_at=factory.at(2)))
        self.remote["invoice"] = [factory.invoice("in_2"), factory.invoice("in_3")]
        run = self.run_checks(JANUARY, MARCH)
        lines = run.line_ids.filtered(lambda line: line.check in ("R1", "R6", "R8"))
        groups = lines.grouped(lambda line: (line.check, line.month))
        for group, lines in groups.items():
            totals = lines.filtered(lambda line: not line.difference_class)
            with self.subTest(group):
                self.assertEqual(
                    sum(totals.mapped("difference")), sum((lines - totals).mapped("difference"))
                )
        self.assertEqual(len(groups), 6)

    def test_voids_and_credit_notes_count_in_their_month(self):
        void = factory.invoice(status="void", voided_at=factory.at(2, 3))
        note = factory.credit_note("cn_1", factory.credit_line("100"), invoice_id="in_2")
        second = factory.invoice("in_2")
        self.deliver(void, second, note)
        self.remote |= {"invoice": [void, second], "credit_note": [note]}
        run = self.run_checks(JANUARY, MARCH)
        self.assertTrue(run.is_clean, self.classes(run))
        self.assertEqual(
            self.totals(run, "R1"),
            [("2026-01", 2880.0, 2880.0), ("2026-02", -1540.0, -1540.0)],
        )
        self.assertTrue(self.run_checks(FEBRUARY, MARCH).is_clean)

    def test_the_void_of_an_old_invoice_is_looked_up(self):
        void = factory.invoice(status="void", voided_at=factory.at(6, 3))
        self.deliver(void)
        self.elsewhere = [void]
        run = self.run_checks(date(2026, 6, 1), date(2026, 7, 1))
        self.assertEqual(self.classes(run, "R1"), [])
        self.assertEqual(self.totals(run, "R1"), [("2026-06", -1440.0, -1440.0)])
        self.assertIn(("invoice", ("in_1",)), self.asked)

    def test_other_month_is_timing_on_both_sides(self):
        record = factory.invoice()
        self.deliver(record)
        self.remote["invoice"] = [factory.invoice(accounting_at=factory.at(2))]
        run = self.run_checks(JANUARY, MARCH)
        self.assertEqual(
            self.classes(run, "R1"),
            [("R1", "timing", "in_1", -1440.0), ("R1", "timing", "in_1", 1440.0)],
        )
        self.assertFalse(run.is_clean)
        self.assertIn("2026-02", run.difference_ids[0].reason)

    def test_another_currency_is_no_amount(self):
        self.deliver(factory.invoice("in_1", factory.line("100"), currency="EUR"))
        self.remote["invoice"] = [factory.invoice("in_1", factory.line("100"))]
        run = self.run_checks()
        self.assertEqual(
            self.classes(run, "R1"), [("R1", "fx", "in_1", -100.0), ("R1", "fx", "in_1", 100.0)]
        )

    def test_collected(self):
        note = factory.credit_note(
            "cn_1", factory.credit_line("1200", factory.tax("240", "1200")), refund_ids=("re_1",)
        )
        self.deliver(factory.invoice(), factory.payment(), note, factory.refund())
        self.remote["charge"] = [factory.charge(), factory.charge("ch_2", "5", status="failed")]
        self.remote["refund"] = [factory.refund()]
        run = self.run_checks(JANUARY, MARCH)
        self.assertEqual(
            self.totals(run, "R2"),
            [("2026-01", 1440.0, 1440.0), ("2026-02", -1440.0, -1440.0)],
        )
        self.assertEqual(self.classes(run, "R2"), [])
        self.remote["charge"].append(factory.charge("ch_3", "7", payment_intent_id=None))
        classes = self.classes(self.run_checks(), "R2")
        self.assertEqual(classes, [("R2", "missing", "ch_3", 7.0)])

    def test_a_debit_counts_when_it_was_paid(self):
        paid = factory.payment(paid_at=factory.at(2, 3))
        self.deliver(factory.invoice(), paid)
        self.remote["charge"] = [factory.charge(created_at=factory.at(1, 30))]
        self.remote["payment"] = [paid]
        run = self.run_checks(JANUARY, MARCH)
        self.assertEqual(self.classes(run, "R2"), [])
        self.assertEqual(self.totals(run, "R2"), [("2026-02", 1440.0, 1440.0)])

    def test_paid_outside_counts_on_both_sides(self):
        outside = factory.payment("payrec_1", payment_intent_id=None)
        self.deliver(factory.invoice(), outside)
        run = self.run_checks()
        self.assertEqual(self.classes(run, "R2"), [("R2", "unexpected", "payrec_1", -1440.0)])
        self.remote["payment"] = [outside]
        self.assertEqual(self.classes(self.run_checks(), "R2"), [])

    def test_by_currency_and_zone(self):
        self.connection.sudo().timezone = "America/New_York"
        record = factory.invoice("in_1", factory.line("100"), currency="EUR")
        self.deliver(record)
        self.remote["invoice"] = [record]
        run = self.run_checks(date(2025, 12, 1), JANUARY)
        self.assertEqual(self.classes(run, "R1"), [])
        billed = run.line_ids.filtered(lambda line: line.check == "R1")
        self.assertEqual(billed.currency_id, self.eur)

    # ── R6 ───────────────────────────────────────────────────────────────────────────────────

    def test_every_object_in_the_same_state(self):
        invoice = factory.invoice()
        self.deliver(invoice)
        self.remote["invoice"] = [factory.invoice(status="paid")]
        self.remote["payment"] = [factory.payment()]
        self.remote["subscription"] = [
            factory.subscription(status="past_due"),
            factory.subscription("sub_2"),
        ]
        run = self.run_checks()
        self.assertEqual(
            self.classes(run, "R6"),
            [
                ("R6", "state", "in_1", 0),
                ("R6", "missing", "pi_1", 1),
                ("R6", "state", "sub_1", 0),
                ("R6", "missing", "sub_2", 1),
            ],
        )
        state = run.difference_ids.filtered(lambda line: line.external_id == "sub_1")
        self.assertEqual(state.reason, "past_due at the provider, active in the books")
        self.assertEqual(state.action_open()["res_model"], "saas.subscription")

    def test_subscriptions_of_any_age_in_the_running_month(self):
        month = date.today().replace(day=1)
        old = factory.subscription("sub_2", created_at=factory.YEAR_START)
        self.remote["subscription"] = [old]
        run = self.run_checks(month, factory.later_month(month))
        self.assertEqual(
            self.classes(run, "R6"),
            [("R6", "unexpected", "sub_1", -1), ("R6", "missing", "sub_2", 1)],
        )

    def test_what_cannot_be_read_is_a_difference(self):
        self.refused["invoice"] = {"in_9": "Its lines do not add up."}
        run = self.run_checks()
        self.assertEqual(self.classes(run), [("R6", "missing", "in_9", 1)])
        self.assertEqual(run.difference_ids.label, "Its lines do not add up.")

    # ── R8 ───────────────────────────────────────────────────────────────────────────────────

    def test_tax_by_rate_against_tax_lines_by_tax(self):
        self.deliver(factory.invoice())
        within = factory.line("1200", factory.tax("240.02", "1200"))
        self.remote["invoice"] = [factory.invoice("in_1", within)]
        run = self.run_checks()
        self.assertEqual(self.classes(run, "R8"), [("R8", "tax_rounding", "in_1", 0.02)])
        total = run.total_ids.filtered(lambda line: line.check == "R8")
        self.assertIn(self.vat.name, total.label)
        other = factory.line("1200", factory.tax("240", "1200", rate_id="txr_other"))
        self.remote["invoice"] = [factory.invoice("in_1", other)]
        self.assertEqual(
            sorted(self.classes(self.run_checks(), "R8")),
            [("R8", "missing", "in_1", 240.0), ("R8", "unexpected", "in_1", -240.0)],
        )

    # ── owners and causes ────────────────────────────────────────────────────────────────────

    def test_a_parked_event_is_the_reason_and_its_owner_the_owner(self):
        record = factory.invoice("in_1", factory.line("100", factory.tax("20", "100", "txr_new")))
        change = self.change(record)
        owner = self.env.ref("base.user_admin")
        cause = NeedsHuman("unmapped_tax", "No tax", key="txr_new")
        issues = self.env["saas.billing.issue"].sudo()._raise(self.connection, [cause])
        issue = issues["unmapped_tax", "txr_new"]
        issue.user_id = owner
        change.event.sudo().write({"state": "parked", "issue_id": issue.id})
        self.remote["invoice"] = [record]
        line = self.run_checks().difference_ids.filtered(lambda each: each.check == "R1")
        self.assertEqual(line.difference_class, "missing")
        self.assertTrue(line.reason.startswith("Parked: "), line.reason)
        self.assertEqual(line.user_id, owner)

    def test_a_document_that_no_event_made_is_manual(self):
        self.deliver(factory.invoice())
        copy = self.bound("invoice", "in_1").copy({"invoice_date": JANUARY, "date": JANUARY})
        copy.write(
            {
                "saas_connection_id": self.connection.id,
                "saas_document_type": "invoice",
                "saas_external_id": "in_1",
            }
        )
        copy.action_post()
        self.remote["invoice"] = [factory.invoice()]
        run = self.run_checks()
        self.assertEqual(
            self.classes(run, "R1", "R6"),
            [("R1", "manual", "in_1", -1440.0), ("R6", "duplicate", "in_1", -1)],
        )

    # ── figures ──────────────────────────────────────────────────────────────────────────────

    def test_month_figures(self):
        self.deliver(
            factory.invoice(),
            factory.payment(paid_at=factory.at(2, 1)),
            factory.credit_note("cn_1", factory.credit_line("100", factory.tax("20", "100"))),
        )
        figures = self.env["saas.reconciliation.run"]._get_month_figures(
            self.company, date(2026, 1, 15), MARCH
        )
        self.assertEqual(
            figures,
            {
                JANUARY: {"billed": 1200.0, "billed_incl_tax": 1440.0, "collected": 0.0},
                FEBRUARY: {"billed": -100.0, "billed_incl_tax": -120.0, "collected": 1440.0},
                MARCH: {"billed": 0.0, "billed_incl_tax": 0.0, "collected": 0.0},
            },
        )


class TestReconciliationRun(ProviderMixin, SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()
        self.set_up_provider()

    def test_a_run_is_kept(self):
        run = self.run_checks()
        with self.assertRaises(UserError):
            run.date_from = FEBRUARY
        with self.assertRaises(UserError):
            run.unlink()
        self.remote["invoice"] = [factory.invoice()]
        line = self.run_checks().line_ids[0]
        with self.assertRaises(UserError):
            line.sudo().left_amount = 1
        with self.assertRaises(UserError):
            line.sudo().unlink()
        again = run.action_run_again()
        self.assertNotEqual(again["res_id"], run.id)

    def test_whole_months_only(self):
        with self.assertRaises(ValidationError):
            self.run_checks(date(2026, 1, 2), FEBRUARY)
        with self.assertRaises(ValidationError):
            self.run_checks(FEBRUARY, FEBRUARY)

    def test_no_month_in_the_future(self):
        with self.assertRaisesRegex(ValidationError, "not begun"):
            self.run_checks(JANUARY, date(2999, 1, 1))

    def test_without_a_connection_it_says_what_to_do(self):
        run = self.env["saas.reconciliation.run"].create({})
        self.connection.active = False
        with self.assertRaisesRegex(UserError, "Connect"):
            run.action_run()

    def test_facts_are_kept_only_while_they_are_compared(self):
        self.remote["invoice"] = [factory.invoice()]
        run = self.run_checks()
        self.assertEqual(run.part_ids.filtered(lambda part: part.code == "invoice").read_count, 1)
        self.assertFalse(self.env["saas.reconciliation.fact"].sudo().search([]))

    def test_more_differences_than_are_listed_are_summed(self):
        self.patch(reconciliation_comparison, "MOST_DIFFERENCES", 3)
        self.remote["invoice"] = [
            factory.invoice(f"in_{number}", factory.line("10")) for number in range(5)
        ]
        run = self.run_checks()
        lines = run.difference_ids.filtered(lambda line: line.check == "R1")
        self.assertEqual(lines.mapped("difference_class"), ["missing"] * 3 + ["unknown"])
        self.assertEqual(lines[-1].left_amount, 20)
        self.assertEqual(Decimal(str(sum(lines.mapped("difference")))), 50)
