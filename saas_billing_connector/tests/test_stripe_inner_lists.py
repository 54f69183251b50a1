"""Lists inside objects, which Stripe cuts: read whole, or the event is parked."""

import json

from odoo.tests import tagged

from ..canonical import InvalidData
from ..providers.stripe import API_VERSION, cut_lists, normalise_object
from ..providers.stripe.inner_lists import INNER_LISTS
from .simulated import SimulatedCase


@tagged("post_install", "-at_install")
class TestStripeInnerLists(SimulatedCase):
    def setUp(self):
        super().setUp()
        product = self.ask("products", name="Plan")
        price = {"product": product["id"], "currency": "usd", "recurring": {"interval": "month"}}
        prices = [self.ask("prices", unit_amount=100 * (n + 1), **price) for n in range(12)]
        self.subscription = self.ask(
            "subscriptions",
            customer=self.customer_with_tax_ids()["id"],
            items=[{"price": each["id"]} for each in prices],
        )
        self.invoice = self.simulator.request(
            "GET", f"/v1/invoices/{self.subscription['latest_invoice']}"
        )

    def customer_with_tax_ids(self):
        card = {"payment_method": "pm_card_visa"}
        card["invoice_settings"] = {"default_payment_method": "pm_card_visa"}
        customer = self.ask("customers", name="Ada", **card)
        for number in (1, 2):
            tax_id = {"type": "eu_vat", "value": f"DE12345678{number}"}
            self.ask(f"customers/{customer['id']}/tax_ids", **tax_id)
        return customer

    def objects(self):
        """Canonical type → (an object with its lists whole, the same with them cut)."""
        note = self.ask(
            "credit_notes",
            invoice=self.invoice["id"],
            refund_amount=300,
            lines=[
                {"type": "invoice_line_item", "invoice_line_item": line["id"], "amount": 100}
                for line in self.invoice["lines"]["data"][:3]
            ],
        )
        customer = self.simulator.request(
            "GET", f"/v1/customers/{self.subscription['customer']}", {"expand": ["tax_ids"]}
        )
        subscription = self.subscription
        invoice = self.connection._get_reader().complete("invoice", {**self.invoice})
        found = {
            "credit_note": note,
            "customer": customer,
            "invoice": invoice,
            "subscription": subscription,
        }
        return {
            name: (obj, obj | {field: self.cut(obj[field])})
            for name, obj in found.items()
            for field in (INNER_LISTS[name][0].field,)
        }

    def cut(self, listed):
        return {**listed, "data": listed["data"][:1], "has_more": True}

    def test_every_list_that_is_read_is_completed(self):
        reader = self.connection._get_reader()
        objects = self.objects()
        self.assertEqual(objects.keys(), INNER_LISTS.keys())
        for canonical_type, (whole, cut) in objects.items():
            with self.subTest(canonical_type):
                (inner,) = cut_lists(canonical_type, cut)
                with self.assertRaises(InvalidData):
                    normalise_object(canonical_type, cut, API_VERSION)
                completed = reader.complete(canonical_type, cut)[inner.field]
                ids = {entry["id"] for entry in whole[inner.field]["data"]}
                self.assertEqual({entry["id"] for entry in completed["data"]}, ids)
                self.assertFalse(completed["has_more"])

    def test_the_drain_fetches_what_an_event_of_any_version_was_cut_of(self):
        self.assertTrue(self.invoice["lines"]["has_more"])
        handled = []
        self.handle_with(lambda _handler, batch: handled.extend(batch), "invoice")
        for version in ("2024-06-20", API_VERSION):
            _status, text, _id = self.simulator.answer(
                "GET", f"/v1/invoices/{self.invoice['id']}", {}, version=version
            )
            event = self.event("invoice.finalized", {}, api_version=version)
            event["data"]["object"] = json.loads(text)
            row = self.receive(event)
            self.process(row)
            self.assertEqual((row.state, row.error_message), ("done", False))
        old, new = (change.record for change in handled)
        self.assertEqual(len(new.lines), 12)
        self.assertEqual(old, new)

    def test_an_outage_holds_a_batch_only_once(self):
        self.handle_with(lambda _handler, batch: None, "invoice")
        invoices = [self.invoice | {"id": f"in_{number}"} for number in range(5)]
        rows = self.receive(*(self.event("invoice.finalized", each) for each in invoices))
        self.simulator.api_faults.add(503, count=4)
        self.process(rows)
        self.assertEqual(set(rows.mapped("state")), {"retry"})
        self.assertEqual(set(rows.mapped("error_code")), {"stripe_error"})

    def test_without_a_read_key_half_a_document_parks(self):
        self.handle_with(lambda _handler, batch: None, "invoice")
        for reference in (False, "env:SAAS_TEST_NOT_ON_THIS_SERVER"):
            self.connection.read_key_ref = reference
            row = self.receive(self.event("invoice.finalized", self.invoice))
            self.process(row)
            self.assertEqual((row.state, row.issue_id.key), ("parked", "has_more"))

    def test_objects_without_lists_are_left_alone(self):
        for value in (None, [], {"data": []}, {"data": [], "has_more": False}):
            self.assertFalse(cut_lists("invoice", {"lines": value}))
        self.assertFalse(cut_lists("product", {"lines": {"has_more": True}}))
