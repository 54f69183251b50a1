"""Card data, secrets and idle personal data never reach the database."""

import copy
import hashlib
import json

from odoo.tests import tagged

from ..providers.stripe import Envelope, minimise
from .common import ConnectorCase

#: What must never be found in a stored body: digits, fingerprints, names, addresses, secrets.
TELLING = (
    "4242",
    "Xt5EWLLDS7FJjR1c",
    "DE89370400440532013000",
    "Ada Holder",
    "holder@example.com",
    "receipt@example.com",
    "Secret Lane 1",
    "203.0.113.7",
    "_secret_",
    "pay.stripe.com/receipts",
    "risk_score",
    "exp_year",
)
CARD = {
    "id": "card_1",
    "object": "card",
    "last4": "4242",
    "exp_month": 8,
    "exp_year": 2031,
    "fingerprint": "Xt5EWLLDS7FJjR1c",
    "name": "Ada Holder",
    "address_line1": "Secret Lane 1",
}
ADDRESS = {"line1": "Secret Lane 1", "city": "Bern", "country": "CH"}
BILLING = {"name": "Ada Holder", "email": "holder@example.com", "address": ADDRESS}
METHOD = {
    "id": "pm_1",
    "object": "payment_method",
    "type": "card",
    "customer": "cus_1",
    "billing_details": BILLING,
    "card": {key: CARD[key] for key in ("last4", "exp_month", "exp_year", "fingerprint")},
}
CHARGE = {
    "id": "ch_1",
    "object": "charge",
    "amount": 2000,
    "amount_captured": 2000,
    "currency": "usd",
    "created": 1767225600,
    "customer": "cus_1",
    "invoice": "in_1",
    "status": "succeeded",
    "failure_code": None,
    "billing_details": BILLING,
    "fraud_details": {},
    "outcome": {"risk_level": "normal", "risk_score": 23},
    "payment_intent": "pi_1",
    "payment_method": "pm_1",
    "payment_method_details": {"type": "card", "card": METHOD["card"]},
    "receipt_email": "receipt@example.com",
    "receipt_url": "https://pay.stripe.com/receipts/x",
    "shipping": {"name": "Ada Holder", "address": ADDRESS},
    "source": CARD,
    "metadata": {"order": "77"},
}
INTENT = {
    "id": "pi_1",
    "object": "payment_intent",
    "amount": 2000,
    "client_secret": "pi_1_secret_x",
    "charges": {"object": "list", "data": [CHARGE]},
    "last_payment_error": {"code": "card_declined", "payment_method": METHOD, "source": CARD},
    "next_action": {"iban": "DE89370400440532013000"},
    "payment_method": METHOD,
}
CUSTOMER = {
    "id": "cus_1",
    "object": "customer",
    "name": "Ada",
    "email": "ada@example.com",
    "address": {"line1": "Invoice Street 2", "country": "DE"},
    "default_source": CARD,
    "sources": {"object": "list", "data": [CARD]},
    "shipping": {"name": "Ada Holder", "address": ADDRESS},
    "tax": {"ip_address": "203.0.113.7", "location": {"country": "DE"}},
}


@tagged("post_install", "-at_install")
class TestStripeMinimise(ConnectorCase):
    def minimised(self, event_type, obj, **data):
        event = self.event(event_type, copy.deepcopy(obj))
        event["data"] |= copy.deepcopy(data)
        row = self.receive(event)
        for telling in TELLING:
            self.assertNotIn(telling, row.body, event_type)
        return row, Envelope.parse(row.body).obj

    def test_a_charge_keeps_what_the_books_need(self):
        _row, obj = self.minimised("charge.succeeded", CHARGE)
        for name in ("id", "amount", "amount_captured", "customer", "invoice", "metadata"):
            self.assertEqual(obj[name], CHARGE[name])
        self.assertEqual(obj["source"], "card_1")

    def test_a_payment_keeps_ids_of_what_was_expanded(self):
        _row, obj = self.minimised("payment_intent.payment_failed", INTENT)
        self.assertEqual(obj["payment_method"], "pm_1")
        self.assertEqual(obj["last_payment_error"]["code"], "card_declined")
        self.assertEqual(obj["charges"]["data"][0]["amount"], 2000)

    def test_a_customer_keeps_the_invoicing_data(self):
        _row, obj = self.minimised("customer.updated", CUSTOMER)
        self.assertEqual((obj["email"], obj["address"]), (CUSTOMER["email"], CUSTOMER["address"]))
        self.assertEqual((obj["default_source"], obj["sources"]["data"]), ("card_1", ["card_1"]))
        self.assertEqual(obj["tax"], {"location": {"country": "DE"}})

    def test_an_event_about_a_card_keeps_little_more_than_its_id(self):
        before = {"card": METHOD["card"], "billing_details": BILLING}
        row, obj = self.minimised("payment_method.updated", METHOD, previous_attributes=before)
        self.assertEqual(obj.keys(), {"id", "object", "type", "customer"})
        self.assertEqual(json.loads(row.body)["data"]["previous_attributes"], {})
        issued = {"id": "ic_1", "object": "issuing.card", "number": "4242", "cvc": "123"}
        _row, obj = self.minimised("issuing_card.created", issued)
        self.assertEqual(obj, {"id": "ic_1", "object": "issuing.card"})

    def test_the_values_before_a_change_are_minimised_too(self):
        before = {"receipt_email": "receipt@example.com", "shipping": CHARGE["shipping"]}
        row, _obj = self.minimised("charge.updated", CHARGE, previous_attributes=before)
        self.assertEqual(json.loads(row.body)["data"]["previous_attributes"], {})

    def test_what_carries_nothing_of_that_kind_is_stored_byte_for_byte(self):
        text = json.dumps(self.event(), indent=3) + "\n"
        envelope = Envelope.parse(text)
        self.env["saas.billing.event"]._store(self.connection.id, envelope, text)
        row = self.env["saas.billing.event"].search([("external_id", "=", envelope.external_id)])
        self.assertEqual(row.body, text)
        self.assertFalse(row.received_sha256)

    def test_the_digests_are_of_what_is_stored_and_of_what_was_received(self):
        event = self.event("charge.succeeded", copy.deepcopy(CHARGE))
        received = json.dumps(event)
        row = self.receive(event)
        self.assertEqual(row.body_sha256, hashlib.sha256(row.body.encode()).hexdigest())
        self.assertEqual(row.received_sha256, hashlib.sha256(received.encode()).hexdigest())
        self.assertEqual(row.content_sha256, Envelope.parse(row.body).content_sha256)
        self.receive(event)
        self.assertFalse(row.search([("conflict_of_id", "=", row.id)]))

    def test_removing_twice_removes_nothing_more(self):
        for obj in (CHARGE, INTENT, CUSTOMER, METHOD):
            event = self.event("some.type", copy.deepcopy(obj))
            self.assertTrue(minimise(event))
            self.assertFalse(minimise(event))
