"""Every object and event of the simulator is what Stripe's OpenAPI specification describes."""

import pytest

from tests.simulator import busy_business, stripe_openapi
from tests.stripe_simulator import Story, StripeSimulator
from tests.stripe_simulator.api import ROUTES
from tests.stripe_simulator.lists import LISTINGS

INTERNAL = {"customer_balance_transaction", "discount", "payment_record"}


def problems(simulator: StripeSimulator) -> set[str]:
    """What is wrong with anything that the simulator said or holds."""
    found = {stripe_openapi.event_problem(event) for event in simulator.events}
    found |= {stripe_openapi.problem(obj) for obj in simulator.world.store.objects.values()}
    found |= {
        stripe_openapi.problem(line) for owner in simulator.world.lines.values() for line in owner
    }
    return found - {None}


def test_the_story():
    simulator = StripeSimulator()
    story = Story(simulator, extras=True)
    story.set_up()
    for month in story.months():
        story.play(month)
    assert problems(simulator) == set()


@pytest.fixture(scope="module")
def busy():
    """A business to which everything happened that the story leaves out."""
    return busy_business.build()


def test_everything_else(busy):
    assert problems(busy.simulator) == set()


def test_the_busy_business_reaches_every_kind(busy):
    seen = {event["data"]["object"]["object"] for event in busy.simulator.events}
    seen |= {obj["object"] for obj in busy.simulator.world.store.objects.values()}
    listed = {listing.kind for listing in LISTINGS.values()} - {"webhook_endpoint"}
    assert listed | INTERNAL <= seen


@pytest.mark.parametrize("path", sorted(LISTINGS))
def test_lists_and_single_objects(busy, path):
    page = busy.simulator.request("GET", path, {"limit": 3})
    assert set(page) == {"object", "data", "has_more", "url"}
    for obj in page["data"]:
        again = busy.simulator.request("GET", f"{path}/{obj['id']}")
        assert stripe_openapi.problem(again) is None


EXPANSIONS = {
    "invoices": ["data.payments", "data.customer", "data.confirmation_secret", "data.discounts"],
    "charges": ["data.balance_transaction", "data.refunds", "data.payment_intent"],
    "customers": [
        "data.subscriptions",
        "data.tax",
        "data.tax_ids",
        "data.invoice_credit_balance",
    ],
    "credit_notes": ["data.invoice", "data.refunds.refund"],
    "subscriptions": ["data.latest_invoice.payments", "data.default_payment_method"],
    "invoice_payments": ["data.payment.payment_intent.latest_charge", "data.invoice"],
    "balance_transactions": ["data.source"],
    "disputes": ["data.charge", "data.payment_intent"],
    "payouts": ["data.balance_transaction", "data.failure_balance_transaction"],
    "refunds": ["data.charge", "data.balance_transaction", "data.failure_balance_transaction"],
    "prices": ["data.product", "data.tiers"],
    "billing/credit_balance_transactions": ["data.credit_grant"],
}


@pytest.mark.parametrize("path", sorted(EXPANSIONS))
def test_expanded_objects(busy, path):
    page = busy.get(path, expand=EXPANSIONS[path], limit=20)
    assert page["data"]
    assert {stripe_openapi.problem(obj) for obj in page["data"]} == {None}


def test_account_and_balance(busy):
    for path in ("account", "balance"):
        assert stripe_openapi.problem(busy.get(path)) is None


def test_errors(busy):
    for method, path in (("GET", "/v1/invoices/in_none"), ("POST", "/v1/customers/cus_none")):
        with pytest.raises(Exception, match="No such") as refusal:
            busy.simulator.request(method, path)
        assert stripe_openapi.problem(refusal.value.body(), "error") is None


def test_every_route_is_one_of_stripes():
    known = stripe_openapi.paths()
    ours = {(method.lower(), path.replace(":id", "{}")) for method, path in ROUTES}
    assert ours <= known


def test_the_check_is_strict(busy):
    customer = dict(busy.get("customers", limit=1)["data"][0])
    assert stripe_openapi.problem({**customer, "nonsense": 1})
    assert stripe_openapi.problem({**customer, "livemode": None})
    assert stripe_openapi.problem({**customer, "balance": "1"})
    assert stripe_openapi.problem({**customer, "address": {"planet": "Mars"}})
    del customer["created"]
    assert stripe_openapi.problem(customer)
