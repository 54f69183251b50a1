"""The story: the same every time, complete, paid in the end, and told alike over HTTP."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from tests.simulator.story_digest import digest
from tests.simulator.webhook_receiver import SECRET, Receiver
from tests.stripe_simulator import SimulatorClient, Story, StripeSimulator
from tests.stripe_simulator.clock import from_unix, to_unix
from tests.stripe_simulator.story_cast import CUSTOMERS, SCENES

DIGEST = "d73a56cd5292c2628588f11ef10ab24fbbaa0fc529f133ec4d28fdb1a4fb02cd"
"""Of the order, ids, types, times and amounts of all events; new fields do not change it."""


def played(extras: bool = False, start: datetime | None = None, seed: int = 1) -> Story:
    """The whole story, played in the process."""
    simulator = StripeSimulator(seed=seed) if start is None else StripeSimulator(start, seed)
    story = Story(simulator, simulator.now, extras=extras)
    story.set_up()
    for month in story.months():
        story.play(month)
    return story


@pytest.fixture(scope="module")
def story():
    return played()


@pytest.fixture(scope="module")
def with_extras():
    return played(extras=True)


def invoices(story: Story, customer: str) -> list[dict]:
    """A customer's invoices, oldest first."""
    params = {"customer": story.ids[f"customer:{customer}"], "limit": 100}
    return story.simulator.request("GET", "/v1/invoices", params)["data"][::-1]


def amounts(invoice: dict) -> list[int]:
    """The amounts of an invoice's lines."""
    return [line["amount"] for line in invoice["lines"]["data"]]


def test_scenes_are_told_in_order():
    times = [(scene.month, scene.day, scene.hour) for scene in SCENES]
    assert times == sorted(times)


def test_two_runs_are_identical(story):
    again = played()
    assert again.simulator.events == story.simulator.events
    assert again.expected() == story.expected()


def test_the_story_is_the_one_that_demo_and_tests_know(with_extras):
    assert digest(with_extras.simulator.events) == DIGEST


def test_another_seed_changes_only_identifiers(story):
    other = played(seed=2)
    assert other.expected() == story.expected()
    types = [event["type"] for event in other.simulator.events]
    assert types == [event["type"] for event in story.simulator.events]
    ids = {event["id"] for event in other.simulator.events}
    assert ids.isdisjoint(event["id"] for event in story.simulator.events)


def test_over_http_it_is_the_same_story(story):
    simulator, receiver = StripeSimulator(seed=1), Receiver()
    simulator.start()
    simulator.add_endpoint(receiver.url, SECRET)
    told = Story(SimulatorClient(simulator.url))
    told.set_up()
    delivered = sum(told.play(month).get("delivered", 0) for month in told.months())
    simulator.drain()
    assert simulator.events == story.simulator.events
    assert sorted(receiver.ids) == sorted(event["id"] for event in story.simulator.events)
    assert 0 < delivered <= len(receiver.ids)
    simulator.stop()
    receiver.close()


def test_it_can_be_resumed_by_another_process():
    simulator = StripeSimulator(seed=1)
    first = Story(simulator)
    first.set_up()
    for month in range(7):
        first.play(month)
    second = Story(simulator)
    second.resume()
    for month in range(7, 14):
        second.play(month)
    assert simulator.events == played().simulator.events


def test_it_starts_in_any_month():
    story = played(start=datetime(2024, 2, 1, tzinfo=UTC))
    assert min(story.expected()) == "2024-02"
    assert story.simulator.now == datetime(2025, 4, 1, tzinfo=UTC)


def test_everybody_pays_in_the_end(story):
    assert {invoice["status"] for invoice in story._all("invoices")} == {"paid"}
    for figures in story.expected().values():
        for figure in figures.values():
            assert figure["billed"] == figure["collected"]


def test_every_customer_is_billed_for_one_line_after_the_other(story):
    """Plan lines of a customer follow each other without gap while a subscription runs."""
    for customer in set(CUSTOMERS) - {"juniper", "copperleaf"}:
        spans = [
            (line["period"]["start"], line["period"]["end"])
            for invoice in invoices(story, customer)
            for line in invoice["lines"]["data"]
            if line["parent"]["type"] == "subscription_item_details"
            and not line["parent"]["subscription_item_details"]["proration"]
        ]
        for before, after in zip(spans, spans[1:], strict=False):
            assert before[1] == after[0], customer


def test_harbour_pays_a_year_with_tax(story):
    first, second = invoices(story, "harbour")
    assert (first["subtotal"], first["total"]) == (1_200_00, 1_440_00)
    assert second["billing_reason"] == "subscription_cycle"


def test_tidewater_pays_a_set_up_fee_first(story):
    fee, plan = invoices(story, "tidewater")[0]["lines"]["data"]
    assert (fee["amount"], plan["amount"]) == (450_00, 99_00)
    assert fee["period"]["start"] == fee["period"]["end"]


