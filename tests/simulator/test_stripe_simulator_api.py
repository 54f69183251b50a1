"""The simulator's REST API through Stripe's own library, and the control beside it."""

import json
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest
import stripe

from tests.stripe_simulator import SimulatorClient, StripeSimulator
from tests.stripe_simulator.errors import StripeError
from tests.stripe_simulator.server import PortInUse

ROOT = Path(__file__).resolve().parents[2]
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def simulator():
    simulator = StripeSimulator(START, seed=5)
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture(scope="module")
def api(simulator):
    """The library's client, talking to the simulator."""
    return stripe.StripeClient("sk_test_1", base_addresses={"api": simulator.url}).v1


@pytest.fixture(scope="module")
def price(api):
    product = api.products.create({"name": "Plan", "metadata": {"plan": "1"}})
    return api.prices.create(
        {
            "product": product.id,
            "currency": "usd",
            "unit_amount": 99_00,
            "recurring": {"interval": "month"},
            "lookup_key": "plan",
        }
    )


@pytest.fixture(scope="module")
def subscription(api, price):
    customer = api.customers.create(
        {
            "name": "Ada Example",
            "address": {"line1": "1 Loop Road", "country": "GB"},
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }
    )
    return api.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id, "quantity": 2}]}
    )


def test_objects_make_the_round_trip(api, subscription):
    found = api.subscriptions.retrieve(subscription.id, {"expand": ["customer"]})
    assert found.customer.address.country == "GB"
    assert found["items"].data[0].quantity == 2
    changed = api.customers.update(found.customer.id, {"metadata": {"a": "1", "b": "2"}})
    assert changed.metadata.to_dict() == {"a": "1", "b": "2"}
    changed = api.customers.update(found.customer.id, {"metadata": {"a": ""}})
    assert changed.metadata.to_dict() == {"b": "2"}


def test_money_can_be_followed_from_invoice_to_balance(api, subscription):
    invoice = api.invoices.retrieve(subscription.latest_invoice, {"expand": ["payments"]})
    intent_id = invoice.payments.data[0].payment.payment_intent
    expand = ["latest_charge.balance_transaction"]
    intent = api.payment_intents.retrieve(intent_id, {"expand": expand})
    entry = intent.latest_charge.balance_transaction
    assert (entry.amount, entry.fee, entry.net) == (198_00, 6_04, 191_96)
    found = api.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": intent_id}}
    )
    assert [payment.invoice for payment in found.data] == [invoice.id]


def test_lines_are_paged_by_their_own_address(api, subscription):
    customer = subscription.customer
    for number in range(12):
        api.invoice_items.create({"customer": customer, "amount": 100 + number, "currency": "usd"})
    invoice = api.invoices.create(
        {"customer": customer, "pending_invoice_items_behavior": "include"}
    )
    assert len(invoice.lines.data) == 10
    assert invoice.lines.has_more
    lines = list(api.invoices.line_items.list(invoice.id, {"limit": 5}).auto_paging_iter())
    assert [line.amount for line in lines] == [100 + number for number in range(12)]
    api.invoices.delete(invoice.id)


@pytest.fixture(scope="module")
def coupons(api):
    """Twenty-five coupons, newest first, by id."""
    made = [api.coupons.create({"percent_off": 5, "id": f"C{n:02d}"}).id for n in range(25)]
    return made[::-1]


def test_pages_forward(api, coupons):
    pages, cursor = [], {}
    while True:
        page = api.coupons.list({"limit": 10, **cursor})
        pages.append([coupon.id for coupon in page.data])
        if not page.has_more:
            break
        cursor = {"starting_after": page.data[-1].id}
    assert [len(page) for page in pages] == [10, 10, 5]
    assert sum(pages, []) == coupons
    assert [each.id for each in api.coupons.list({"limit": 3}).auto_paging_iter()] == coupons


