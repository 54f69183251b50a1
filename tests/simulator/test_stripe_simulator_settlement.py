"""Payouts of every kind, fees with tax, reserves; the balance is the sum of its entries."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulator.settled_business import all_of, assert_balance, assert_payouts_itemise
from tests.simulator.simulated_business import Business, utc
from tests.stripe_simulator.clock import from_unix, to_unix
from tests.stripe_simulator.errors import StripeError
from tests.stripe_simulator.settings import Settings


@pytest.fixture
def shop():
    return Business()


def payouts(shop) -> list[dict]:
    """All payouts, oldest first."""
    return all_of(shop, "payouts")[::-1]


def types(shop, obj: dict) -> list[str]:
    """The types of the events about one object, in order."""
    events = shop.simulator.events
    return [event["type"] for event in events if event["data"]["object"]["id"] == obj["id"]]


def test_weekly_payouts_come_on_mondays_and_itemise_the_week():
    shop = Business(settings=Settings(payout_interval="weekly"))
    price = shop.price(100_00)
    for day in (1, 2, 6):
        shop.advance(2026, 1, day, 12)
        shop.subscribe(price)
    shop.advance(2026, 1, 20)
    first, second = payouts(shop)
    assert [from_unix(payout["created"]).date() for payout in (first, second)] == [
        utc(2026, 1, 5).date(), utc(2026, 1, 12).date(),
    ]  # fmt: skip
    assert (first["amount"], second["amount"]) == (2 * 96_80, 96_80)
    assert_payouts_itemise(shop)
    assert_balance(shop)


def test_money_is_available_before_it_is_paid_out():
    shop = Business(settings=Settings(payout_interval="monthly"))
    shop.subscribe(shop.price(100_00))
    shop.advance(2026, 1, 4)
    entry = shop.get("balance_transactions")["data"][0]
    assert entry["status"] == "available"
    balance = shop.get("balance")
    assert (balance["available"][0]["amount"], balance["pending"][0]["amount"]) == (96_80, 0)
    shop.advance(2026, 2, 1, 12)
    assert [from_unix(payout["created"]).day for payout in payouts(shop)] == [1]


def test_without_automatic_payouts_money_waits_for_a_request():
    shop = Business(settings=Settings(payout_interval="manual"))
    shop.subscribe(shop.price(100_00, "year"))
    shop.advance(2026, 1, 20)
    assert payouts(shop) == []
    payout = shop.post("payouts", amount=50_00, currency="usd")
    shop.advance(2026, 1, 22)
    assert shop.get(f"payouts/{payout['id']}")["status"] == "paid"
    assert types(shop, payout) == ["payout.created", "payout.updated", "payout.paid"]
    assert shop.get("balance_transactions", payout=payout["id"])["data"] == []
    assert_balance(shop, 46_80)


def test_a_payout_is_pending_then_in_transit_then_paid():
    shop = Business(settings=Settings(payout_submission=3600))
    shop.subscribe(shop.price(100_00, "year"))
    shop.advance(2026, 1, 5)
    payout = payouts(shop)[0]
    statuses = [
        event["data"]["object"]["status"]
        for event in shop.simulator.events
        if event["data"]["object"]["id"] == payout["id"]
    ]
    assert statuses == ["pending", "in_transit", "paid", "paid", "paid"]
    assert types(shop, payout)[-1] == "payout.reconciliation_completed"


def test_a_pending_manual_payout_can_be_cancelled():
    shop = Business(settings=Settings(payout_submission=3600, payout_interval="manual"))
    shop.subscribe(shop.price(100_00, "year"))
    shop.advance(2026, 1, 5)
    payout = shop.post("payouts", amount=50_00, currency="usd")
    shop.post(f"payouts/{payout['id']}/cancel")
    shop.advance(2026, 1, 8)
    payout = shop.get(f"payouts/{payout['id']}", expand=["failure_balance_transaction"])
    assert payout["status"] == "canceled"
    entry = payout["failure_balance_transaction"]
    assert (entry["type"], entry["reporting_category"]) == ("payout_cancel", "payout_reversal")
    assert types(shop, payout) == ["payout.created", "payout.updated", "payout.canceled"]
    assert_balance(shop, 96_80)
    with pytest.raises(StripeError, match="pending"):
        shop.post(f"payouts/{payout['id']}/cancel")


def test_a_refused_payout_comes_back_and_goes_out_again(shop):
    shop.simulator.act("fail_next_payout", code="no_account")
    shop.subscribe(shop.price(100_00, "year"))
    shop.advance(2026, 1, 10)
    failed, repeated = payouts(shop)
    assert (failed["status"], failed["failure_code"]) == ("failed", "no_account")
    assert (repeated["status"], repeated["amount"]) == ("paid", 96_80)
    entries = shop.get("balance_transactions", payout=repeated["id"])["data"]
    assert Counter(entry["type"] for entry in entries) == {"payout_failure": 1, "payout": 1}
    assert types(shop, failed) == [
        "payout.created", "payout.updated", "payout.failed", "payout.reconciliation_completed",
    ]  # fmt: skip
    assert_payouts_itemise(shop)
    assert_balance(shop, 0)


def test_a_paid_payout_can_fail_later(shop):
    shop.subscribe(shop.price(100_00, "year"))
    shop.advance(2026, 1, 5)
    payout = payouts(shop)[0]
    shop.simulator.act("fail_payout", payout=payout["id"])
    assert types(shop, payout)[-3:] == [
        "payout.reconciliation_completed", "payout.updated", "payout.failed",
    ]  # fmt: skip
    assert_balance(shop, 96_80)
    with pytest.raises(StripeError, match="failed"):
        shop.simulator.act("fail_payout", payout=payout["id"])


@pytest.mark.parametrize("debits", [True, False])
def test_a_negative_balance_is_debited_or_waits(debits):
    shop = Business(settings=Settings(debit_negative_balances=debits))
    shop.subscribe(shop.price(100_00, "year"))
    shop.advance(2026, 1, 5)
    shop.post("refunds", charge=shop.get("charges")["data"][0]["id"])
    shop.advance(2026, 1, 10)
    amounts = [payout["amount"] for payout in payouts(shop)]
    assert amounts == ([96_80, -100_00] if debits else [96_80])
    assert_payouts_itemise(shop)
    assert_balance(shop, 0 if debits else -100_00)


def test_a_currency_with_its_own_bank_account_is_not_converted():
    shop = Business(settings=Settings(own_settlement=("eur",)))
    shop.subscribe(shop.price(100_00, "year", "eur"))
    shop.subscribe(shop.price(100_00, "year", "gbp"))
    entries = {entry["currency"]: entry for entry in all_of(shop, "balance_transactions")}
    assert (entries["eur"]["net"], entries["eur"]["exchange_rate"]) == (96_80, None)
    assert (entries["usd"]["amount"], entries["usd"]["exchange_rate"]) == (127_10, 1.271)
    shop.advance(2026, 1, 5)
    assert {payout["currency"] for payout in payouts(shop)} == {"eur", "usd"}
    assert_payouts_itemise(shop)
    assert_balance(shop, 0)


def test_tax_on_fees_is_within_the_fee():
    shop = Business(settings=Settings(fee_tax_percent=Fraction(20)))
    shop.subscribe(shop.price(100_00, "year"))
    entry = shop.get("balance_transactions")["data"][0]
    assert (entry["fee"], entry["net"]) == (3_84, 96_16)
    assert [(detail["type"], detail["amount"]) for detail in entry["fee_details"]] == [
        ("stripe_fee", 3_20), ("tax", 64),
    ]  # fmt: skip


def test_fees_that_belong_to_no_charge():
    shop = Business(settings=Settings(fee_tax_percent=Fraction(20)))
    shop.subscribe(shop.price(100_00, "year"))
    shop.simulator.act("charge_fee", amount=5_00, description="Billing - Usage Fee (2026-01)")
    tax, fee = shop.get("balance_transactions", limit=2)["data"]
    assert (fee["type"], fee["reporting_category"], fee["net"]) == ("stripe_fee", "fee", -5_00)
    assert (tax["type"], tax["reporting_category"], tax["net"]) == ("tax_fee", "tax", -1_00)
    assert fee["source"] is None
    shop.advance(2026, 1, 6)
    assert [payout["amount"] for payout in payouts(shop)] == [96_16 - 6_00]


def test_reserves_move_money_between_two_balances(shop):
    shop.subscribe(shop.price(100_00, "year"))
    shop.simulator.act("hold_reserve", amount=40_00)
    entries = shop.get("balance_transactions", type="reserve_hold")["data"]
    assert {entry["balance_type"]: entry["net"] for entry in entries} == {
        "payments": -40_00, "risk_reserved": 40_00,
    }  # fmt: skip
    shop.advance(2026, 1, 6)
    assert [payout["amount"] for payout in payouts(shop)] == [56_80]
    shop.simulator.act("release_reserve", amount=40_00)
    shop.advance(2026, 1, 8)
    assert [payout["amount"] for payout in payouts(shop)] == [56_80, 40_00]
    assert_balance(shop, 0)


def test_payouts_are_listed_by_arrival(shop):
    shop.subscribe(shop.price(100_00))
    shop.advance(2026, 2, 20)
    border = to_unix(utc(2026, 2, 1))
    assert len(shop.get("payouts", arrival_date={"lt": border})["data"]) == 1
    assert len(shop.get("payouts", arrival_date={"gte": border})["data"]) == 1


def test_the_rate_of_the_day_counts(shop):
    price = shop.price(100_00, "year", "eur")
    for rate in ("1.10", "1.25"):
        shop.simulator.act("change_exchange_rate", currency="eur", rate=rate)
        shop.subscribe(price)
    entries = shop.get("balance_transactions")["data"]
    assert [entry["amount"] for entry in entries] == [125_00, 110_00]


def test_settings_change_on_the_way(shop):
    shop.simulator.act("change_settings", payout_interval="manual")
    shop.subscribe(shop.price(100_00))
    shop.advance(2026, 1, 20)
    assert payouts(shop) == []
    with pytest.raises(StripeError, match="Unknown setting"):
        shop.simulator.act("change_settings", weather="fine")
    with pytest.raises(StripeError, match="Unknown action"):
        shop.simulator.act("sing")


HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(
            ["sell", "refund", "dispute", "fee", "hold", "payout", "fail", "fail_next"]
        ),
        st.integers(1, 300_00),
        st.integers(0, 4),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(HAPPENINGS, st.sampled_from(["daily", "weekly", "monthly", "manual"]), st.booleans())
def test_nothing_is_lost_whatever_happens(happenings, interval, debits):
    """The balance is the sum of its entries, and every automatic payout the sum of its own."""
    shop = Business(
        settings=Settings(
            payout_interval=interval,
            debit_negative_balances=debits,
            fee_tax_percent=Fraction(19),
            payout_submission=3600,
            own_settlement=("eur",),
        )
    )
    day = 0
    for happening, amount, days in happenings:
        _happen(shop, happening, amount)
        day += days
        shop.simulator.advance_to(utc(2026, 1, 1) + (utc(2026, 1, 2) - utc(2026, 1, 1)) * day)
        assert_balance(shop)
    shop.advance(2026, 4, 1)
    assert_balance(shop)
    assert_payouts_itemise(shop)


def _happen(shop, happening, amount):
    act = shop.simulator.act
    charges = shop.get("charges")["data"]
    paid = [each for each in payouts(shop) if each["status"] == "paid"]
    if happening == "sell":
        shop.subscribe(shop.price(amount, "year", "eur" if amount % 2 else "usd"))
    elif happening == "refund" and charges and not charges[0]["amount_refunded"]:
        shop.post("refunds", charge=charges[0]["id"], amount=min(amount, charges[0]["amount"]))
    elif happening == "dispute" and charges and not charges[0]["refunded"]:
        act("open_dispute", charge=charges[0]["id"])
    elif happening == "fee":
        act("charge_fee", amount=amount)
    elif happening == "hold":
        act("hold_reserve", amount=amount)
    elif happening == "payout":
        shop.post("payouts", amount=amount, currency="usd")
    elif happening == "fail" and paid:
        act("fail_payout", payout=paid[0]["id"])
    elif happening == "fail_next":
        act("fail_next_payout")
