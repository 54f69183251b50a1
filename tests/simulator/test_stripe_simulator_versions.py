"""The simulator tells one story in every family of API versions, and the connector hears one."""

import json
from datetime import UTC, datetime

import pytest

import tests.connector  # noqa: F401  # the connector's pure part without Odoo
from saas_billing_connector.canonical import serialise
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


@pytest.fixture(scope="module")
def played() -> list[tuple[StripeSimulator, dict]]:
    """A year of a company, and a business to which everything happens, and what is heard of it."""
    simulator = StripeSimulator(datetime(2025, 9, 1, tzinfo=UTC), seed=1)
    story = Story(simulator, extras=True)
    story.set_up()
    for month in story.months():
        story.play(month)
    both = (simulator, busy_business.build().simulator)
    return [(each, heard(each, API_VERSION)) for each in both]


def heard(simulator: StripeSimulator, version: str) -> dict:
    """The canonical text of every event; a payment goes by its own id, whoever tells of it."""
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
        key = record.external_id if payment else envelope.external_id
        told[key] = serialise.dumps(record), previous and serialise.dumps(previous)
    return told


@pytest.mark.parametrize("version", VERSIONS)
def test_the_whole_story_gives_the_same_records_in_every_family(played, version):
    for simulator, expected in played:
        got = heard(simulator, version)
        assert got.keys() == expected.keys()
        assert got == expected
        assert len(expected) > 100


def test_older_endpoints_hear_of_payments_by_their_charges(played):
    events = played[0][0].events
    old, new = (
        {event["type"] for event in events if has_event(event["type"], version)}
        for version in ("2024-06-20", API_VERSION)
    )
    assert new - old == {"invoice_payment.paid"}


def test_answers_come_in_the_version_that_the_request_asks_for(played):
    simulator, _expected = played[0]
    invoice = simulator.request("GET", "/v1/invoices", {"limit": 1})["data"][0]
    path = f"/v1/invoices/{invoice['id']}"
    _status, text, _id = simulator.answer("GET", path, {}, version="2024-06-20")
    shown = json.loads(text)
    assert shown["subscription"] == invoice["parent"]["subscription_details"]["subscription"]
    assert "parent" not in shown and "parent" in invoice
