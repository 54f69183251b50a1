"""Months after a cut-over are those that the books would have had from the beginning."""

import random
from collections import defaultdict
from datetime import date
from decimal import Decimal

from odoo.addons.saas_billing_connector.canonical import NeedsHuman
from odoo.addons.saas_subscription_sync.tests import factory
from odoo.addons.saas_subscription_sync.tests.opening_common import CUTOVER, OpeningCase
from odoo.tests import tagged

from ..recognition.calendar import months_between, next_month

FIRST, LAST = date(2026, 1, 1), date(2027, 3, 1)
SEEDS = 5


@tagged("post_install", "-at_install")
class TestOpeningRemainder(OpeningCase):
    @classmethod
    def get_default_groups(cls):
        manager = cls.env.ref("saas_deferred_revenue.group_revenue_manager")
        return super().get_default_groups() | manager

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Run = cls.env["saas.revenue.run"]
        cls.Proof = cls.env["saas.revenue.proof"]

    def run_months(self, first, last):
        for month in months_between(first, last):
            self.Run._post_month(self.company, month)

    def assertProof(self):
        """The sub-ledger equals the ledger at every month's end."""
        for start in months_between(date(2025, 12, 1), LAST):
            end = next_month(start)
            for result in [
                *self.Proof._check_deferred(self.company, end),
                *self.Proof._check_recognised(self.company, start, end),
            ]:
                self.assertEqual(result["left_amount"], result["right_amount"], result)

    def tearDown(self):
        self.assertProof()
        super().tearDown()

    def deferred_lines(self, documents):
        return documents.line_ids.filtered("saas_opening_fact_id")

    def revenue_by_month(self, connection):
        """Of one connection: what runs posted, and what documents earned at once."""
        months = defaultdict(float)
        for posting in self.env["saas.revenue.posting"].search([]):
            if posting.segment_id.move_line_id.move_id.saas_connection_id == connection:
                months[posting.period] += posting.company_amount
        at_once = self.env["account.move.line"].search(
            [
                ("move_id.saas_connection_id", "=", connection.id),
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "=", "income"),
            ]
        )
        for line in at_once:
            months[line.date.replace(day=1)] -= line.balance
        return {month: round(amount, 2) for month, amount in months.items() if round(amount, 2)}

    def deferred_by_month(self, connection):
        """Segments booked less postings, at the end of each month since the cut-over."""
        own = [("move_line_id.move_id.saas_connection_id", "=", connection.id)]
        segments = self.env["saas.revenue.segment"].search(own)
        figures = {}
        for month in months_between(CUTOVER, LAST):
            end = next_month(month)
            booked = segments.filtered_domain([("booking_date", "<", end)])
            posted = booked.posting_ids.filtered_domain([("period", "<", end)])
            left = sum(booked.mapped("company_amount")) - sum(posted.mapped("company_amount"))
            figures[month] = round(left, 2)
        return figures


