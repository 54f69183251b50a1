"""What an invoice says of itself stays as it was billed."""

from decimal import Decimal

from odoo.addons.saas_billing_connector import canonical

from . import factory
from .common import SyncCase


class TestInvoiceFace(SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver_catalog()

    def _bill(self, **values):
        self.assertDone(*self.deliver(factory.invoice(**values)))
        return self.bound("invoice", "in_1")

    def test_billed_to_as_on_the_document(self):
        move = self._bill(
            customer_name="Ada Ltd.",
            customer_email="ada@example.com",
            customer_address=canonical.Address(
                street="1 Main St", city="Paris", zip="75001", country="FR"
            ),
            tax_ids=(("eu_vat", "FR123"), ("gb_vat", "GB9")),
            tax_exempt="reverse",
            terms="30 days net",
            memo="Thank you",
            pdf_url="https://pay.example.com/in_1.pdf",
            billing_reason="subscription_cycle",
            collection_method="send_invoice",
        )
        billed = {
            "saas_bill_name": "Ada Ltd.",
            "saas_bill_email": "ada@example.com",
            "saas_bill_address": "1 Main St\n75001 Paris\nFR",
            "saas_bill_tax_ids": "eu_vat FR123\ngb_vat GB9",
            "saas_tax_exempt": "reverse",
            "saas_terms": "30 days net",
            "saas_memo": "Thank you",
            "saas_pdf_url": "https://pay.example.com/in_1.pdf",
            "saas_billing_reason": "subscription_cycle",
            "saas_collection_method": "send_invoice",
        }
        self.assertRecordValues(move, [billed])
        self.deliver(factory.customer(name="Somebody Else"))
        self.deliver(
            factory.invoice(
                customer_name="Somebody Else", status="paid", pdf_url="https://pay.example.com/2"
            )
        )
        self.assertRecordValues(
            move, [{**billed, "saas_pdf_url": "https://pay.example.com/2", "saas_status": "paid"}]
        )

    def test_due_date_and_effective_date(self):
        move = self._bill(
            accounting_at=factory.at(2, 3), finalized_at=factory.at(2, 5), due_at=factory.at(3, 5)
        )
        self.assertEqual(
            (str(move.date), str(move.invoice_date), str(move.invoice_date_due)),
            ("2026-02-03", "2026-02-03", "2026-03-05"),
        )
        self.assertEqual(str(move.saas_issued_at), "2026-02-05 00:00:00")

    def test_due_before_the_date_is_due_at_once(self):
        move = self._bill(accounting_at=factory.at(2, 3), due_at=factory.at(1, 1))
        self.assertEqual(move.invoice_date_due, move.date)

    def test_usage_in_arrears_beside_the_next_period(self):
        january = factory.period(factory.at(1), factory.at(2))
        february = factory.period(factory.at(2), factory.at(3))
        self.deliver(
            factory.invoice(
                "in_1",
                factory.line("17.31", external_id="il_usage", period=january),
                factory.line("99", external_id="il_flat", period=february),
                accounting_at=factory.at(2),
            )
        )
        usage, flat = self.bound("invoice", "in_1").invoice_line_ids
        self.assertEqual(
            (str(usage.saas_service_start), str(usage.saas_service_last_day)),
            ("2026-01-01", "2026-01-31"),
        )
        self.assertEqual(
            (str(flat.saas_service_start), str(flat.saas_service_last_day)),
            ("2026-02-01", "2026-02-28"),
        )

    def test_discounts_of_line_and_invoice_are_shown(self):
        self.deliver(
            factory.invoice(
                "in_1",
                factory.line("100", discount_amount=Decimal("15.50")),
                factory.line("50", external_id="il_2"),
            )
        )
        move = self.bound("invoice", "in_1")
        self.assertEqual(move.invoice_line_ids.mapped("saas_discount_amount"), [15.5, 0.0])
        self.assertEqual(move.amount_total, 134.5)

    def test_uncollectible_asks_a_person_once_until_it_is_settled(self):
        self.connection.sudo().user_id = self.env.user
        given_up = {"status": "uncollectible", "uncollectible_at": factory.at(4)}
        move = self._bill(**given_up)
        self.deliver(factory.invoice(**given_up))
        kind = self.env.ref("saas_subscription_sync.mail_activity_type_uncollectible")
        activity = move.activity_ids.filtered(lambda each: each.activity_type_id == kind)
        self.assertEqual((len(activity), activity.user_id), (1, self.env.user))
        self.assertEqual(
            (move.amount_residual, str(move.saas_uncollectible_at)[:10]), (1440.0, "2026-04-01")
        )
        self.deliver(factory.invoice(status="paid", uncollectible_at=factory.at(4)))
        self.assertFalse(move.activity_ids.filtered(lambda each: each.activity_type_id == kind))
