"""The green calendar: what a day came to at the provider, in the inbox and in the books."""

from datetime import date
from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tools import SQL

from ..models import reconciliation_comparison
from ..rules.facts import facts_of
from . import factory
from .common import CANONICAL_TYPES, SyncCase
from .reconciliation_common import FEBRUARY, JANUARY, MARCH, ProviderMixin

FEES = (("stripe_fee", "35.05"), ("tax", "7.01"))


class DayCase(ProviderMixin, SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()
        self.set_up_provider()
        self.remote["subscription"] = [factory.subscription()]
        self.days = self.env["saas.reconciliation.day"]

    def play(self, *records):
        """What happens arrives in the inbox, is booked, and is told again when it is asked for."""
        self.deliver(*records)
        for record in records:
            self.remote[CANONICAL_TYPES[type(record).__name__]].append(record)

    def rows(self, **values):
        """(day, kind, told, inbox, booked, state) of the days, oldest first."""
        self.env.invalidate_all()
        domain = [("connection_id", "=", self.connection.id)]
        domain += [(name, "=", value) for name, value in values.items()]
        return [
            (
                f"{row.day:%m-%d}",
                row.kind,
                (row.told_count, row.told_amount),
                (row.inbox_count, row.inbox_amount),
                (row.booked_count, row.booked_amount),
                row.state,
            )
            for row in self.days.search(domain).sorted(lambda row: (row.day, row.kind))
            if row.currency_id
        ]

    def square(self, day):
        """State of the square of a day of 2026."""
        self.env.invalidate_all()
        calendar = self.days.get_calendar(self.connection.id, "2026-12-31")
        return next(
            each["state"]
            for month in calendar["months"]
            for each in month["days"]
            if each["day"] == day
        )

    def labels(self, day, key="differences"):
        return [each["label"] for each in self.days.get_day(self.connection.id, day)[key]]


class TestReconciliationDay(DayCase):
    def test_the_three_places_agree(self):
        self.play(
            factory.invoice("in_1", status="paid"),
            factory.invoice("in_2", factory.line("100"), accounting_at=factory.at(1, 2)),
            factory.charge(),
            factory.payment(),
            factory.credit_note("cn_1", factory.credit_line("100"), invoice_id="in_2"),
        )
        self.run_checks(JANUARY, MARCH)
        same = lambda count, amount: ((count, amount),) * 3  # noqa: E731
        self.assertEqual(
            self.rows(),
            [
                ("01-01", "charge", *same(1, 1440.0), "green"),
                ("01-01", "invoice", *same(1, 1440.0), "green"),
                ("01-02", "invoice", *same(1, 100.0), "green"),
                ("02-01", "credit_note", *same(1, -100.0), "green"),
            ],
        )
        self.assertEqual(self.square("2026-01-01"), "green")
        self.assertEqual(self.square("2026-01-31"), "green", "a day on which nothing happened")

    def test_the_statement_is_not_compiled(self):
        """That takes longer than it can save; as any model that is a statement."""
        self.env.cr.execute("SET LOCAL jit = on")
        self.days.search([])
        self.env.cr.execute("SHOW jit")
        self.assertEqual(self.env.cr.fetchone(), ("off",))

    def test_totals_are_those_of_the_checks(self):
        self.play(factory.invoice(), factory.charge(), factory.payment())
        self.remote["invoice"].append(factory.invoice("in_2"))
        self.deliver(factory.invoice("in_3", factory.line("50"), accounting_at=factory.at(1, 9)))
        run = self.run_checks()
        totals = self.days._read_group(
            [("connection_id", "=", self.connection.id)],
            ["kind"],
            ["told_amount:sum", "booked_amount:sum"],
        )
        billed, collected = (
            run.total_ids.filtered(lambda line, check=check: line.check == check)
            for check in ("R1", "R2")
        )
        self.assertEqual(
            [(kind, *amounts) for kind, *amounts in totals],
            [
                ("charge", collected.left_amount, collected.right_amount),
                ("invoice", billed.left_amount, billed.right_amount),
            ],
        )

    def test_a_document_that_never_came_is_red_with_its_record(self):
        self.play(factory.invoice("in_1"))
        self.remote["invoice"].append(factory.invoice("in_2", accounting_at=factory.at(1, 5)))
        self.run_checks()
        self.assertEqual(
            self.rows(day=date(2026, 1, 5)),
            [("01-05", "invoice", (1, 1440.0), (0, 0.0), (0, 0.0), "red")],
        )
        self.assertEqual(self.square("2026-01-05"), "red")
        self.assertEqual(self.square("2026-01-01"), "green")
        shown = self.days.get_day(self.connection.id, "2026-01-05")["differences"]
        self.assertEqual(
            [(each["check"], each["label"], each["class"], each["owner"]) for each in shown],
            [
                (check, "NO-in_2", "Missing in the Books", self.env.user.name)
                for check in ("R1", "R6", "R8")
            ],
        )

    def test_a_parked_document_is_in_the_inbox_only(self):
        record = factory.invoice("in_1", factory.line("100", factory.tax("20", "100", "txr_new")))
        self.change(record).event.sudo().state = "parked"
        self.remote["invoice"] = [record]
        self.run_checks()
        self.assertEqual(
            self.rows(), [("01-01", "invoice", (1, 120.0), (1, 120.0), (0, 0.0), "red")]
        )

    def test_a_removed_document_turns_its_day_red_at_once(self):
        self.play(factory.invoice())
        self.run_checks()
        self.assertEqual(self.square("2026-01-01"), "green")
        self.age_reading()
        self.bound("invoice", "in_1").button_draft()
        self.assertEqual(
            self.rows(), [("01-01", "invoice", (1, 1440.0), (1, 1440.0), (0, 0.0), "red")]
        )
        self.assertEqual(self.square("2026-01-01"), "red")
        self.assertEqual(len(self.labels("2026-01-01", "changed")), 1)
        self.run_checks()
        self.assertEqual(set(self.labels("2026-01-01")), {"NO-in_1"})

    def age_reading(self):
        """Everything in a test happens at the same time for the database."""
        self.env.cr.execute(
            "UPDATE saas_reconciliation_day_reading SET read_at = read_at - interval '1 day'"
        )
        self.env.invalidate_all()

    def test_an_added_document_turns_its_day_red(self):
        self.play(factory.invoice())
        self.run_checks()
        copy = self.bound("invoice", "in_1").copy({"invoice_date": JANUARY, "date": JANUARY})
        copy.write(
            {
                "saas_connection_id": self.connection.id,
                "saas_document_type": "invoice",
                "saas_external_id": "in_1",
            }
        )
        copy.action_post()
        self.assertEqual(
            self.rows(), [("01-01", "invoice", (1, 1440.0), (1, 1440.0), (2, 2880.0), "red")]
        )
        run = self.run_checks()
        self.assertEqual(self.classes(run, "R1"), [("R1", "manual", "in_1", -1440.0)])
        self.assertIn("Manual Entry", self.get_classes("2026-01-01"))

    def get_classes(self, day):
        found = self.days.get_day(self.connection.id, day)["differences"]
        return [each["class"] for each in found]

    def test_an_edited_document_turns_its_day_red(self):
        self.play(factory.invoice())
        self.run_checks()
        self.env.cr.execute(
            "UPDATE account_move SET amount_total = 1000 WHERE id = %s",
            [self.bound("invoice", "in_1").id],
        )
        self.env.invalidate_all()
        self.assertEqual(
            self.rows(), [("01-01", "invoice", (1, 1440.0), (1, 1440.0), (1, 1000.0), "red")]
        )
        self.run_checks()
        self.assertIn("Different Amount", self.get_classes("2026-01-01"))

    def test_an_explained_difference_alarms_nobody_until_more_changes(self):
        self.play(factory.invoice("in_1"), factory.invoice("in_2"))
        self.remote["invoice"].pop()
        self.run_checks()
        differences = self.env["saas.reconciliation.difference"].search([])
        differences.note = "An invoice of the old account"
        differences.action_explain()
        self.assertEqual(self.square("2026-01-01"), "explained")
        self.bound("invoice", "in_1").button_draft()
        self.assertEqual(self.square("2026-01-01"), "red")

    def test_money_and_voids(self):
        note = factory.credit_note(
            "cn_1", factory.credit_line("1200", factory.tax("240", "1200")), refund_ids=("re_1",)
        )
        void = factory.invoice("in_2", status="void", voided_at=factory.at(2, 3))
        outside = factory.payment("payrec_1", payment_intent_id=None, invoice_id="in_3")
        self.play(
            factory.invoice(), factory.payment(), factory.charge(), note, factory.refund(), void
        )
        self.play(factory.invoice("in_3"), outside)
        run = self.run_checks(JANUARY, MARCH)
        self.assertEqual(self.classes(run, "R1", "R2"), [])
        self.assertEqual(
            [(day, kind, told) for day, kind, told, *_rest in self.rows(state="green")],
            [
                ("01-01", "charge", (1, 1440.0)),
                ("01-01", "invoice", (3, 4320.0)),
                ("01-01", "outside", (1, 1440.0)),
                ("02-01", "credit_note", (1, -1440.0)),
                ("02-01", "refund", (1, -1440.0)),
                ("02-03", "invoice", (1, -1440.0)),
            ],
        )
        self.assertEqual(len(self.rows()), 6)

    def test_fees_and_payouts_once_the_balance_is_read(self):
        self.play(
            factory.invoice(),
            factory.payment(),
            factory.charge(),
            factory.balance_transaction(fees=FEES),
            factory.balance_transaction("txn_2", "-3", category="fee", source_id=None),
            factory.payout(),
            factory.balance_transaction(
                "txn_3",
                "-1397.94",
                category="payout",
                source_id="po_1",
                created_at=factory.at(1, 3),
            ),
        )
        self.run_checks()
        kinds = {row[1] for row in self.rows(state="green")}
        self.assertEqual(kinds, {"invoice", "charge"})
        self.connection.sudo().settled_until = "2026-02-02"
        model = self.env.registry["saas.billing.connection"]
        held = {"USD": Decimal("-3")}
        self.patch(model, "_get_provider_balance_at", lambda _connection, _end: held)
        self.run_checks()
        self.assertEqual(
            [row for row in self.rows() if row[1] in ("fee", "payout")],
            [
                ("01-01", "fee", *((2, 45.06),) * 3, "green"),
                ("01-03", "payout", *((1, 1397.94),) * 3, "green"),
            ],
        )

    def test_the_inbox_reads_what_the_facts_tell(self):
        """SQL on what the events keep says the same as the reader of the canonical records."""
        self.connection.sudo().timezone = "America/New_York"
        records = [
            factory.invoice(status="void", voided_at=factory.at(1, 3)),
            factory.credit_note(
                "cn_1",
                factory.credit_line("100"),
                status="void",
                voided_at=factory.at(1, 4),
                issued_at=factory.at(1, 2),
            ),
            factory.charge(),
            factory.payment("payrec_1", payment_intent_id=None),
            factory.refund(created_at=factory.at(1, 5)),
            factory.balance_transaction(fees=FEES),
            factory.balance_transaction("txn_2", "-3", category="fee"),
            factory.payout(),
        ]
        zone = self.connection._get_zone()
        readings = self.env["saas.reconciliation.day.reading"]
        for record in records:
            canonical_type = CANONICAL_TYPES[type(record).__name__]
            kept = self.change(record).event.canonical
            for fact in facts_of(canonical_type, record, zone):
                kind = "outside" if fact.kind == "payment" else fact.kind
                check = {
                    "charge": "R2",
                    "outside": "R2",
                    "refund": "R2",
                    "fee": "R3",
                    "payout": "R6",
                }.get(kind, "R1")
                if kind == "movement" or fact.item:
                    continue
                found = self.env.execute_query(
                    SQL(
                        """SELECT read.* FROM (SELECT %s AS kind) wanted
                       CROSS JOIN (SELECT %s::jsonb AS kept) parsed
                       CROSS JOIN LATERAL (SELECT kept->'record' AS record) content
                       CROSS JOIN LATERAL (%s) read""",
                        kind,
                        kept,
                        readings._get_recorded(check, self.connection),
                    )
                )
                with self.subTest(kind):
                    amount = float(fact.amount)
                    self.assertEqual(found, [(fact.day, fact.currency, amount)])

    def test_a_connection_that_was_never_reconciled(self):
        self.deliver(factory.invoice())
        calendar = self.days.get_calendar(self.connection.id, "2026-12-31")
        self.assertFalse(calendar["is_reconciled"])
        self.assertEqual(self.square("2026-01-01"), "none")
        self.assertEqual(self.square("2026-01-02"), "none")

    def test_without_a_connection(self):
        self.connection.active = False
        calendar = self.days.get_calendar()
        self.assertEqual((calendar["connection"], calendar["months"]), (False, []))

    def test_a_day_that_is_not_over_was_not_read(self):
        today = date.today()
        self.run_checks(today.replace(day=1), factory.later_month(today))
        readings = self.env["saas.reconciliation.day.reading"].search([])
        self.assertLess(max([*readings.mapped("day"), date.min]), today)
        calendar = self.days.get_calendar(self.connection.id)
        self.assertEqual(calendar["months"][-1]["days"][-1]["day"], calendar["today"])
        self.assertEqual(calendar["months"][-1]["days"][-1]["state"], "none")

    def test_what_lies_before_the_cutover_is_not_read(self):
        self.connection.sudo().cutover_date = "2026-01-10"
        self.run_checks()
        self.assertEqual(self.square("2026-01-09"), "none")
        self.assertEqual(self.square("2026-01-10"), "green")

    def test_reading_again_replaces_what_was_kept(self):
        self.play(factory.invoice())
        self.run_checks()
        readings = self.env["saas.reconciliation.day.reading"]
        count = readings.search_count([])
        self.run_checks()
        self.assertEqual(readings.search_count([]), count)
        self.assertEqual(len(self.rows()), 1)

    def test_what_is_beyond_the_list_belongs_to_the_month_and_is_not_explained(self):
        self.patch(reconciliation_comparison, "MOST_DIFFERENCES", 1)
        self.remote["invoice"] = [factory.invoice(f"in_{number}") for number in range(3)]
        self.run_checks()
        unknown = self.env["saas.reconciliation.difference"].search(
            [("difference_class", "=", "unknown"), ("check", "=", "R1")]
        )
        self.assertFalse(unknown.day)
        calendar = self.days.get_calendar(self.connection.id, "2026-12-31")
        january = calendar["months"][0]
        self.assertEqual((january["month"], january["unplaced"] > 0), ("2026-01-01", True))
        unknown.note = "Never mind"
        with self.assertRaisesRegex(UserError, "unknown"):
            unknown.action_explain()

    def test_explained_months_before_are_not_unknown_afterwards(self):
        run = self.env["saas.reconciliation.run"].new(
            {"company_id": self.company.id, "date_from": FEBRUARY, "date_to": MARCH}
        )
        usd = self.company.currency_id
        known = {
            "company_id": self.company.id,
            "connection_id": self.connection.id,
            "check": "R3",
            "month": JANUARY,
            "key": "movement:txn_1/USD",
            "label": "txn_1",
            "currency_id": usd.id,
            "left_amount": 10,
            "state": "explained",
        }
        self.env["saas.reconciliation.difference"].sudo().create(known)
        lines = run._prepare_carried(self.connection, usd, 12.0)
        self.assertEqual(
            [(line["difference_class"], line["left_amount"]) for line in lines],
            [("timing", 10.0), ("unknown", 2.0)],
        )

    def test_where_a_row_leads(self):
        self.play(factory.invoice(status="paid"), factory.charge(), factory.payment())
        self.run_checks()
        rows = self.days.search([("connection_id", "=", self.connection.id)])
        charge, invoice = rows.sorted("kind")
        self.assertEqual(invoice.action_open_booked()["res_id"], self.bound("invoice", "in_1").id)
        self.assertEqual(charge.action_open_booked()["res_id"], self.bound("payment", "pi_1").id)
        self.assertEqual(
            invoice.action_open_differences()["res_model"], "saas.reconciliation.difference"
        )
        self.assertEqual(
            self.connection.action_open_calendar()["params"]["connection_id"], self.connection.id
        )

    def test_once_only(self):
        found = self.env.execute_query(
            SQL(
                "SELECT indexname FROM pg_indexes WHERE indexname = %s",
                "saas_reconciliation_day_reading_day_unique",
            )
        )
        self.assertTrue(found)
