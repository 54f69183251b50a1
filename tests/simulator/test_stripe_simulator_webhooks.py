"""Webhooks of the simulator: signatures, retries, redelivery, and every fault switch."""

import time
from collections import Counter
from datetime import UTC, datetime

import pytest
import stripe

from tests.simulator.webhook_receiver import SECRET, Receiver
from tests.stripe_simulator import StripeSimulator
from tests.stripe_simulator.faults import KINDS, UNKNOWN_TYPE
from tests.stripe_simulator.signatures import header

QUICK = (0.01, 0.02, 0.03)


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def simulator(receiver):
    simulator = StripeSimulator(seed=3, retry_delays=QUICK)
    simulator.add_endpoint(receiver.url, SECRET)
    yield simulator
    simulator.stop()


def make_customers(simulator: StripeSimulator, count: int) -> list[str]:
    """Create customers, wait for their events, and return the ids of those events."""
    for number in range(count):
        simulator.request("POST", "/v1/customers", {"name": f"Customer {number}"})
    assert simulator.drain(10)
    return [event["id"] for event in simulator.events]


def test_the_library_accepts_the_signature():
    body = b'{"object": "event", "id": "evt_1"}'
    signature = header(body, ["whsec_new", "whsec_old"], int(time.time()))
    for secret in ("whsec_new", "whsec_old"):
        assert stripe.Webhook.construct_event(body, signature, secret)["id"] == "evt_1"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body + b" ", signature, "whsec_new")


def test_every_event_arrives_once_and_is_acknowledged(simulator, receiver):
    sent = make_customers(simulator, 5)
    assert sorted(receiver.ids) == sorted(sent)
    assert receiver.rejected == []
    assert [event["pending_webhooks"] for event in simulator.events] == [0] * 5


def test_event_body_is_the_event_of_the_api(simulator, receiver):
    make_customers(simulator, 1)
    assert {**receiver.events[0], "pending_webhooks": 0} == simulator.events[0]
    assert receiver.events[0]["api_version"] == "2026-08-26.dahlia"
    assert receiver.events[0]["request"]["id"].startswith("req_")


def test_only_enabled_types_are_sent(receiver):
    simulator = StripeSimulator(retry_delays=QUICK)
    simulator.add_endpoint(receiver.url, SECRET, enabled_events=["product.*"])
    simulator.request("POST", "/v1/customers", {})
    simulator.request("POST", "/v1/products", {"name": "Plan"})
    simulator.drain()
    assert [event["type"] for event in receiver.events] == ["product.created"]
    simulator.stop()


def test_an_endpoint_pins_its_version(receiver):
    simulator = StripeSimulator(retry_delays=QUICK)
    simulator.add_endpoint(receiver.url, SECRET, api_version="2026-06-24.dahlia")
    make_customers(simulator, 1)
    assert receiver.events[0]["api_version"] == "2026-06-24.dahlia"
    simulator.stop()


def test_advancing_counts_its_deliveries(simulator, receiver):
    make_customers(simulator, 1)
    counts = simulator.advance_to(datetime(2025, 9, 2, tzinfo=UTC))
    assert counts["delivered"] == counts["failed"] == 0


def test_a_refused_delivery_is_sent_again(simulator, receiver):
    receiver.answers = [500, 503]
    sent = make_customers(simulator, 1)
    assert receiver.ids == sent
    assert simulator.dispatcher.counts["retried"] == 2


def test_retries_are_bounded_and_what_failed_can_be_redelivered(simulator, receiver):
    receiver.answers = [500] * (len(QUICK) + 1)
    sent = make_customers(simulator, 1)
    assert receiver.ids == []
    assert simulator.dispatcher.counts["failed"] == 1
    assert simulator.events[0]["pending_webhooks"] == 1
    assert simulator.redeliver(only_waiting=True) == 1
    assert receiver.ids == sent


def test_a_dead_receiver_is_given_up():
    simulator = StripeSimulator(retry_delays=QUICK)
    gone = Receiver()
    gone.close()
    simulator.add_endpoint(gone.url, SECRET)
    make_customers(simulator, 2)
    assert simulator.dispatcher.counts["failed"] == 2
    simulator.stop()


def test_both_secrets_sign_while_one_is_rolled(simulator, receiver):
    endpoint = next(simulator.world.store.all("webhook_endpoint"))
    simulator.roll_secret(endpoint["id"])
    make_customers(simulator, 1)
    assert len(receiver.ids) == 1
    assert receiver.signatures[0].count("v1=") == 2
    simulator.roll_secret(endpoint["id"], keep_old=False)
    simulator.request("POST", "/v1/customers", {})
    simulator.drain()
    assert len(receiver.ids) == 1


