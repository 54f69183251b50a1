"""Money as Stripe tells it: each fact booked once, to the cent, whichever of its events arrive."""

from datetime import datetime

from .simulated import SimulatedBooksCase


class TestMoneyScenarios(SimulatedBooksCase):
    def invoice(self, external_id):
        """The booked invoice."""
        return self.bound("invoice", external_id)

    def note(self, invoice_id, **params):
        """A credit note at the provider; its id."""
        return self.ask("credit_notes", invoice=invoice_id, **params)["id"]

    # ── payments ─────────────────────────────────────────────────────────────────────────────

    def test_paid_in_full(self):
        invoice_id = self.bill()

        def check():
            self.assertNothingStuck()
            payment = self.env["account.payment"].search([("saas_kind", "=", "payment")])
            charge = self.look_up("charges")[0]
            self.assertEqual(payment.saas_charge_id, charge["id"])
            self.assertEqual(payment.saas_payment_intent_id, charge["payment_intent"])
            self.assertEqual(payment.saas_balance_transaction_id, charge["balance_transaction"])
            self.assertEqual(payment.reconciled_invoice_ids, self.invoice(invoice_id))
            self.assertEqual((self.owed, self.clearing), (0.0, 120.0))

        self.in_any_order(check)

    def _pay_by_card(self, invoice_id, amount):
        customer = self.simulator.request("GET", f"/v1/invoices/{invoice_id}", {})["customer"]
        intent = self.ask(
            "payment_intents",
            amount=amount,
            currency="usd",
            customer=customer,
            payment_method="pm_card_visa",
            confirm=True,
        )
        self.ask(f"invoices/{invoice_id}/attach_payment", payment_intent=intent["id"])

    def test_paid_in_parts_and_too_much(self):
        invoice_id = self.bill(method=None, collection_method="send_invoice", days_until_due=9)
        self._pay_by_card(invoice_id, 50_00)
        self._pay_by_card(invoice_id, 90_01)

        def check():
            self.assertNothingStuck()
            self.assertEqual(self.invoice(invoice_id).amount_residual, 0.0)
            self.assertEqual((self.owed, self.clearing), (-20.01, 140.01))

        self.in_any_order(check)

    def test_paid_elsewhere(self):
        invoice_id = self.bill(method=None, collection_method="send_invoice", days_until_due=9)
        self.ask(f"invoices/{invoice_id}/pay", paid_out_of_band=True)

        def check():
            self.assertNothingStuck()
            self.assertEqual(self.invoice(invoice_id).amount_residual, 0.0)
            self.assertEqual((self.owed, self.clearing, self.outside), (0.0, 0.0, 120.0))

        self.in_any_order(check)

    def test_reported_as_paid_elsewhere_in_part_and_by_card_for_the_rest(self):
        invoice_id = self.bill(method=None, collection_method="send_invoice", days_until_due=9)
        record = self.ask(
            "payment_records/report_payment",
            amount_requested={"currency": "usd", "value": 50_00},
            initiated_at=int(self.simulator.now.timestamp()),
            outcome="guaranteed",
            payment_method_details={"type": "custom", "custom": {"display_name": "Wire"}},
        )
        self.ask(f"invoices/{invoice_id}/attach_payment", payment_record=record["id"])
        self.later(days=1)
        self._pay_by_card(invoice_id, 70_00)

        def check():
            self.assertNothingStuck()
            self.assertEqual((self.owed, self.clearing, self.outside), (0.0, 70.0, 50.0))
            self.assertEqual(self.invoice(invoice_id).amount_residual, 0.0)

        self.in_any_order(check)

    def test_a_debit_that_succeeds_after_days(self):
        invoice_id = self.bill(method="pm_usBankAccount_success")
        with self.env.cr.savepoint() as savepoint:
            self.sync()
            self.assertEqual((self.owed, self.clearing), (120.0, 0.0))
            savepoint.rollback()
        self.later(days=5)

        def check():
            self.assertNothingStuck()
            self.assertEqual((self.owed, self.clearing), (0.0, 120.0))
            payment = self.env["account.payment"].search([("saas_kind", "=", "payment")])
            self.assertEqual(str(payment.date), "2026-01-05")
            self.assertEqual(self.invoice(invoice_id).amount_residual, 0.0)

        self.in_any_order(check)

    def test_a_debit_that_fails_after_days_books_nothing(self):
        self.bill(method="pm_usBankAccount_accountClosed")
        self.later(days=5)

        def check():
            self.assertNothingStuck()
            self.assertEqual((self.owed, self.clearing), (120.0, 0.0))
            charge = self.env["saas.charge"].search([])
            self.assertEqual((charge.status, charge.succeeded), ("failed", False))
            self.assertFalse(self.env["account.payment"].search([("saas_kind", "!=", False)]))

        self.in_any_order(check)

    def test_paid_from_the_balance_without_money(self):
        customer = self.ask("customers", name="Ada")["id"]
        self.ask(
            f"customers/{customer}/balance_transactions",
            amount=-200_00,
            currency="usd",
            description="Goodwill",
        )
        item = {"customer": customer, "amount": 120_00, "currency": "usd"}
        invoice = self.ask("invoices", customer=customer, auto_advance=False)
        self.ask("invoiceitems", invoice=invoice["id"], description="Workshop", **item)
        invoice = self.ask(f"invoices/{invoice['id']}/finalize")
        self.assertEqual(invoice["status"], "paid")

        def check():
            self.assertNothingStuck()
            self.assertEqual((self.clearing, self.outside), (0.0, 0.0))
            self.assertFalse(self.env["account.payment"].search([("saas_kind", "!=", False)]))
            self.assertEqual(self.invoice(invoice["id"]).saas_balance_change, 120.0)

        self.in_any_order(check)

    # ── credit notes ─────────────────────────────────────────────────────────────────────────

    def test_credited_before_payment(self):
        invoice_id = self.bill(method=None, collection_method="send_invoice", days_until_due=9)
        note_id = self.note(invoice_id, amount=20_00)

        def check():
            self.assertNothingStuck()
            self.assertEqual(self.invoice(invoice_id).amount_residual, 100.0)
            self.assertEqual(self.bound("credit_note", note_id).amount_residual, 0.0)

        self.in_any_order(check)

    def test_credited_before_payment_line_by_line_and_voided(self):
        invoice_id = self.bill(method=None, collection_method="send_invoice", days_until_due=9)
        line = self.simulator.request("GET", f"/v1/invoices/{invoice_id}/lines", {})["data"][0]
        lines = [{"type": "invoice_line_item", "invoice_line_item": line["id"], "amount": 20_00}]
        note_id = self.note(invoice_id, lines=lines)
        self.later(days=1)
        self.ask(f"credit_notes/{note_id}/void")

        def check():
            self.assertNothingStuck()
            self.assertEqual(self.invoice(invoice_id).amount_residual, 120.0)
            self.assertEqual(self.bound("credit_note_void", note_id).amount_total, 20.0)
            self.assertEqual(self.owed, 120.0)

        self.in_any_order(check)

    def test_credited_partly_before_and_partly_after_payment(self):
        invoice_id = self.bill(method=None, collection_method="send_invoice", days_until_due=9)
        self._pay_by_card(invoice_id, 60_00)
        note_id = self.note(invoice_id, amount=80_00, refund_amount=20_00)

        def check():
            self.assertNothingStuck()
            self.assertEqual(self.invoice(invoice_id).amount_residual, 0.0)
            self.assertEqual(self.bound("credit_note", note_id).amount_residual, 0.0)
            self.assertEqual((self.owed, self.clearing), (0.0, 40.0))

        self.in_any_order(check)

    def test_credited_after_payment_three_ways_at_once(self):
        invoice_id = self.bill()
        note_id = self.note(
            invoice_id,
            amount=60_00,
            refund_amount=30_00,
            credit_amount=20_00,
            out_of_band_amount=10_00,
        )

        def check():
            self.assertNothingStuck()
            note = self.bound("credit_note", note_id)
            self.assertEqual(self.invoice(invoice_id).amount_residual, 0.0)
            self.assertEqual((note.amount_total, note.saas_balance_change), (60.0, -20.0))
            # The balance has an entry of its own, which settles the rest of the note.
            self.assertEqual(note.amount_residual, 0.0)
            balance = self.bound("credit_note_balance", note_id)
            left = balance.line_ids.filtered("saas_is_balance")
            self.assertEqual((left.amount_residual, balance.saas_balance_of_id), (-20.0, note))
            self.assertEqual((self.owed, self.clearing, self.outside), (-20.0, 90.0, -10.0))

        self.in_any_order(check)

    # ── refunds ──────────────────────────────────────────────────────────────────────────────

    def test_refunded_in_parts_with_a_credit_note_for_one(self):
        invoice_id = self.bill()
        charge = self.charge_of(invoice_id)
        first = self.ask("refunds", charge=charge, amount=20_00)["id"]
        second = self.ask("refunds", charge=charge, amount=30_00)["id"]
        self.note(invoice_id, amount=30_00, refunds=[{"refund": second, "amount_refunded": 30_00}])

        def check():
            self.assertNothingStuck()
            self.assertEqual((self.owed, self.clearing), (20.0, 70.0))
            proposals = self.env["saas.credit.proposal"].search([("state", "=", "waiting")])
            self.assertEqual(proposals.mapped("external_id"), [first])
            proposals.action_approve()
            self.assertEqual(self.owed, 0.0)
            self.assertEqual(self.invoice(invoice_id).amount_residual, 0.0)

        self.in_any_order(check)

    def test_a_refund_is_pending_and_then_arrives(self):
        invoice_id = self.bill(method="pm_card_pendingRefund")
        self.ask("refunds", charge=self.charge_of(invoice_id))
        with self.env.cr.savepoint() as savepoint:
            self.sync()
            self.assertEqual(self.clearing, 0.0, "the balance moved at once")
            savepoint.rollback()
        self.later(days=4)

        def check():
            self.assertNothingStuck()
            self.assertEqual((self.owed, self.clearing), (120.0, 0.0))

        self.in_any_order(check)

    def test_a_refund_fails_and_the_customer_is_owed(self):
        invoice_id = self.bill(method="pm_card_refundFail")
        note_id = self.note(invoice_id, amount=120_00, refund_amount=120_00)
        self.later(days=4)
        refund = self.look_up("refunds")[0]

        def check():
            self.assertEqual((self.owed, self.clearing), (-120.0, 120.0))
            self.assertEqual(self.bound("credit_note", note_id).amount_residual, 120.0)
            back = self.bound("refund_failure", refund["id"])
            self.assertEqual(
                back.saas_balance_transaction_id, refund["failure_balance_transaction"]
            )
            self.assertEqual(str(back.date), "2026-01-04")
            parked = self.inbox("parked")
            self.assertEqual(set(parked.mapped("error_code")), {"refund_failed"})

        self.in_any_order(check)

    # ── disputes ─────────────────────────────────────────────────────────────────────────────

    def _dispute(self, invoice_id, **options):
        self.later(days=10)
        return self.simulator.act("open_dispute", charge=self.charge_of(invoice_id), **options)[
            "id"
        ]

    def _decide(self, dispute_id, outcome):
        self.later(days=5)
        self.simulator.act("decide_dispute", dispute=dispute_id, outcome=outcome)

    def test_a_dispute_is_won(self):
        dispute_id = self._dispute(self.bill())
        with self.env.cr.savepoint() as savepoint:
            self.sync()
            self.assertEqual((self.clearing, self.disputed), (0.0, 120.0))
            dispute = self.bound("dispute", dispute_id)
            self.assertEqual(dispute.opened_at, datetime(2026, 1, 11))
            self.assertGreater(dispute.due_at, dispute.opened_at)
            savepoint.rollback()
        self._decide(dispute_id, "won")

        def check():
            self.assertNothingStuck()
            self.assertEqual((self.owed, self.clearing, self.disputed), (0.0, 120.0, 0.0))
            self.assertEqual(self.bound("dispute", dispute_id).state, "won")

        self.in_any_order(check)

    def test_a_dispute_about_a_part_is_lost(self):
        invoice_id = self.bill()
        dispute_id = self._dispute(invoice_id, amount=50_00)
        self._decide(dispute_id, "lost")

        def check():
            self.assertNothingStuck()
            self.assertEqual((self.owed, self.clearing, self.disputed), (50.0, 70.0, 0.0))
            self.proposal(dispute_id).action_approve()
            self.assertEqual((self.owed, self.clearing), (0.0, 70.0))
            self.assertEqual(self.invoice(invoice_id).amount_residual, 0.0)

        self.in_any_order(check)

    def test_an_inquiry_ends_without_money(self):
        dispute_id = self._dispute(self.bill(), inquiry=True)
        self._decide(dispute_id, "lost")

        def check():
            self.assertNothingStuck()
            self.assertEqual((self.owed, self.clearing, self.disputed), (0.0, 120.0, 0.0))
            self.assertEqual(self.bound("dispute", dispute_id).state, "closed")

        self.in_any_order(check)

    def test_an_inquiry_becomes_a_dispute(self):
        dispute_id = self._dispute(self.bill(), inquiry=True)
        self._decide(dispute_id, "escalated")

        def check():
            self.assertNothingStuck()
            self.assertEqual((self.clearing, self.disputed), (0.0, 120.0))

        self.in_any_order(check)
