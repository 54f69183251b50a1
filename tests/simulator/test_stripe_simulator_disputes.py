"""Disputes and refunds that do not go the easy way."""

import pytest

from tests.simulator.settled_business import assert_balance
from tests.simulator.simulated_business import Business, utc
from tests.stripe_simulator.clock import to_unix
from tests.stripe_simulator.errors import StripeError


@pytest.fixture
def shop():
    return Business()


def charge(shop, card: str = "pm_card_visa", currency: str = "usd") -> dict:
    """The charge of a new subscriber."""
    shop.subscribe(shop.price(100_00, "year", currency), shop.customer(card))
    return shop.get("charges", limit=1)["data"][0]


def types(shop, prefix: str) -> list[str]:
    """The event types that begin with `prefix`, in order."""
    return [each for each in shop.event_types() if each.startswith(prefix)]


def test_a_dispute_takes_the_money_and_a_fee(shop):
    disputed = charge(shop)
    dispute = shop.simulator.act("open_dispute", charge=disputed["id"])
    assert (dispute["status"], dispute["amount"]) == ("needs_response", 100_00)
    entry = dispute["balance_transactions"][0]
    assert (entry["type"], entry["reporting_category"]) == ("adjustment", "dispute")
    assert (entry["amount"], entry["fee"], entry["net"]) == (-100_00, 15_00, -115_00)
    assert shop.get(f"charges/{disputed['id']}")["disputed"]
    assert types(shop, "charge.")[-3:] == [
        "charge.dispute.created", "charge.updated", "charge.dispute.funds_withdrawn",
    ]  # fmt: skip
    assert shop.get("disputes", charge=disputed["id"])["data"] == [dispute]
    assert_balance(shop, 96_80 - 115_00)


def test_winning_evidence_brings_money_and_fee_back(shop):
    dispute = shop.simulator.act("open_dispute", charge=charge(shop)["id"])
    path = f"disputes/{dispute['id']}"
    draft = shop.post(path, evidence={"customer_name": "Ada"}, submit=False)
    assert (draft["status"], draft["evidence_details"]["submission_count"]) == ("needs_response", 0)
    shop.post(path, evidence={"uncategorized_text": "winning_evidence"})
    assert shop.get(path)["status"] == "under_review"
    shop.advance(2026, 2, 1)
    won = shop.get(path)
    assert won["status"] == "won"
    entry = won["balance_transactions"][1]
    assert (entry["reporting_category"], entry["net"]) == ("dispute_reversal", 115_00)
    assert types(shop, "charge.dispute.") == [
        "charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.updated",
        "charge.dispute.updated", "charge.dispute.updated", "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
    ]  # fmt: skip
    assert_balance(shop, 0)


@pytest.mark.parametrize("answer", ["losing_evidence", "close", None])
def test_lost_by_evidence_by_giving_in_or_by_silence(shop, answer):
    dispute = shop.simulator.act("open_dispute", charge=charge(shop)["id"])
    path = f"disputes/{dispute['id']}"
    if answer == "close":
        shop.post(f"{path}/close")
        with pytest.raises(StripeError, match="already closed"):
            shop.post(f"{path}/close")
    elif answer:
        shop.post(path, evidence={"uncategorized_text": answer})
    shop.advance(2026, 2, 1)
    lost = shop.get(path)
    assert (lost["status"], len(lost["balance_transactions"])) == ("lost", 1)
    assert lost["evidence_details"]["past_due"] == (answer is None)
    assert types(shop, "charge.dispute.")[-1] == "charge.dispute.closed"
    with pytest.raises(StripeError, match="no longer be submitted"):
        shop.post(path, evidence={"uncategorized_text": "winning_evidence"})


def test_an_inquiry_moves_no_money(shop):
    inquiry = shop.simulator.act("open_dispute", charge=charge(shop)["id"], inquiry=True)
    assert (inquiry["status"], inquiry["balance_transactions"]) == ("warning_needs_response", [])
    assert inquiry["is_charge_refundable"]
    shop.post(f"disputes/{inquiry['id']}", evidence={"receipt": "file_1"})
    assert shop.get(f"disputes/{inquiry['id']}")["status"] == "warning_under_review"
    shop.simulator.act("decide_dispute", dispute=inquiry["id"], outcome="won")
    assert shop.get(f"disputes/{inquiry['id']}")["status"] == "warning_closed"
    assert "charge.dispute.funds_withdrawn" not in shop.event_types()
    assert_balance(shop, 96_80)


