"""From Stripe's objects to canonical records."""

import json
from datetime import UTC, datetime
from decimal import Decimal

from odoo.tests import BaseCase, tagged
from odoo.tools import file_open

from ..canonical import InvalidData
from ..providers.stripe import Envelope, normalise, normalise_object

FIXTURES = "saas_billing_connector/tests/fixtures/2026-08-26.dahlia"


def fixture(event_type):
    with file_open(f"{FIXTURES}/{event_type}.json") as source:
        return Envelope.parse(source.read())


@tagged("post_install", "-at_install")
class TestStripeNormalise(BaseCase):
    def test_finalised_invoice_with_proration_discount_and_taxes(self):
        record, _previous, _version = normalise(fixture("invoice.finalized"), "invoice")
        self.assertEqual(
            (record.status, record.currency, record.number), ("open", "USD", "ACME-0002")
        )
        self.assertEqual(record.total, Decimal("114.00"))
        self.assertEqual(record.accounting_at, datetime(2026, 3, 1, 10, tzinfo=UTC))
        credit, charge, fee = record.lines
        self.assertEqual((credit.amount, credit.proration), (Decimal("-50.00"), True))
        self.assertEqual((charge.amount, charge.subscription_item_id), (Decimal("100.00"), "si_1"))
        self.assertEqual(charge.period.end, datetime(2026, 4, 1, tzinfo=UTC))
        self.assertEqual((fee.net_amount, fee.discount_amount), (Decimal("45.00"), Decimal("5.00")))
        self.assertEqual(fee.period.start, fee.period.end)
        self.assertEqual(fee.taxes[0].rate_id, "txr_20")
        self.assertEqual(record.subscription_id, "sub_1")

    def test_inclusive_tax_is_no_revenue(self):
        envelope = fixture("invoice.finalized")
        line = envelope.obj["lines"]["data"][2]
        line["taxes"][0]["tax_behavior"] = "inclusive"
        envelope.obj["total"] -= line["taxes"][0]["amount"]
        record, _previous, _version = normalise(envelope, "invoice")
        self.assertEqual(record.lines[2].net_amount, Decimal("36.00"))

    def test_lines_that_do_not_add_up_are_invalid(self):
        envelope = fixture("invoice.finalized")
        envelope.obj["total"] += 1
        with self.assertRaises(InvalidData) as caught:
            normalise(envelope, "invoice")
        self.assertIn("add up to 114.00", caught.exception.message)

    def test_a_cut_list_is_never_booked(self):
        envelope = fixture("invoice.finalized")
        envelope.obj["lines"]["has_more"] = True
        with self.assertRaises(InvalidData):
            normalise(envelope, "invoice")

    def test_subscription_update_tells_the_state_before(self):
        record, previous, _version = normalise(
            fixture("customer.subscription.updated"), "subscription"
        )
        self.assertEqual(record.items[0].quantity, Decimal(3))
        self.assertEqual(previous.items[0].quantity, Decimal(2))
        self.assertEqual(record.items[0].mrr, Decimal("30.00"))
        self.assertEqual(previous.status, "active")
        self.assertEqual(record.status, "cancelling")

    def test_expandable_fields_may_be_objects(self):
        obj = fixture("customer.subscription.updated").obj
        obj["customer"] = {"id": "cus_1", "object": "customer"}
        self.assertEqual(normalise_object("subscription", obj).customer_id, "cus_1")

    def test_wrong_types_are_invalid_data_and_not_crashes(self):
        for change in (
            {"total": "11400"},
            {"lines": None},
            {"lines": {"data": [None]}},
            {"currency": 7},
        ):
            envelope = fixture("invoice.finalized")
            envelope.obj.update(change)
            with self.assertRaises(InvalidData):
                normalise(envelope, "invoice")

    def test_versions_sort_from_old_to_new(self):
        def version(created, event_type, number):
            body = {
                "id": number,
                "type": event_type,
                "created": created,
                "livemode": False,
                "data": {"object": {"id": "prod_1", "object": "product", "name": "Plan"}},
            }
            return normalise(Envelope.parse(json.dumps(body)), "product")[2]

        ordered = [
            version(9, "product.updated", "evt_z"),
            version(10, "product.created", "evt_y"),
            version(10, "product.updated", "evt_b"),
            version(10, "product.updated", "evt_c"),
            version(10, "product.deleted", "evt_a"),
        ]
        self.assertEqual(ordered, sorted(ordered))
