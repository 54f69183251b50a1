"""Every object and event of the simulator is what Stripe's OpenAPI specification describes."""

import pytest

from tests.simulator import stripe_openapi
from tests.simulator.simulated_business import DECLINING, Business
from tests.stripe_simulator import Story, StripeSimulator
from tests.stripe_simulator.api import ROUTES
from tests.stripe_simulator.lists import LISTINGS

INTERNAL = {"customer_balance_transaction", "discount"}


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
    shop = Business()
    rate = shop.tax_rate(20)
    shop.post("coupons", id="OFF5", amount_off=5_00, currency="usd", duration="once")
    shop.post("coupons/OFF5", name="Five off")
    taxed = shop.subscribe(
        shop.price(100_00), default_tax_rates=[rate], discounts=[{"coupon": "OFF5"}]
    )
    sent = shop.subscribe(
        shop.price(50_00), collection_method="send_invoice", days_until_due=7, description="Sent"
    )
    declined = shop.subscribe(shop.price(10_00), shop.customer(DECLINING))
    trial = shop.subscribe(shop.price(10_00), trial_period_days=10)
    seats = shop.subscribe(shop.price(31_00), quantity=4)
    _credit_and_refund(shop, taxed, sent, rate)
    shop.advance(2026, 1, 11)
    shop.change(seats, "always_invoice", quantity=1)
    shop.change(trial, quantity=2)
    shop.post("payouts", amount=1_00, currency="usd")
    shop.simulator.set_card(seats["customer"], works=False)
    _edit_everything(shop, taxed)
    shop.post(
        "subscriptions",
        customer=shop.customer(balance=-20_00),
        items=[{"price": shop.price(9_00)}],
        add_invoice_items=[{"price": shop.price(5_00, None)}],
    )
    shop.advance(2026, 3, 1)
    shop.delete(f"subscriptions/{taxed['id']}", prorate=True, invoice_now=True)
    shop.delete(f"customers/{declined['customer']}")
    return shop


def _credit_and_refund(shop, taxed, sent, rate):
    invoice, unpaid = shop.invoice(taxed), shop.invoice(sent)
    line = {
        "type": "invoice_line_item",
        "invoice_line_item": invoice["lines"]["data"][0]["id"],
        "quantity": 1,
    }
    custom = {"type": "custom_line_item", "quantity": 1, "unit_amount": 5_00, "tax_rates": [rate]}
    note = {"invoice": unpaid["id"], "lines": [custom], "memo": "Sorry", "reason": "order_change"}
    voided = shop.post("credit_notes", **note)
    shop.post(f"credit_notes/{voided['id']}", metadata={"seen": "yes"})
    shop.post(f"credit_notes/{voided['id']}/void")
    shop.post("credit_notes", invoice=invoice["id"], lines=[line], credit_amount=114_00)
    shop.post("credit_notes", **note)
    shop.post(f"invoices/{unpaid['id']}/mark_uncollectible")
    shop.post(f"invoices/{unpaid['id']}/void")
    charge = shop.get("charges", customer=taxed["customer"])["data"][0]
    refund = shop.post("refunds", charge=charge["id"], amount=1_00, reason="duplicate")
    shop.post(f"refunds/{refund['id']}", metadata={"seen": "yes"})


def _edit_everything(shop, subscription):
    customer = subscription["customer"]
    buyer = shop.customer()
    invoice = shop.post("invoices", customer=buyer, description="By hand")
    shop.post("invoiceitems", customer=buyer, invoice=invoice["id"], amount=7_00)
    shop.post(f"invoices/{invoice['id']}", footer="Thank you")
    shop.post(f"invoices/{invoice['id']}/send")
    shop.post(f"invoices/{invoice['id']}/pay")
    waiting = shop.post("invoiceitems", customer=customer, amount=7_00)
    shop.delete(f"invoiceitems/{waiting['id']}")
    draft = shop.post("invoices", customer=customer)
    shop.delete(f"invoices/{draft['id']}")
    shop.post(f"customers/{customer}", phone="+44 20 0000 0000", address={"city": "Leeds"})
    item = subscription["items"]["data"][0]
    shop.post(f"products/{item['price']['product']}", description="Better")
    shop.post(f"prices/{item['price']['id']}", nickname="Best")
    charge = shop.get("charges", customer=customer)["data"][0]
    shop.post(f"charges/{charge['id']}", description="Plan")
    shop.post(f"payment_intents/{charge['payment_intent']}", metadata={"seen": "yes"})
    shop.post("test_helpers/test_clocks", frozen_time=shop.simulator.world.now)


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
    "customers": ["data.subscriptions", "data.tax", "data.invoice_credit_balance"],
    "credit_notes": ["data.invoice", "data.refunds.refund"],
    "subscriptions": ["data.latest_invoice.payments", "data.default_payment_method"],
    "invoice_payments": ["data.payment.payment_intent.latest_charge", "data.invoice"],
    "balance_transactions": ["data.source"],
    "refunds": ["data.charge", "data.balance_transaction"],
    "prices": ["data.product"],
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