def test_an_inquiry_can_become_a_dispute(shop):
    charge(shop, "pm_card_createDisputeInquiry")
    shop.advance(2026, 1, 3)
    inquiry = shop.get("disputes")["data"][0]
    evidence = {"uncategorized_text": "escalate_inquiry_evidence"}
    shop.post(f"disputes/{inquiry['id']}", evidence=evidence)
    shop.advance(2026, 1, 12)
    dispute = shop.get(f"disputes/{inquiry['id']}")
    assert (dispute["status"], len(dispute["balance_transactions"])) == ("needs_response", 1)
    assert types(shop, "charge.dispute.")[-1] == "charge.dispute.funds_withdrawn"
    shop.advance(2026, 2, 12)
    assert shop.get(f"disputes/{inquiry['id']}")["status"] == "lost"


def test_a_card_that_disputes(shop):
    disputed = charge(shop, "pm_card_createDisputeProductNotReceived")
    shop.advance(2026, 1, 3)
    dispute = shop.get("disputes", payment_intent=disputed["payment_intent"])["data"][0]
    assert dispute["reason"] == "product_not_received"
    assert dispute["created"] == to_unix(utc(2026, 1, 2))


def test_part_of_a_euro_charge_is_disputed_in_dollars(shop):
    disputed = charge(shop, currency="eur")
    shop.simulator.act("change_exchange_rate", currency="eur", rate="1.20")
    dispute = shop.simulator.act("open_dispute", charge=disputed["id"], amount=40_00)
    entry = dispute["balance_transactions"][0]
    assert (dispute["currency"], dispute["amount"]) == ("eur", 40_00)
    assert (entry["currency"], entry["amount"], entry["exchange_rate"]) == ("usd", -48_00, 1.2)
    with pytest.raises(StripeError, match="cannot be disputed"):
        shop.simulator.act("open_dispute", charge=disputed["id"], amount=200_00)


def test_a_refund_fails_and_the_money_comes_back(shop):
    refunded = charge(shop, "pm_card_refundFail")
    refund = shop.post("refunds", charge=refunded["id"], amount=30_00)
    assert (refund["status"], shop.get(f"charges/{refunded['id']}")["amount_refunded"]) == (
        "succeeded", 30_00,
    )  # fmt: skip
    shop.advance(2026, 1, 10)
    refund = shop.get(f"refunds/{refund['id']}", expand=["failure_balance_transaction"])
    assert (refund["status"], refund["failure_reason"]) == ("failed", "expired_or_canceled_card")
    entry = refund["failure_balance_transaction"]
    assert (entry["type"], entry["reporting_category"], entry["net"]) == (
        "refund_failure", "refund_failure", 30_00,
    )  # fmt: skip
    refunded = shop.get(f"charges/{refunded['id']}")
    assert (refunded["amount_refunded"], refunded["refunded"]) == (0, False)
    events = shop.event_types()
    assert events[events.index("refund.updated") :][:4] == [
        "refund.updated", "charge.refund.updated", "refund.failed", "charge.updated",
    ]  # fmt: skip
    assert_balance(shop)


def test_any_refund_can_be_let_fail(shop):
    refund = shop.post("refunds", charge=charge(shop)["id"])
    shop.simulator.act("fail_refund", refund=refund["id"], reason="lost_or_stolen_card")
    assert shop.get(f"refunds/{refund['id']}")["failure_reason"] == "lost_or_stolen_card"
    with pytest.raises(StripeError, match="is failed"):
        shop.simulator.act("fail_refund", refund=refund["id"])
    assert_balance(shop, 96_80)


def test_a_pending_refund_succeeds_later(shop):
    refund = shop.post("refunds", charge=charge(shop, "pm_card_pendingRefund")["id"])
    assert refund["status"] == "pending"
    shop.advance(2026, 1, 10)
    assert shop.get(f"refunds/{refund['id']}")["status"] == "succeeded"
    assert types(shop, "refund.") == ["refund.created", "refund.updated"]
