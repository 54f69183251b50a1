"""What the old books hand over, to the cent; without the addon that defers nothing is deferred."""

from datetime import date
from decimal import Decimal

from odoo.addons.saas_billing_connector.canonical import (
    MissingDependency,
    NeedsHuman,
    OutOfScope,
)
from odoo.exceptions import UserError

from . import factory
from .opening_common import CUTOVER, OpeningCase


class TestOpening(OpeningCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()
        # Amounts here are what any installation books; the deferring addon has its own tests.
        self.patch(
            self.registry["saas.opening.position"],
            "_prepare_opening_lines",
            self._get_plain_lines(),
        )

    def _get_plain_lines(self):
        """The sync's own method, also where the deferring addon is installed."""
        for cls in self.registry["saas.opening.position"].__mro__:
            if cls.__module__ == "odoo.addons.saas_subscription_sync.models.opening_position":
                return cls._prepare_opening_lines
        raise AssertionError

    def test_an_open_invoice_becomes_a_receivable_on_the_cutover_date(self):
        self.deliver(factory.invoice())
        self.assertFalse(self.get_documents(), "nothing is booked before somebody has looked")
        self.assertEqual(self.position().state, "to_book")
        document = self.book()
        self.assertEqual(
            self.lines(document), [("clearing", -1440, -1440), ("receivable", 1440, 1440)]
        )
        self.assertEqual(document.date, CUTOVER)
        self.assertEqual(self.position().state, "booked")
        self.assertEqual(self.bound("invoice", "in_1"), self.position())

    def test_a_paid_invoice_books_nothing(self):
        self.deliver(self.old_paid())
        self.assertFalse(self.book())
        self.assertEqual(self.position().state, "none")

    def test_partly_paid(self):
        self.deliver(factory.invoice(), factory.payment(amount="440", paid_at=factory.at(3)))
        document = self.book()
        self.assertEqual(self.open_amount(document), 1000)
        self.assertFalse(self.env["account.payment"].search([("saas_external_id", "!=", False)]))

    def test_what_is_left_is_as_of_the_cutover_not_as_of_today(self):
        """The snapshot says paid; that was after the cut-over, so it is a payment of ours."""
        paid = factory.invoice(status="paid", amount_paid=Decimal(1440), paid_at=factory.at(7, 3))
        payment = factory.payment(paid_at=factory.at(7, 3))
        self.deliver(paid)
        early = self.deliver(payment)[0]
        self.assertOutcome(early, NeedsHuman, "opening_not_booked")
        document = self.book()
        self.assertEqual(self.open_amount(document), 1440)
        self.assertDone(*self.deliver(early))
        self.assertEqual(self.open_amount(document), 0)
        self.assertEqual(self.bound("payment", "pi_1").date, date(2026, 7, 3))
        self.assertEqual(self.balances(), {"clearing": -1440, "outstanding": 1440})

    def test_midnight_of_the_connections_zone_divides(self):
        self.connection.sudo().timezone = "America/New_York"  # four hours behind
        last = factory.invoice("in_last", accounting_at=factory.at(7, 1, hour=3))
        first = factory.invoice("in_first", accounting_at=factory.at(7, 1, hour=4))
        self.deliver(last, first)
        self.assertEqual(self.bound("invoice", "in_last")._name, "saas.opening.position")
        self.assertEqual(self.bound("invoice", "in_first")._name, "account.move")

    def test_balance_applied_lowers_what_was_open(self):
        self.deliver(factory.invoice(balance_applied=Decimal(40)))
        self.assertEqual(self.open_amount(self.book()), 1400)

    def test_credit_notes_and_voids_before_the_cutover(self):
        gone = factory.invoice("in_gone", status="void", voided_at=factory.at(2))
        note = factory.credit_note(
            "cn_1", factory.credit_line("100", factory.tax("20", "100")), issued_at=factory.at(3)
        )
        undone = factory.credit_note(
            "cn_2",
            factory.credit_line("50", factory.tax("10", "50")),
            issued_at=factory.at(3),
            status="void",
            voided_at=factory.at(4),
        )
        self.assertDone(*self.deliver(factory.invoice(), gone, note, undone))
        self.assertEqual(self.position().receivable_amount, 1320)
        self.assertEqual(self.position("in_gone").state, "none")
        self.assertEqual(self.open_amount(self.book()), 1320)

    def test_a_credit_note_beyond_what_was_left_to_pay_leaves_nothing(self):
        self.deliver(
            factory.invoice(),
            factory.payment(amount="1400", paid_at=factory.at(2)),
            factory.credit_note(total=Decimal(140), issued_at=factory.at(3)),
        )
        self.assertFalse(self.book())

    def test_foreign_currency_comes_over_at_the_rate_of_its_own_day(self):
        """1.20 USD for 1 EUR on 15 February; another rate at the cut-over does not matter."""
        line = factory.line("100", external_id="il_eur")
        self.deliver(
            factory.invoice("in_eur", line, currency="EUR", accounting_at=factory.at(2, 15))
        )
        self.assertEqual(
            self.lines(self.book()), [("clearing", -100, -120), ("receivable", 100, 120)]
        )

    def test_late_facts_correct_what_was_booked(self):
        self.deliver(factory.invoice())
        first = self.book()
        self.deliver(factory.payment(amount="440", paid_at=factory.at(3)))
        self.assertEqual(self.position().state, "to_book")
        late = self.book()
        self.assertEqual(self.lines(late), [("clearing", 440, 440), ("receivable", -440, -440)])
        self.assertEqual(self.open_amount(first), 1000)
        self.assertEqual(self.open_amount(late), 0)
        self.assertFalse(self.book(), "booking again adds nothing")

    def test_repeated_imports_change_nothing(self):
        record, payment = factory.invoice(), factory.payment(amount="440", paid_at=factory.at(3))
        note = factory.credit_note(total=Decimal(10), issued_at=factory.at(3))
        self.deliver(record, payment, note)
        self.book()
        facts = self.env["saas.opening.fact"].search_count([])
        self.deliver(record, payment, note)
        self.assertEqual(self.env["saas.opening.fact"].search_count([]), facts)
        self.assertFalse(self.book())

    def test_old_money_given_back_after_the_cutover(self):
        """Paid in January, credited and refunded in July: the money leaves now."""
        self.deliver(self.old_paid(), factory.payment())
        self.assertFalse(self.book())
        note = factory.credit_note(
            "cn_1",
            factory.credit_line("100", factory.tax("20", "100")),
            issued_at=factory.at(7, 5),
            refund_ids=("re_1",),
        )
        refund = factory.refund(amount="120", created_at=factory.at(7, 5))
        self.assertDone(*self.deliver(refund, note))
        self.assertEqual(self.balances(), {"outstanding": -120, "revenue": 100, "tax": 20})
        credit = self.bound("credit_note", "cn_1")
        self.assertEqual(self.open_amount(credit | self.bound("refund", "re_1").move_id), 0)

    def test_old_money_given_back_without_a_credit_note_is_for_a_person(self):
        """The money leaves now; the books have no lines that a credit note could take back."""
        self.deliver(self.old_paid(), factory.payment())
        self.assertDone(*self.deliver(factory.refund(amount="120", created_at=factory.at(7, 5))))
        self.assertEqual(self.balances(), {"outstanding": -120, "receivable": 120})
        proposal = self.env["saas.credit.proposal"].search([])
        with self.assertRaisesRegex(UserError, "from before the cut-over"):
            proposal.action_approve()
        proposal.action_decline()
        self.assertEqual(proposal.state, "declined")

    def test_a_refund_before_the_cutover_is_in_the_old_books(self):
        self.deliver(self.old_paid(), factory.payment())
        refund = self.deliver(factory.refund(created_at=factory.at(3)))[0]
        self.assertOutcome(refund, OutOfScope)

    def test_a_credit_note_without_lines_is_spread_with_its_taxes(self):
        self.deliver(self.old_paid())
        self.deliver(factory.credit_note(total=Decimal(120), issued_at=factory.at(7, 5)))
        self.assertEqual(self.balances(), {"receivable": -120, "revenue": 100, "tax": 20})

    def test_an_open_invoice_credited_and_one_voided_after_the_cutover(self):
        other = factory.invoice("in_2", factory.line("300", external_id="il_2"))
        self.deliver(factory.invoice(), other)
        self.book()
        note = factory.credit_note(total=Decimal(1440), issued_at=factory.at(7, 5))
        void = factory.invoice(
            "in_2", *other.lines, status="void", voided_at=factory.at(8, 1), total=other.total
        )
        self.assertDone(*self.deliver(note, void))
        self.assertEqual(self.balances(), {"clearing": -1740, "revenue": 1500, "tax": 240})
        self.assertEqual(self.open_amount(self.get_documents()), 0)
        self.assertEqual(self.bound("invoice_void", "in_2").date, date(2026, 8, 1))

    def test_money_for_an_invoice_that_was_paid_is_for_a_person(self):
        self.deliver(self.old_paid())
        late = self.deliver(factory.payment(paid_at=factory.at(7, 3)))[0]
        self.assertOutcome(late, NeedsHuman, "opening_settled", "in_1")

    def test_a_void_of_an_old_credit_note_is_for_a_person(self):
        self.deliver(factory.invoice())
        note = factory.credit_note(
            total=Decimal(10), issued_at=factory.at(3), status="void", voided_at=factory.at(7, 2)
        )
        self.assertOutcome(self.deliver(note)[0], NeedsHuman, "opening_credit_note_void")

    def test_old_facts_wait_for_their_invoice(self):
        payment = self.change(factory.payment())
        self.deliver(payment)
        self.assertOutcome(payment, MissingDependency)

    # ── balances ─────────────────────────────────────────────────────────────────────────────

    def _customer(self, balance, month, day=1):
        change = self.change(factory.customer(currency="USD", balance=Decimal(balance)))
        change.occurred_at = factory.at(month, day)
        change.version = f"{int(change.occurred_at.timestamp()):012d}.1.{change.external_id}"
        return change

    def test_a_customers_credit_is_opened(self):
        self.deliver(self._customer("-50", 7, 10))
        self.assertEqual(self.position("cus_1").credit_amount, 50)
        document = self.book()
        self.assertEqual(self.lines(document), [("clearing", 50, 50), ("receivable", -50, -50)])

    def test_credit_used_since_the_cutover_was_there_at_the_cutover(self):
        """The first snapshot is of 10 July; an invoice of 5 July had used 30 of 50 by then."""
        self.deliver(self._customer("-20", 7, 10), self._customer("-5", 7, 20))
        self.deliver(
            factory.invoice(accounting_at=factory.at(7, 5), balance_applied=Decimal(30)),
            factory.invoice(
                "in_2",
                factory.line("15", external_id="il_2"),
                accounting_at=factory.at(7, 15),
                balance_applied=Decimal(15),
            ),
        )
        self.book()
        self.assertEqual(self.position("cus_1").credit_amount, 50)

    def test_a_credit_note_to_the_balance_since_the_cutover_was_not_there(self):
        self.deliver(self.old_paid())
        self.deliver(self._customer("-80", 7, 10))
        self.deliver(
            factory.credit_note(
                total=Decimal(60), issued_at=factory.at(7, 5), balance_credited=Decimal(60)
            )
        )
        self.book()
        self.assertEqual(self.position("cus_1").credit_amount, 20)

    def test_snapshots_from_before_the_cutover_tell_no_balance(self):
        self.deliver(self._customer("-50", 6, 10))
        self.assertFalse(self.position("cus_1"))

    # ── guards ───────────────────────────────────────────────────────────────────────────────

    def test_the_cutover_date_stands_once_used(self):
        self.connection.sudo().cutover_date = date(2026, 6, 1)
        self.deliver(factory.invoice("in_x", accounting_at=factory.at(1)))
        self.connection.cutover_date = date(2026, 6, 1)
        with self.assertRaisesRegex(UserError, "Cut-over Date is fixed"):
            self.connection.cutover_date = CUTOVER
        with self.assertRaisesRegex(UserError, "Time Zone is fixed"):
            self.connection.timezone = "Europe/Paris"

    def test_closed_years_stay_closed(self):
        self.company.fiscalyear_lock_date = "2026-06-30"
        self.deliver(factory.invoice())
        self.assertEqual(self.book().date, CUTOVER)

    def test_a_closed_cutover_date_says_what_to_do(self):
        self.deliver(factory.invoice())
        self.company.fiscalyear_lock_date = "2026-07-31"
        with self.assertRaisesRegex(UserError, "Grant an exception"):
            self.book()

    def test_facts_are_kept_for_good(self):
        self.deliver(factory.invoice())
        with self.assertRaises(UserError):
            self.position().fact_ids.sudo().write({"amount": 1})
        with self.assertRaises(UserError):
            self.position().fact_ids.sudo().unlink()

    def test_events_lead_to_the_document(self):
        self.deliver(factory.invoice())
        document = self.book()
        self.assertEqual(document.saas_event_count, 1)

    def test_booking_replays_what_waited_for_it(self):
        self.deliver(factory.invoice())
        payment = self.change(factory.payment(paid_at=factory.at(7, 3)))
        self.deliver(payment)
        issue = self.env["saas.billing.issue"].sudo()._raise(self.connection, [payment.outcome])
        issue = issue["opening_not_booked", "opening"]
        payment.event.sudo().write({"state": "parked", "issue_id": issue.id})
        self.book()
        self.assertEqual(payment.event.state, "pending")
