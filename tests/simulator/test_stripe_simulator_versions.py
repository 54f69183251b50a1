"""The simulator tells one story in every family of API versions, and the connector hears one."""

import dataclasses
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

import tests.connector  # noqa: F401  # the connector's pure part without Odoo
from saas_billing_connector.canonical import Invoice, serialise
from saas_billing_connector.providers.stripe import Envelope, Ignored, normalise, route_for
from tests.simulator import busy_business
from tests.stripe_simulator import Story, StripeSimulator
from tests.stripe_simulator.renderers import has_event, render_event
from tests.stripe_simulator.settings import API_VERSION

VERSIONS = (
    "2020-08-27",
    "2024-06-20",
    "2025-02-24.acacia",
    "2025-08-27.basil",
    "2025-12-15.clover",
    "2026-10-28.endive",
)


#: What not every family can tell: money from outside Stripe and overpayment.
UNTOLD = {"amount_overpaid": Decimal(0), "paid_out_of_band": Decimal(0)}
OUTSIDE = ("pr_", "inpay_")
#: A payment to older families, only a charge to the newer ones.
TWO_FACED = "charge.succeeded"


@pytest.fixture(scope="module")
def story() -> StripeSimulator:
    """A year of a company."""
    simulator = StripeSimulator(datetime(2025, 9, 1, tzinfo=UTC), seed=1)
    played = Story(simulator, extras=True)
    played.set_up()
    for month in played.months():
        played.play(month)
    return simulator


@pytest.fixture(scope="module")
def busy() -> StripeSimulator:
    """A business to which everything happens."""
    return busy_business.build().simulator


def heard(simulator: StripeSimulator, version: str) -> dict:
    """(record, record before) of every event; a payment goes by its own id, whoever tells of it."""
    told = {}
    for event in simulator.events:
        if not has_event(event["type"], version):
            continue
        text = json.dumps(render_event(event, version, simulator.world))
        envelope = Envelope.parse(text)
        route = route_for(envelope.type, envelope.api_version)
        if isinstance(route, Ignored):
            continue
        record, previous, _version = normalise(envelope, route.canonical_type)
        payment = route.canonical_type == "payment"
        if envelope.type == TWO_FACED and not payment:
            continue
        told[record.external_id if payment else envelope.external_id] = record, previous
    return told


@pytest.mark.parametrize("version", VERSIONS)
def test_the_whole_story_gives_the_same_text_in_every_family(story, version):
    expected, got = heard(story, API_VERSION), heard(story, version)
    assert len(expected) > 1000
    assert got.keys() == expected.keys()
    for key in expected:
        assert [serialise.dumps(each) for each in got[key]] == [
            serialise.dumps(each) for each in expected[key]
        ]


@pytest.mark.parametrize("version", VERSIONS)
def test_all_that_can_happen_reads_the_same_as_far_as_the_family_tells_it(busy, version):
    expected, got = heard(busy, API_VERSION), heard(busy, version)
    absent = {event["id"] for event in busy.events if not has_event(event["type"], version)}
    for key, (record, _previous) in expected.items():
        if key in got:
            assert told_everywhere(got[key][0]) == told_everywhere(record)
        else:
            assert key in absent or key.startswith(OUTSIDE)
    assert not got.keys() - expected.keys()


def told_everywhere(record):
    """A record without what only some families tell."""
    if isinstance(record, Invoice):
        return dataclasses.replace(record, **UNTOLD)
    return record


def test_older_endpoints_hear_of_payments_by_their_charges(story):
    old, new = (
        {event["type"] for event in story.events if has_event(event["type"], version)}
        for version in ("2024-06-20", API_VERSION)
    )
    assert new - old == {"invoice_payment.paid"}


def test_answers_come_in_the_version_that_the_request_asks_for(story):
    invoice = story.request("GET", "/v1/invoices", {"limit": 1})["data"][0]
    path = f"/v1/invoices/{invoice['id']}"
    _status, text, _id = story.answer("GET", path, {}, version="2024-06-20")
    shown = json.loads(text)
    assert shown["subscription"] == invoice["parent"]["subscription_details"]["subscription"]
    assert "parent" not in shown and "parent" in invoice