def test_pages_backward(api, coupons):
    page = api.coupons.list({"limit": 10, "ending_before": coupons[15]})
    assert [each.id for each in page.data] == coupons[5:15]
    assert page.has_more
    page = api.coupons.list({"limit": 10, "ending_before": coupons[4]})
    assert [each.id for each in page.data] == coupons[:4]
    assert not page.has_more


@pytest.mark.parametrize("limit", [0, 101])
def test_limits_of_pages(api, limit):
    with pytest.raises(stripe.InvalidRequestError):
        api.coupons.list({"limit": limit})


def test_created_filters(simulator, api, coupons):
    now = simulator.world.now
    assert len(api.coupons.list({"created": {"gte": now}, "limit": 100}).data) == 25
    assert api.coupons.list({"created": {"gt": now}}).data == []
    assert api.coupons.list({"created": {"lt": now}}).data == []
    assert len(api.coupons.list({"created": now, "limit": 100}).data) == 25


def test_lists_are_filtered(api, subscription, price):
    assert [each.id for each in api.prices.list({"lookup_keys": ["plan"]}).data] == [price.id]
    assert api.prices.list({"lookup_keys": ["none"]}).data == []
    found = api.invoices.list({"subscription": subscription.id, "status": "paid"})
    assert [invoice.id for invoice in found.data] == [subscription.latest_invoice]
    assert api.invoices.list({"subscription": subscription.id, "status": "open"}).data == []


def test_cancelled_subscriptions_are_listed_only_when_asked(api, price):
    customer = api.customers.create({"payment_method": "pm_card_visa"}).id
    gone = api.subscriptions.create(
        {"customer": customer, "items": [{"price": price.id}], "trial_period_days": 5}
    )
    api.subscriptions.cancel(gone.id)
    assert api.subscriptions.list({"customer": customer}).data == []
    for status in ("all", "ended", "canceled"):
        listed = api.subscriptions.list({"customer": customer, "status": status}).data
        assert [each.id for each in listed] == [gone.id]


def test_events_are_listed_by_type_and_age(simulator, api, subscription):
    paid = api.events.list({"type": "invoice.paid"}).data
    assert subscription.latest_invoice in [event.data.object.id for event in paid]
    kinds = {event.type for event in api.events.list({"types": ["price.*", "product.*"]}).data}
    assert kinds == {"price.created", "product.created"}
    event = api.events.retrieve(paid[0].id)
    assert event.api_version == "2026-08-26.dahlia"
    older = api.events.list({"starting_after": paid[-1].id, "limit": 1}).data
    newer = api.events.list({"ending_before": older[0].id, "limit": 1}).data
    assert newer[0].id == paid[-1].id


def test_events_are_kept_for_thirty_days():
    simulator = StripeSimulator(START)
    simulator.request("POST", "/v1/products", {"name": "Plan"})
    event = simulator.events[0]["id"]
    simulator.advance_to(datetime(2026, 1, 31, tzinfo=UTC))
    assert simulator.request("GET", f"/v1/events/{event}")["id"] == event
    simulator.advance_to(datetime(2026, 1, 31, 0, 0, 1, tzinfo=UTC))
    assert simulator.request("GET", "/v1/events")["data"] == []
    with pytest.raises(StripeError):
        simulator.request("GET", f"/v1/events/{event}")


def test_errors_have_stripes_shape(api):
    with pytest.raises(stripe.InvalidRequestError) as missing:
        api.invoices.retrieve("in_none")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        api.customers.create({"nonsense": "1"})
    assert (unknown.value.code, unknown.value.param) == ("parameter_unknown", "nonsense")
    with pytest.raises(stripe.InvalidRequestError) as absent:
        api.subscriptions.create({})
    assert (absent.value.code, absent.value.param) == ("parameter_missing", "customer")
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        api.customers.list({"expand": ["data.nonsense"]})