def test_marigold_adds_seats_at_once(story):
    first, change, renewal = invoices(story, "marigold")
    assert amounts(first) == [2_400_00]
    credit, charge = amounts(change)
    assert credit < 0 < charge
    assert abs(charge * 5 + credit * 8) <= 8
    assert amounts(renewal) == [3_840_00]


def test_copperleaf_upgrades_with_the_next_renewal(story):
    by_count = [invoice for invoice in invoices(story, "copperleaf") if len(amounts(invoice)) == 3]
    assert len(by_count) == 1
    credit, charge, plan = amounts(by_count[0])
    assert credit < 0 < charge
    assert plan == 249_00


def test_ziegel_and_brume_pay_in_euro(story):
    assert {invoice["currency"] for invoice in invoices(story, "ziegel")} == {"eur"}
    assert [invoice["total"] for invoice in invoices(story, "ziegel")] == [1_080_00] * 2
    assert {invoice["total"] for invoice in invoices(story, "brume")} == {106_80}


def test_fennec_recovers_by_retry(story):
    late = [invoice for invoice in invoices(story, "fennec") if invoice["attempt_count"] > 1]
    assert [invoice["attempt_count"] for invoice in late] == [3]
    moments = late[0]["status_transitions"]
    assert moments["paid_at"] - moments["finalized_at"] == 8 * 86_400


def test_larkspur_leaves_at_the_end_of_a_period(story):
    subscription = story.simulator.request(
        "GET", f"/v1/subscriptions/{story.ids['subscription:larkspur']}"
    )
    assert subscription["status"] == "canceled"
    assert subscription["ended_at"] > subscription["canceled_at"]
    assert len(invoices(story, "larkspur")) == 6


def test_mosaic_has_a_discount_for_half_a_year(story):
    totals = [invoice["total"] for invoice in invoices(story, "mosaic")]
    assert totals == [199_20] * 6 + [249_00] * 6


def test_bluegum_pays_tax_within_the_price(story):
    first = invoices(story, "bluegum")[0]
    assert (first["total"], first["total_excluding_tax"]) == (99_00, 90_00)


def test_pelican_keeps_to_the_end_of_the_month(story):
    days = [
        from_unix(invoice["lines"]["data"][0]["period"]["start"]).day
        for invoice in invoices(story, "pelican")[:6]
    ]
    assert days == [31, 30, 31, 31, 28, 31]


def test_sakura_tries_for_two_weeks(story):
    totals = [invoice["total"] for invoice in invoices(story, "sakura")]
    assert totals[:2] == [0, 99_00]


def test_juniper_leaves_and_comes_back(story):
    starts = [
        from_unix(invoice["lines"]["data"][0]["period"]["start"]).strftime("%Y-%m")
        for invoice in invoices(story, "juniper")
    ]
    assert "2026-02" in starts
    assert not {"2026-03", "2026-04", "2026-05"} & set(starts)
    assert "2026-06" in starts


def test_extras_add_a_credit_note_and_a_void(story, with_extras):
    assert "credit_note.created" not in {event["type"] for event in story.simulator.events}
    types = Counter(event["type"] for event in with_extras.simulator.events)
    assert (types["credit_note.created"], types["refund.created"], types["invoice.voided"]) == (
        1, 1, 1,
    )  # fmt: skip
    plain, extra = story.expected(), with_extras.expected()
    assert {month for month in plain if plain[month] != extra[month]} == {"2026-05"}
    figures = extra["2026-05"]["usd"]
    assert (figures["credited"], figures["refunded"], figures["voided"]) == (33_00, 33_00, 150_00)


def test_expected_figures_of_the_first_month(story):
    figures = story.expected()["2025-09"]
    net = 1_200_00 + 99_00 + 99_00 + 450_00 + 99_00 + 2_400_00 + 99_00
    assert figures == {
        "usd": {
            "billed": net + 240_00,
            "billed_ex_tax": net,
            "voided": 0,
            "voided_ex_tax": 0,
            "credited": 0,
            "credited_ex_tax": 0,
            "collected": net + 240_00,
            "refunded": 0,
        }
    }


def test_payouts_carry_every_charge_less_its_fee(story):
    world = story.simulator.world
    settled = sum(
        entry["net"]
        for entry in world.store.all("balance_transaction")
        if entry["type"] != "payout" and entry["id"] not in set(world.unsettled)
    )
    assert settled == sum(payout["amount"] for payout in world.store.all("payout"))


def test_events_never_run_ahead_of_the_clock(story):
    created = [event["created"] for event in story.simulator.events]
    assert created == sorted(created)
    assert created[-1] <= to_unix(story.simulator.now)
