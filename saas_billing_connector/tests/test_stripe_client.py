"""The client over real HTTP: pages, patience, outcomes, and never the key."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import requests
import stripe
from odoo.tests import tagged

from ..canonical import NeedsHuman, Transient
from ..providers.stripe import API_VERSION
from ..providers.stripe.client import RETRIES
from ..providers.stripe.failures import outcome_of
from ..providers.stripe.transport import LONGEST_PAUSE, TIMEOUT, StripeTransport
from .simulated import KEY, START, SimulatedCase


@tagged("post_install", "-at_install")
class TestStripeClient(SimulatedCase):
    def setUp(self):
        super().setUp()
        self.reader = self.connection._get_reader()

    def customers(self):
        return [customer["name"] for customer in self.reader.iterate("customer")]

    def fail(self, status, **options):
        return self.simulator.api_faults.add(status, **options)

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    def test_long_lists_are_read_to_their_end_and_in_order(self):
        for number in range(130):
            self.ask("customers", name=f"{number:03d}")
        self.assertEqual(self.customers(), [f"{number:03d}" for number in reversed(range(130))])
        self.assertEqual(self.reader.take_counts()["calls", ""], 2)

    def test_an_invoice_comes_with_all_its_lines(self):
        customer = self.ask("customers", name="Ada")["id"]
        for number in range(12):
            self.ask("invoiceitems", customer=customer, amount=100 + number, currency="usd")
        self.ask("invoices", customer=customer, pending_invoice_items_behavior="include")
        (invoice,) = self.reader.iterate("invoice")
        self.assertEqual(len(invoice["lines"]["data"]), 12)
        self.assertFalse(invoice["lines"]["has_more"])
        (again,) = self.reader.fetch("invoice", invoice["id"]).objects
        self.assertEqual(again, invoice)

    def test_what_stripe_leaves_out_is_asked_for(self):
        customer = self.ask("customers", name="Ada")["id"]
        self.ask(f"customers/{customer}/tax_ids", type="eu_vat", value="DE123456789")
        product = self.ask("products", name="Plan")["id"]
        price = self.ask(
            "prices",
            product=product,
            currency="usd",
            billing_scheme="tiered",
            tiers_mode="volume",
            recurring={"interval": "month"},
            tiers=[{"up_to": "inf", "unit_amount": 100}],
        )["id"]
        for object_type, external_id, name in (
            ("customer", customer, "tax_ids"),
            ("price", price, "tiers"),
        ):
            (listed,) = self.reader.iterate(object_type)
            (fetched,) = self.reader.fetch(object_type, external_id).objects
            self.assertTrue(listed[name])
            self.assertEqual(listed, fetched)

    def test_money_is_found_by_its_payment_intent_and_by_its_charge(self):
        self.subscribe()
        (payment,) = self.reader.iterate("payment")
        (charge,) = self.reader.iterate("charge")
        intent = payment["payment"]["payment_intent"]
        self.assertEqual(self.reader.fetch("payment_intent", intent).objects, [payment])
        self.assertEqual(self.reader.fetch("charge", charge["id"]).objects, [payment])

    def test_credit_that_a_line_refers_to_is_found_with_its_grant(self):
        grant = self.ask(
            "billing/credit_grants",
            customer=self.ask("customers", name="Ada")["id"],
            category="paid",
            amount={"type": "monetary", "monetary": {"currency": "usd", "value": 500}},
            applicability_config={"scope": {"price_type": "metered"}},
        )
        (granted,) = self.reader.iterate("credit_balance_transaction")
        (found,) = self.reader.fetch("credit_balance_transaction", granted["id"]).objects
        self.assertEqual(found["credit_grant"], grant["id"])
        (found,) = self.reader.fetch("credit_grant", grant["id"]).objects
        self.assertEqual(found["category"], "paid")

    def test_invoice_items_are_listed_while_they_wait(self):
        customer = self.ask("customers", name="Ada")["id"]
        self.ask("invoiceitems", customer=customer, amount=100, currency="usd")
        self.ask("invoices", customer=customer, pending_invoice_items_behavior="include")
        waiting = self.ask("invoiceitems", customer=customer, amount=200, currency="usd")
        since = datetime.fromtimestamp(waiting["date"], UTC)
        page = self.reader.page("invoice_item", since=since, until=since + timedelta(days=1))
        self.assertEqual([each["id"] for each in page.objects], [waiting["id"]])
        self.assertEqual(page.reached_at, since)
        self.assertEqual(list(self.reader.iterate("invoice_item", until=since)), [])

    def test_what_does_not_exist_is_an_empty_answer(self):
        for object_type in ("customer", "invoice", "charge", "payment_intent"):
            self.assertEqual(self.reader.fetch(object_type, "x_absent").objects, [], object_type)

    def test_every_request_names_the_pinned_version(self):
        with patch.object(
            StripeTransport, "request", autospec=True, side_effect=StripeTransport.request
        ) as request:
            self.customers()
        _self, method, url, headers, *_rest = request.call_args.args
        self.assertEqual((method, headers["Stripe-Version"]), ("get", API_VERSION))
        self.assertTrue(url.startswith(self.simulator.url))

    def test_the_moment_of_reading_is_stripe_s_and_never_too_late(self):
        page = self.reader.page("customer")
        self.assertLess(page.read_at, START.timestamp())
        self.assertGreater(page.read_at, START.timestamp() - 60)

    # ── patience ─────────────────────────────────────────────────────────────────────────────

    def test_too_many_requests_outages_and_cut_connections_are_repeated(self):
        self.ask("customers", name="Ada")
        for status in (429, 500, 503, 0):
            self.fail(status, count=2)
            self.assertEqual(self.customers(), ["Ada"], status)
        counts = self.reader.take_counts()
        self.assertEqual(counts["calls", ""], 12)
        self.assertEqual(
            {label: number for (name, label), number in counts.items() if name == "errors"},
            {"429": 2, "500": 2, "503": 2, "connection": 2},
        )

    def test_the_pause_that_stripe_asks_for_is_kept(self):
        self.fail(429, retry_after=7)
        self.customers()
        self.assertGreaterEqual(self.pauses.call_args.args[0], 7)

    def test_a_long_pause_is_left_to_the_back_off_of_the_caller(self):
        self.fail(429, retry_after=LONGEST_PAUSE + 1)
        with self.assertRaises(Transient):
            self.customers()
        self.pauses.assert_not_called()

    def test_an_answer_that_does_not_come_is_given_up(self):
        silence = requests.exceptions.ReadTimeout("no answer")
        with (
            patch.object(requests.Session, "request", side_effect=silence) as asked,
            self.assertRaises(Transient),
        ):
            self.customers()
        self.assertEqual(asked.call_count, RETRIES + 1)
        self.assertEqual({each.kwargs["timeout"] for each in asked.call_args_list}, {TIMEOUT})

    def test_what_stays_broken_is_transient(self):
        table = {429: "stripe_busy", 503: "stripe_error", 0: "stripe_unreachable"}
        for status, code in table.items():
            fault = self.fail(status, count=100)
            with self.assertRaises(Transient) as caught:
                self.customers()
            self.assertEqual(caught.exception.code, code)
            self.assertEqual(fault.count, 96, "four tries")
            fault.count = 0

    # ── refusals ─────────────────────────────────────────────────────────────────────────────

    def test_a_missing_permission_is_named(self):
        self.simulator.keys.restrict(KEY, {"customer": "read"})
        self.assertEqual(self.customers(), [])
        with self.assertRaises(NeedsHuman) as caught:
            list(self.reader.iterate("invoice"))
        outcome = caught.exception
        self.assertEqual((outcome.code, outcome.key), ("stripe_permission", "rak_invoice_read"))

    def test_no_message_ever_holds_a_key(self):
        self.simulator.keys.restrict(KEY, {})
        with self.assertRaises(NeedsHuman) as caught:
            self.customers()
        texts = [str(caught.exception)]
        said = f"Invalid API Key provided: {KEY}"
        for kind in (
            stripe.AuthenticationError,
            stripe.PermissionError,
            stripe.RateLimitError,
            stripe.APIConnectionError,
            stripe.APIError,
        ):
            texts.append(outcome_of(kind(said)).message)
        texts.append(outcome_of(stripe.InvalidRequestError(said, param="x")).message)
        for text in texts:
            self.assertNotIn(KEY[8:], text)
            self.assertNotIn(KEY[-6:], text)

    def test_a_key_that_stripe_does_not_know_needs_a_person(self):
        outcome = outcome_of(stripe.AuthenticationError("Invalid API Key provided: rk_test_1"))
        self.assertEqual((outcome.code, outcome.key), ("stripe_key", "read_key"))

    def test_calls_are_counted_with_the_transaction_that_made_them(self):
        self.connection._get_reader().fetch("customer", "cus_absent")
        self.env.cr.precommit.run()
        metrics = self.env["saas.billing.metric"].search(
            [("connection_id", "=", self.connection.id), ("name", "=like", "api_%")]
        )
        values = {(each.name, each.label): each.value for each in metrics}
        self.assertEqual((values["api_calls", ""], values["api_errors", "404"]), (1, 1))
        self.assertIn(("api_milliseconds", ""), values)