def test_a_declined_card_is_a_card_error(api, price):
    card = "pm_card_chargeCustomerFail"
    customer = api.customers.create(
        {"payment_method": card, "invoice_settings": {"default_payment_method": card}}
    )
    subscription = api.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}]}
    )
    with pytest.raises(stripe.CardError) as declined:
        api.invoices.pay(subscription.latest_invoice)
    assert declined.value.code == "card_declined"


@pytest.mark.parametrize("key", ["", "sk_live_1", "nonsense"])
def test_only_test_keys_open(simulator, key):
    client = stripe.StripeClient(key or "x", base_addresses={"api": simulator.url})
    with pytest.raises(stripe.AuthenticationError):
        client.v1.customers.list()


def test_the_library_of_old_style_and_basic_authentication(simulator):
    request = urllib.request.Request(f"{simulator.url}/v1/account")
    request.add_header("Authorization", "Basic cmtfdGVzdF8xOg==")
    with urllib.request.urlopen(request) as response:
        assert json.load(response)["id"].startswith("acct_")
        assert response.headers["Stripe-Version"] == "2026-08-26.dahlia"


def test_idempotency_keys_repeat_the_answer(api):
    options = {"idempotency_key": "once"}
    first = api.customers.create({"name": "Once"}, options)
    assert api.customers.create({"name": "Once"}, options).id == first.id
    with pytest.raises(stripe.IdempotencyError):
        api.customers.create({"name": "Twice"}, options)


def test_an_endpoint_shows_its_secret_once(api):
    made = api.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
    assert made.secret.startswith("whsec_")
    assert "secret" not in api.webhook_endpoints.retrieve(made.id)
    api.webhook_endpoints.update(made.id, {"disabled": True})
    assert api.webhook_endpoints.retrieve(made.id).status == "disabled"
    assert api.webhook_endpoints.delete(made.id).deleted


def test_test_clocks_move_the_one_clock():
    simulator = StripeSimulator(START)
    clock = simulator.request(
        "POST", "/v1/test_helpers/test_clocks", {"frozen_time": simulator.world.now}
    )
    path = f"/v1/test_helpers/test_clocks/{clock['id']}"
    target = simulator.world.now + 3600
    simulator.request("POST", f"{path}/advance", {"frozen_time": target})
    assert simulator.request("GET", path)["frozen_time"] == simulator.world.now == target


# Control


def test_control_over_http(simulator):
    client = SimulatorClient(simulator.url)
    assert client.control("GET", "health")["status"] == "ok"
    before = client.now
    result = client.advance_to(before.replace(hour=before.hour + 1))
    assert result["now"] == simulator.world.now
    state = client.control("POST", "faults", {"kind": "duplicate", "rate": 0.5})
    assert state["faults"][0]["kind"] == "duplicate"
    assert client.control("DELETE", "faults")["faults"] == []
    assert client.control("POST", "redeliver", {"types": ["nothing.*"]}) == {"events": 0}
    assert client.control("POST", "drain") == {"done": True}
    with pytest.raises(StripeError, match="Unknown fault"):
        client.control("POST", "faults", {"kind": "gremlins"})
    with pytest.raises(StripeError, match="Bad control request"):
        client.control("POST", "clock/advance", {"to": "2001-01-01"})
    with pytest.raises(StripeError, match="Unknown control request"):
        client.control("GET", "nonsense")


def test_a_busy_port_is_named(simulator):
    port = int(simulator.url.rpartition(":")[2])
    with pytest.raises(PortInUse, match=f"Port {port} on 127.0.0.1 is in use"):
        StripeSimulator().start(port)
    done = subprocess.run(
        [sys.executable, "-m", "tests.stripe_simulator", "--port", str(port)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "is in use" in done.stderr


def test_command_line_serves_until_stopped():
    command = [sys.executable, "-m", "tests.stripe_simulator", "--port", "0"]
    command += ["--start", "2026-03-01"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        url = line.split()[3].rstrip(",")
        assert SimulatorClient(url).now == datetime(2026, 3, 1, tzinfo=UTC)
        process.terminate()
        assert process.wait(10) == 0