class TestOpeningExamples(TestOpeningRemainder):
    """1,200.00 for 2026 by day: 595.07 belong to January to June, 604.93 to what follows."""

    def setUp(self):
        super().setUp()
        self.deliver_catalog()

    def test_paid_a_document_without_receivable(self):
        self.deliver(self.old_paid(), factory.payment())
        position = self.position()
        self.assertEqual((position.receivable_amount, position.deferred_amount), (0, 604.93))
        document = self.book()
        self.assertEqual(
            self.lines(document), [("clearing", 604.93, 604.93), ("deferred", -604.93, -604.93)]
        )
        [line] = self.deferred_lines(document)
        self.assertEqual(line.saas_service_start, CUTOVER)
        self.assertEqual(line.saas_service_end, date(2027, 1, 1))
        self.assertEqual(
            line.saas_subscription_id.name, self.position().fact_ids[:1].subscription_id.name
        )
        self.assertFalse(line.tax_ids)

    def test_unpaid(self):
        self.deliver(factory.invoice())
        self.assertEqual(
            self.lines(self.book()),
            [
                ("clearing", -835.07, -835.07),
                ("deferred", -604.93, -604.93),
                ("receivable", 1440, 1440),
            ],
        )

    def test_months_after_the_cutover(self):
        self.deliver(self.old_paid())
        schedule = self.deferred_lines(self.book()).saas_revenue_schedule_ids
        self.run_months(FIRST, LAST)
        months = {
            f"{row.month:%m}": row.posted_company_amount
            for row in self.env["saas.revenue.schedule.month"].search(
                [("schedule_id", "=", schedule.id)]
            )
        }
        self.assertEqual(
            months,
            {"07": 101.92, "08": 101.91, "09": 98.63, "10": 101.92, "11": 98.63, "12": 101.92},
        )
        self.assertEqual(round(sum(months.values()), 2), 604.93)
        self.assertEqual((schedule.date_start, schedule.amount), (CUTOVER, 604.93))
        self.assertEqual(schedule.remaining_amount, 0)
        catch_up = sum(
            posting.company_amount - posting.period_company_amount
            for posting in schedule.posting_ids.filtered(lambda each: each.period == CUTOVER)
        )
        self.assertEqual(round(catch_up, 2), 0, "nothing of it is a correction of old months")
        self.assertEqual(schedule.event_count, 1)

    def test_date_and_connection_of_what_was_billed_choose_the_rule(self):
        rules = self.env["saas.revenue.rule"].sudo()
        default = rules.search([("company_id", "=", self.company.id), ("state", "=", "approved")])
        monthly = {"sequence": 1, "method": "monthly", "connection_id": self.connection.id}
        old = default.copy({"code": "OLD", "date_to": "2026-06-30", **monthly})
        new = default.copy({"code": "NEW", "date_from": CUTOVER, "sequence": 0})
        (old | new).action_approve()
        self.deliver(self.old_paid())
        [line] = self.deferred_lines(self.book())
        self.assertEqual((line.saas_revenue_rule_id, line.balance), (old, -600))

    def test_lines_with_service_over_or_none_are_not_deferred(self):
        lines = [
            factory.line(
                "70", external_id="il_over", period=factory.period(factory.at(5), factory.at(7))
            ),
            factory.line(
                "30", external_id="il_once", period=factory.period(factory.at(6), factory.at(6))
            ),
            factory.line(
                "120",
                external_id="il_next",
                period=factory.period(factory.at(7), factory.at(7, year=2027)),
            ),
            factory.line(
                "-12.17",
                external_id="il_unused",
                proration=True,
                period=factory.period(factory.at(6, 20), factory.at(7, 20)),
            ),
        ]
        self.deliver(factory.invoice("in_1", *lines, accounting_at=factory.at(6, 20)))
        document = self.book()
        amounts = {line.saas_line_id: -line.balance for line in self.deferred_lines(document)}
        # −12.17 over 30 days: −4.46 belong to the 11 days before the cut-over.
        self.assertEqual(amounts, {"il_next": 120, "il_unused": -7.71})
        self.run_months(CUTOVER, CUTOVER)
        self.assertEqual(self.revenue_by_month(self.connection), {CUTOVER: 2.48})

    def test_euro_in_a_dollar_company_keeps_its_rate(self):
        """1.10 when billed: 1,200.00 EUR are 1,320.00 USD, whatever July's rate is."""
        self.deliver(
            factory.invoice(
                "in_1", factory.line("1200"), currency="EUR", status="paid", paid_at=factory.at(2)
            )
        )
        [line] = self.deferred_lines(self.book())
        self.assertEqual((line.amount_currency, line.balance), (-604.93, -665.42))
        self.run_months(CUTOVER, LAST)
        self.assertEqual(round(sum(self.revenue_by_month(self.connection).values()), 2), 665.42)

    def test_credit_note_after_the_cutover(self):
        """120.00 + 24.00 VAT credited on 1 August: 69.70 of it is for service already given.

        By the end of August 243 of 365 days are served: 79.89 of the credit belong to them, 40.11
        to what is still to come.
        """
        self.deliver(self.old_paid())
        self.book()
        self.run_months(CUTOVER, CUTOVER)
        note = factory.credit_note(
            "cn_1", factory.credit_line("120", factory.tax("24", "120")), issued_at=factory.at(8, 1)
        )
        self.assertDone(*self.deliver(note))
        credit = self.bound("credit_note", "cn_1")
        self.assertEqual(
            self.lines(credit),
            [("deferred", 120, 120), ("receivable", -144, -144), ("tax", 24, 24)],
        )
        self.run_months(date(2026, 8, 1), date(2026, 8, 1))
        revenue = self.revenue_by_month(self.connection)
        self.assertEqual(revenue[date(2026, 8, 1)], round(101.91 - 79.89, 2))
        left = self.deferred_by_month(self.connection)[date(2026, 8, 1)]
        self.assertEqual(left, round(1200 - 798.90 - (120 - 79.89), 2))
        self.run_months(date(2026, 9, 1), LAST)
        self.assertEqual(self.deferred_by_month(self.connection)[LAST], 0)

    def test_full_credit_after_the_cutover_leaves_nothing_to_come(self):
        self.deliver(factory.invoice())
        self.book()
        self.deliver(factory.credit_note(total=Decimal(1440), issued_at=factory.at(7, 9)))
        self.run_months(CUTOVER, LAST)
        self.assertEqual(self.revenue_by_month(self.connection), {CUTOVER: -595.07})

    def test_full_credit_after_corrected_dates_leaves_nothing_to_come(self):
        """It was for 546 days: 465.93 by the end of July, and the old books had 595.07 of it."""
        self.deliver(factory.invoice())
        schedule = self.deferred_lines(self.book()).saas_revenue_schedule_ids
        amendment = (
            self.env["saas.revenue.amendment"]
            .with_user(self.env.ref("base.user_root"))
            .create(
                {
                    "schedule_id": schedule.id,
                    "kind": "dates",
                    "date": CUTOVER,
                    "service_start": "2026-01-01",
                    "service_last_day": "2027-06-30",
                    "reason": "A year and a half",
                }
            )
        )
        amendment.action_propose()
        amendment.with_user(self.env.user).action_approve()
        self.run_months(CUTOVER, CUTOVER)
        self.deliver(factory.credit_note(total=Decimal(1440), issued_at=factory.at(8)))
        self.run_months(date(2026, 8, 1), LAST)
        self.assertEqual(
            self.revenue_by_month(self.connection),
            {CUTOVER: -129.14, date(2026, 8, 1): -465.93},
        )

    def test_credited_whole_before_the_cutover_nothing_is_deferred(self):
        self.deliver(
            factory.invoice(),
            factory.credit_note(total=Decimal(1440), issued_at=factory.at(3)),
        )
        self.assertFalse(self.book())

    def test_a_late_credit_note_takes_back_what_was_opened(self):
        self.deliver(factory.invoice())
        self.book()
        self.deliver(factory.credit_note(total=Decimal(1440), issued_at=factory.at(3)))
        self.book()
        self.assertEqual(self.balances(), {})
        self.run_months(CUTOVER, LAST)
        self.assertEqual(self.revenue_by_month(self.connection), {})

    def test_reversing_an_opening_document_by_hand_takes_all_of_it_back(self):
        self.deliver(self.old_paid())
        document = self.book()
        reversal = document._reverse_moves([{"date": CUTOVER}])
        reversal.action_post()
        self.run_months(CUTOVER, LAST)
        self.assertFalse(self.balances().get("revenue"))
        self.assertFalse(self.balances().get("deferred"))

    def test_statements_do_not_grow_with_the_batch(self):
        counts = []
        for size in (5, 25):
            invoices = [
                self.change(
                    factory.invoice(
                        f"in_{size}_{n}",
                        factory.line("1200", external_id=f"il_{size}_{n}"),
                    )
                )
                for n in range(size)
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.deliver(*invoices)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertDone(*invoices)
        self.assertLessEqual(counts[1] - counts[0], 2)


class TestOpeningLaws(TestOpeningRemainder):
    """One history told to a connection from the beginning, and to one that goes live in July."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.full = cls._create_connection("acct_full", cls.company)
        # Both tell of the same customer; whose contact is whose is no matter here.
        (cls.full | cls.connection).sudo().customer_policy = "create"

    def setUp(self):
        super().setUp()
        self.deliver_catalog()
        for connection in (self.full,):
            self.deliver(
                *(
                    self.change(record, connection=connection)
                    for record in (
                        factory.customer(),
                        factory.product(),
                        factory.price(),
                        factory.tax_rate(),
                    )
                ),
                connection=connection,
            )

    def history(self):
        """Old facts and new ones, of every kind."""
        half = factory.period(factory.at(6, 20), factory.at(7, 20))
        other = [
            factory.line("500", factory.tax("100", "500"), external_id="il_a", period=half),
            factory.line(
                "-133.37", factory.tax("-26.67", "-133.37"), external_id="il_b", period=half
            ),
            factory.line(
                "9.99",
                external_id="il_c",
                period=factory.period(factory.at(3), factory.at(3)),
            ),
        ]
        euro = factory.invoice(
            "in_eur",
            factory.line(
                "777.77",
                external_id="il_eur",
                period=factory.period(factory.at(2, 15), factory.at(2, 15, year=2027)),
            ),
            currency="EUR",
            accounting_at=factory.at(2, 15),
        )
        gone = factory.invoice("in_gone", factory.line("50", external_id="il_g"))
        voided = factory.invoice(
            "in_gone", *gone.lines, status="void", voided_at=factory.at(8, 2), total=gone.total
        )
        old_void = factory.invoice(
            "in_ov",
            factory.line("60", external_id="il_ov"),
            status="void",
            voided_at=factory.at(2, 2),
        )
        return [
            factory.invoice(),
            factory.invoice(status="paid", paid_at=factory.at(1, 2)),
            factory.payment(),
            factory.invoice("in_2", *other, accounting_at=factory.at(6, 20)),
            factory.payment("inpay_2", "100", invoice_id="in_2", paid_at=factory.at(6, 25)),
            factory.payment("inpay_3", "200", invoice_id="in_2", paid_at=factory.at(7, 4)),
            euro,
            factory.payment(
                "inpay_4", "777.77", invoice_id="in_eur", currency="EUR", paid_at=factory.at(9)
            ),
            factory.credit_note(
                "cn_old",
                factory.credit_line("100", factory.tax("20", "100")),
                issued_at=factory.at(4, 9),
            ),
            factory.credit_note(
                "cn_new",
                factory.credit_line("77.77", factory.tax("15.55", "77.77")),
                issued_at=factory.at(9, 9),
                refund_ids=("re_1",),
            ),
            factory.refund("re_1", "93.32", created_at=factory.at(9, 9)),
            factory.credit_note(
                "cn_2", total=Decimal("44.44"), invoice_id="in_2", issued_at=factory.at(7, 30)
            ),
            gone,
            voided,
            old_void,
        ]

    def balance(self, connection):
        """The old credit note of a paid invoice went to the customer's credit at the provider."""
        record = factory.customer(currency="USD", balance=Decimal(-120))
        july = int((factory.at(7, 10) - factory.YEAR_START).total_seconds())
        return self.change(record, connection=connection, second=july)

    def tell(self, records, connection, size=100):
        changes = [self.change(each, connection=connection) for each in records]
        changes.append(self.balance(connection))
        return self.deliver(*changes, connection=connection, size=size)

    def settle(self, changes):
        """Book, then process again what waited for it, as its issue does."""
        self.book()
        waiting = [each for each in changes if isinstance(each.outcome, NeedsHuman)]
        self.deliver(*waiting)
        for change in waiting:
            self.assertNotIsInstance(change.outcome, NeedsHuman, change.outcome)

    def test_revenue_and_deferred_since_the_cutover_equal_the_full_story(self):
        self.tell(self.history(), self.full)
        self.run_months(FIRST, date(2026, 6, 1))
        self.settle(self.tell(self.history(), self.connection))
        self.run_months(CUTOVER, LAST)
        full, ours = (self.revenue_by_month(each) for each in (self.full, self.connection))
        self.assertEqual(ours, {month: each for month, each in full.items() if month >= CUTOVER})
        self.assertEqual(self.deferred_by_month(self.connection), self.deferred_by_month(self.full))
        self.assertEqual(self.receivables(self.connection), self.receivables(self.full))

    def receivables(self, connection):
        items = self.env["account.move.line"].search(
            [
                ("move_id.saas_connection_id", "=", connection.id),
                ("parent_state", "=", "posted"),
                ("account_type", "=", "asset_receivable"),
            ]
        )
        open_items = defaultdict(float)
        for item in items:
            open_items[item.currency_id.name] += item.amount_residual_currency
        return {code: round(amount, 2) for code, amount in open_items.items() if round(amount, 2)}

    def books(self):
        balances = defaultdict(float)
        for line in self.env["account.move.line"].search(
            [("company_id", "=", self.company.id), ("parent_state", "=", "posted")]
        ):
            balances[line.account_id.code, str(line.date)[:7], line.currency_id.name] += (
                line.balance
            )
        moves = self.env["account.move"].search([("saas_connection_id", "=", self.connection.id)])
        return {
            "balances": {key: round(v, 2) for key, v in balances.items() if round(v, 2)},
            "documents": sorted(
                (move.saas_document_type, move.saas_external_id, str(move.date), move.amount_total)
                for move in moves
                if move.saas_document_type != "opening"
            ),
            "revenue": self.revenue_by_month(self.connection),
            "open": self.receivables(self.connection),
            "facts": sorted(
                (fact.kind, fact.document_id, fact.external_id, fact.gross_amount)
                for fact in self.env["saas.opening.fact"].search([])
            ),
        }

    def tell_shuffled(self, records, seed, size):
        """In any order, some twice, with a booking somewhere in between."""
        dice = random.Random(seed)
        order = [*records, *dice.sample(records, 4)]
        dice.shuffle(order)
        cut = dice.randrange(len(order))
        changes = self.tell(order[:cut], self.connection, size)
        self.book()
        again = [each for each in changes if each.outcome]
        rest = [self.change(each) for each in order[cut:]]
        self.settle(self.deliver(*again, *rest, size=size))
        self.run_months(CUTOVER, LAST)

    def test_any_order_duplicates_and_bookings_between_give_the_same_books(self):
        records = self.history()
        with self.env.cr.savepoint() as savepoint:
            self.settle(self.tell(records, self.connection))
            self.run_months(CUTOVER, LAST)
            expected = self.books()
            savepoint.rollback()
        for seed in range(SEEDS):
            size = random.Random(seed).choice((1, 4, 50))
            with self.subTest(seed=seed, size=size), self.env.cr.savepoint() as savepoint:
                self.tell_shuffled(records, seed, size)
                books = self.books()
                savepoint.rollback()
                for name, value in expected.items():
                    self.assertEqual(books[name], value, name)

    def test_booking_and_telling_again_changes_nothing(self):
        self.settle(self.tell(self.history(), self.connection))
        before, documents = self.books(), self.get_documents()
        self.settle(self.tell(self.history(), self.connection))
        self.assertEqual((self.books(), self.get_documents()), (before, documents))