def test_one_at_a_time_keeps_the_order(receiver):
    simulator = StripeSimulator(concurrency=1, retry_delays=QUICK)
    simulator.add_endpoint(receiver.url, SECRET)
    sent = make_customers(simulator, 10)
    assert receiver.ids == sent
    simulator.stop()


# Faults


def test_every_fault_has_a_test():
    tested = {name.removeprefix("test_fault_") for name in globals() if "test_fault_" in name}
    assert tested == set(KINDS)


def test_fault_duplicate(simulator, receiver):
    simulator.faults.add("duplicate", copies=2)
    sent = make_customers(simulator, 3)
    assert Counter(receiver.ids) == dict.fromkeys(sent, 3)


def test_fault_twin(simulator, receiver):
    simulator.faults.add("twin")
    make_customers(simulator, 1)
    first, second = receiver.events
    assert first["id"] != second["id"]
    assert first["data"] == second["data"]


def test_fault_late(simulator, receiver):
    simulator.faults.add("late", seconds=0.3, count=1)
    sent = make_customers(simulator, 4)
    assert receiver.ids[-1] == sent[0]


def test_fault_wrong_secret(simulator, receiver):
    simulator.faults.add("wrong_secret", attempts=None)
    make_customers(simulator, 1)
    assert receiver.events == []
    assert len(receiver.rejected) == len(QUICK) + 1
    simulator.faults.clear()
    simulator.faults.add("wrong_secret")
    simulator.request("POST", "/v1/customers", {})
    simulator.drain()
    assert len(receiver.events) == 1


def test_fault_stale(simulator, receiver):
    simulator.faults.add("stale", seconds=600)
    make_customers(simulator, 1)
    assert len(receiver.events) == 1
    assert "Timestamp outside the tolerance zone" in receiver.rejected[0]


def test_fault_tampered(simulator, receiver):
    simulator.faults.add("tampered")
    make_customers(simulator, 1)
    assert [event["livemode"] for event in receiver.events] == [False]
    assert len(receiver.rejected) == 1


def test_fault_unknown_type(simulator, receiver):
    simulator.faults.add("unknown_type")
    make_customers(simulator, 1)
    types = {event["type"] for event in receiver.events}
    assert types == {"customer.created", UNKNOWN_TYPE}


def test_fault_missing_field(simulator, receiver):
    simulator.faults.add("missing_field", field="data.object.email", count=1)
    make_customers(simulator, 2)
    missing = ["email" not in event["data"]["object"] for event in receiver.events]
    assert sorted(missing) == [False, True]


def test_fault_dropped(simulator, receiver):
    simulator.faults.add("dropped", types=["customer.*"], count=1)
    sent = make_customers(simulator, 2)
    assert receiver.ids == [sent[1]]
    assert simulator.faults.dropped == [sent[0]]
    simulator.redeliver(only_waiting=True)
    assert sorted(receiver.ids) == sorted(sent)


def test_fault_shuffle(receiver):
    simulator = StripeSimulator(concurrency=1, retry_delays=QUICK)
    simulator.faults.add("shuffle", window=50)
    customer = simulator.request("POST", "/v1/customers", WITH_CARD)
    price = monthly_price(simulator)
    simulator.add_endpoint(receiver.url, SECRET)
    params = {"customer": customer["id"], "items": [{"price": price}]}
    simulator.request("POST", "/v1/subscriptions", params)
    simulator.drain()
    happened = [event["id"] for event in simulator.events][-len(receiver.ids) :]
    assert sorted(receiver.ids) == sorted(happened)
    assert receiver.ids != happened
    simulator.stop()


def test_fault_burst(receiver):
    simulator = StripeSimulator(concurrency=1, retry_delays=QUICK)
    receiver.delay = 0.1
    simulator.faults.add("burst", size=8)
    simulator.add_endpoint(receiver.url, SECRET)
    make_customers(simulator, 8)
    assert receiver.at_once > 4
    simulator.stop()


def test_unknown_faults_are_refused(simulator):
    with pytest.raises(ValueError, match="unknown fault"):
        simulator.faults.add("gremlins")


WITH_CARD = {
    "payment_method": "pm_card_visa",
    "invoice_settings": {"default_payment_method": "pm_card_visa"},
}


def monthly_price(simulator: StripeSimulator) -> str:
    """A price of 99.00 USD a month."""
    params = {
        "currency": "usd",
        "unit_amount": 99_00,
        "recurring": {"interval": "month"},
        "product_data": {"name": "Plan"},
    }
    return simulator.request("POST", "/v1/prices", params)["id"]
