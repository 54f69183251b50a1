"""Metered usage, tiers, credit grants, discounts of lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator.simulated_business import Business, utc
from tests.simulator.stripe_openapi import problem
from tests.stripe_simulator.clock import to_unix
from tests.stripe_simulator.errors import StripeError
from tests.stripe_simulator.tiers import MODES

TIERS = [
    {"up_to": 10, "unit_amount": 5_00, "flat_amount": 1_00},
    {"up_to": "inf", "unit_amount": 3_00},
]


@pytest.fixture
def shop():
    return Business()


def at(*parts: int) -> int:
    """Unix seconds of a moment in UTC."""
    return to_unix(utc(*parts))


def meter(shop, formula: str = "sum") -> dict:
    """A meter of API calls."""
    return shop.post(
        "billing/meters",
        display_name="Calls",
        event_name="calls",
        default_aggregation={"formula": formula},
    )


def metered_price(shop, meter: dict, **params: object) -> str:
    """A monthly price per call: two cents unless `params` say otherwise."""
    recurring = {"interval": "month", "usage_type": "metered", "meter": meter["id"]}
    params = params or {"unit_amount": 2}
    return shop.post(
        "prices", currency="usd", product_data={"name": "Calls"}, recurring=recurring, **params
    )["id"]


def use(shop, customer: str, value: int, **params: object) -> dict:
    """Report usage."""
    payload = {"stripe_customer_id": customer, "value": value}
    return shop.post("billing/meter_events", event_name="calls", payload=payload, **params)


def subscribe(shop, *prices: str, customer: str | None = None, **params: object) -> dict:
    """A subscription to several prices."""
    items = [{"price": price} for price in prices]
    return shop.post("subscriptions", customer=customer or shop.customer(), items=items, **params)


def facts(shop, invoice: dict) -> list[tuple]:
    """Amount, quantity and period of every line."""
    return [
        (line["amount"], line["quantity"], line["period"]["start"], line["period"]["end"])
        for line in shop.lines(invoice)
    ]


def grant(shop, customer: str, value: int, category: str = "promotional", **params: object) -> dict:
    """A credit grant for usage."""
    return shop.post(
        "billing/credit_grants",
        customer=customer,
        category=category,
        amount={"type": "monetary", "monetary": {"currency": "usd", "value": value}},
        applicability_config={"scope": {"price_type": "metered"}},
        **params,
    )


def available(shop, customer: str) -> list[int]:
    """What the grants of a customer hold."""
    summary = shop.get(
        "billing/credit_balance_summary",
        customer=customer,
        filter={"type": "applicability_scope", "applicability_scope": {"price_type": "metered"}},
    )
    assert problem(summary) is None
    return [each["available_balance"]["monetary"]["value"] for each in summary["balances"]]


# Usage


def test_usage_comes_in_arrears_beside_the_fee_in_advance(shop):
    subscription = subscribe(shop, shop.price(10_00), metered_price(shop, meter(shop)))
    customer = subscription["customer"]
    first = shop.invoice(subscription)
    assert facts(shop, first) == [(10_00, 1, at(2026, 1, 1), at(2026, 2, 1))]
    shop.advance(2026, 1, 20)
    use(shop, customer, 300)
    use(shop, customer, 200)
    shop.advance(2026, 2, 2)
    assert facts(shop, shop.invoice(subscription)) == [
        (10_00, 500, at(2026, 1, 1), at(2026, 2, 1)),
        (10_00, 1, at(2026, 2, 1), at(2026, 3, 1)),
    ]
    shop.advance(2026, 3, 2)
    assert facts(shop, shop.invoice(subscription))[0] == (0, 0, at(2026, 2, 1), at(2026, 3, 1))


@pytest.mark.parametrize(("formula", "quantity"), [("sum", 10), ("count", 3), ("last", 5)])
def test_meters_add_up_in_three_ways(shop, formula, quantity):
    made = meter(shop, formula)
    subscription = subscribe(shop, metered_price(shop, made))
    for value in (3, 2, 5):
        use(shop, subscription["customer"], value)
    span = {"start_time": at(2026, 1, 1), "end_time": at(2026, 2, 1)}
    path = f"billing/meters/{made['id']}/event_summaries"
    found = shop.get(path, customer=subscription["customer"], **span)["data"][0]
    assert found["aggregated_value"] == quantity
    assert problem(found) is None
    shop.advance(2026, 2, 2)
    assert facts(shop, shop.invoice(subscription))[0][1] == quantity


def test_usage_is_reported_once_and_late_usage_counts_where_it_belongs(shop):
    subscription = subscribe(shop, metered_price(shop, meter(shop)))
    customer = subscription["customer"]
    event = use(shop, customer, 7, identifier="call-1")
    assert problem(event) is None
    with pytest.raises(StripeError, match="already exists"):
        use(shop, customer, 7, identifier="call-1")
    with pytest.raises(StripeError, match="No active meter"):
        shop.post("billing/meter_events", event_name="jumps", payload={})
    with pytest.raises(StripeError, match="already a meter"):
        meter(shop)
    shop.advance(2026, 1, 20)
    use(shop, customer, 5, timestamp=at(2026, 1, 3))
    shop.advance(2026, 2, 2)
    assert facts(shop, shop.invoice(subscription))[0][1] == 12


@pytest.mark.parametrize("at_once", [True, False])
def test_the_last_usage_is_billed_at_the_end(shop, at_once):
    subscription = subscribe(shop, metered_price(shop, meter(shop)))
    path = f"subscriptions/{subscription['id']}"
    use(shop, subscription["customer"], 100)
    if at_once:
        shop.advance(2026, 1, 11)
        shop.delete(path, invoice_now=True)
    else:
        shop.post(path, cancel_at_period_end=True)
    shop.advance(2026, 3, 1)
    last = shop.invoice(subscription)
    end = at(2026, 1, 11) if at_once else at(2026, 2, 1)
    assert facts(shop, last) == [(2_00, 100, at(2026, 1, 1), end)]
    assert last["status"] == "paid"


def test_usage_during_a_trial_is_free(shop):
    subscription = subscribe(shop, metered_price(shop, meter(shop)), trial_period_days=10)
    use(shop, subscription["customer"], 500)
    shop.advance(2026, 1, 12)
    use(shop, subscription["customer"], 100)
    shop.advance(2026, 2, 12)
    totals = [invoice["total"] for invoice in shop.invoices(subscription)]
    assert totals == [0, 0, 2_00]


def test_usage_is_never_prorated(shop):
    low, high = shop.price(31_00), shop.price(62_00)
    subscription = subscribe(shop, low, metered_price(shop, meter(shop)))
    use(shop, subscription["customer"], 100)
    shop.advance(2026, 1, 11)
    shop.change(subscription, price=high)
    shop.advance(2026, 2, 2)
    amounts = [amount for amount, *_rest in facts(shop, shop.invoice(subscription))]
    assert amounts == [-21_00, 42_00, 2_00, 62_00]


# Tiers


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("graduated", [(51_00, 10), (6_00, 2)]), ("volume", [(36_00, 12)])],
)
def test_tiers(shop, mode, expected):
    price = shop.post(
        "prices",
        currency="usd",
        product_data={"name": "Seats"},
        recurring={"interval": "month"},
        billing_scheme="tiered",
        tiers_mode=mode,
        tiers=TIERS,
    )
    shown = shop.get(f"prices/{price['id']}", expand=["tiers"])
    assert [tier["up_to"] for tier in shown["tiers"]] == [10, None]
    assert "tiers" not in price
    subscription = shop.subscribe(price["id"], quantity=12)
    lines = facts(shop, shop.invoice(subscription))
    assert [(amount, quantity) for amount, quantity, *_period in lines] == expected
    shop.advance(2026, 1, 11)
    shop.delete(f"subscriptions/{subscription['id']}", prorate=True, invoice_now=True)
    whole = sum(amount for amount, _quantity in expected)
    assert shop.invoice(subscription)["total"] == -round(whole * 21 / 31)


def test_the_last_tier_is_open(shop):
    with pytest.raises(StripeError, match="last tier"):
        metered_price(
            shop, meter(shop), billing_scheme="tiered", tiers_mode="volume", tiers=TIERS[:1]
        )


@given(st.lists(st.integers(1, 50), min_size=1, max_size=4, unique=True), st.integers(0, 300))
def test_tiers_bill_every_unit_once(borders, quantity):
    tiers = [
        {"up_to": border, "unit_amount_decimal": "2", "flat_amount_decimal": None}
        for border in [*sorted(borders), None]
    ]
    for mode in MODES.values():
        found = mode(tiers, quantity)
        assert sum(units for units, _amount in found) == quantity
        assert sum(amount for _units, amount in found) == 2 * quantity


# Credit grants


def test_grants_pay_for_usage_before_tax_and_balance(shop):
    customer = shop.customer()
    shop.post(f"customers/{customer}/balance_transactions", amount=-5_00, currency="usd")
    subscription = subscribe(
        shop,
        shop.price(10_00),
        metered_price(shop, meter(shop)),
        customer=customer,
        default_tax_rates=[shop.tax_rate(20)],
    )
    grant(shop, customer, 6_00)
    use(shop, customer, 1_000)
    shop.advance(2026, 2, 2)
    invoice = shop.invoice(subscription)
    assert (invoice["subtotal"], invoice["total_excluding_tax"]) == (30_00, 24_00)
    assert invoice["total"] == 28_80
    credit = invoice["total_pretax_credit_amounts"][0]
    assert (credit["type"], credit["amount"]) == ("credit_balance_transaction", 6_00)
    usage, fee = shop.lines(invoice)
    assert usage["pretax_credit_amounts"] == [credit]
    assert (usage["taxes"][0]["taxable_amount"], fee["pretax_credit_amounts"]) == (14_00, [])
    entry = shop.get("billing/credit_balance_transactions", customer=customer)["data"][0]
    assert entry["debit"]["credits_applied"]["invoice"] == invoice["id"]
    assert available(shop, customer) == [0]


def test_grants_are_spent_in_order_and_come_back_with_a_void(shop):
    customer = shop.customer()
    subscription = subscribe(
        shop,
        metered_price(shop, meter(shop)),
        customer=customer,
        collection_method="send_invoice",
        days_until_due=30,
    )
    paid = grant(shop, customer, 5_00, "paid")
    promotional = grant(shop, customer, 5_00)
    first = grant(shop, customer, 1_00, "paid", priority=0)
    use(shop, customer, 600)
    shop.advance(2026, 2, 2)
    entries = shop.get("billing/credit_balance_transactions", customer=customer)["data"]
    spent = {entry["credit_grant"]: entry["debit"]["amount"]["monetary"]["value"]
             for entry in entries if entry["debit"]}  # fmt: skip
    assert spent == {first["id"]: 1_00, promotional["id"]: 5_00, paid["id"]: 5_00}
    assert available(shop, customer) == [0]
    shop.post(f"invoices/{shop.invoice(subscription)['id']}/void")
    assert available(shop, customer) == [11_00]
    with pytest.raises(StripeError, match="cannot be voided"):
        shop.post(f"billing/credit_grants/{paid['id']}/void")


def test_grants_begin_end_and_are_voided(shop):
    customer = shop.customer()
    late = grant(shop, customer, 1_00, effective_at=at(2026, 2, 1))
    grant(shop, customer, 2_00, expires_at=at(2026, 1, 15))
    unused = grant(shop, customer, 4_00)
    assert available(shop, customer) == [6_00]
    shop.advance(2026, 1, 20)
    assert available(shop, customer) == [4_00]
    shop.post(f"billing/credit_grants/{unused['id']}/void")
    shop.advance(2026, 2, 2)
    assert available(shop, customer) == [1_00]
    shop.post(f"billing/credit_grants/{late['id']}/expire")
    assert available(shop, customer) == [0]
    kinds = {each for each in shop.event_types() if each.startswith("billing.")}
    assert kinds == {
        "billing.credit_balance_transaction.created", "billing.credit_grant.created",
        "billing.credit_grant.updated",
    }  # fmt: skip


# Discounts and taxes


def test_line_discounts_go_before_invoice_discounts(shop):
    shop.post("coupons", id="HALF", percent_off=50, duration="once")
    shop.post("coupons", id="TENTH", percent_off=10, duration="forever")
    items = [{"price": shop.price(20_00), "discounts": [{"coupon": "HALF"}]},
             {"price": shop.price(10_00)}]  # fmt: skip
    subscription = shop.post(
        "subscriptions", customer=shop.customer(), items=items, discounts=[{"coupon": "TENTH"}]
    )
    invoice = shop.invoice(subscription)
    first, second = shop.lines(invoice)
    assert [entry["amount"] for entry in first["discount_amounts"]] == [10_00, 1_00]
    assert [entry["amount"] for entry in second["discount_amounts"]] == [1_00]
    assert len(first["discounts"]) == 1
    assert invoice["total"] == 18_00
    shop.advance(2026, 2, 2)
    assert shop.invoice(subscription)["total"] == 27_00


def test_discounts_of_an_invoice_and_of_an_item(shop):
    shop.post("coupons", id="OFF", amount_off=3_00, currency="usd", duration="once")
    shop.post("coupons", id="HALF", percent_off=50, duration="once")
    customer = shop.customer()
    invoice = shop.post("invoices", customer=customer, discounts=[{"coupon": "OFF"}])
    item = {"customer": customer, "invoice": invoice["id"], "amount": 10_00}
    shop.post("invoiceitems", **item, discounts=[{"coupon": "HALF"}])
    shop.post("invoiceitems", **item)
    assert shop.get(f"invoices/{invoice['id']}")["total"] == 15_00 - 3_00


def test_a_rate_of_zero_percent_is_zero_rated(shop):
    subscription = shop.subscribe(shop.price(9_00), default_tax_rates=[shop.tax_rate(0)])
    tax = shop.invoice(subscription)["total_taxes"][0]
    assert (tax["amount"], tax["taxability_reason"]) == (0, "zero_rated")
