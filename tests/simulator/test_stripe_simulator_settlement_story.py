"""The second story: the same every time, and what it says about money adds up."""

from collections import Counter

import pytest

from tests.simulator import stripe_openapi
from tests.simulator.settled_business import all_of, assert_balance, assert_payouts_itemise
from tests.simulator.story_digest import digest
from tests.stripe_simulator import SettlementStory, SimulatorClient, StripeSimulator
from tests.stripe_simulator.settlement_cast import CUSTOMERS, SCENES

DIGEST = "36b6235157d7cc818d04169630458bef57d3bfdffb3a57dc263d03fad67222dd"
KINDS = {
    "charge", "charge_failure", "dispute", "dispute_reversal", "fee", "payout", "payout_reversal",
    "refund", "refund_failure", "risk_reserved_funds", "tax",
}  # fmt: skip


class Teller:
    """A story with the short names that the checks of a business use."""

    def __init__(self, story: SettlementStory):
        self.story, self.simulator = story, story.simulator

    def get(self, path: str, **params: object) -> dict:
        """GET /v1/path"""
        return self.simulator.request("GET", f"/v1/{path}", params)


def play(story: SettlementStory) -> SettlementStory:
    """The whole story."""
    story.set_up()
    for month in story.months():
        story.play(month)
    return story


@pytest.fixture(scope="module")
def story():
    return play(SettlementStory(StripeSimulator(seed=1)))


@pytest.fixture
def teller(story):
    return Teller(story)


def invoices(teller: Teller, customer: str) -> list[dict]:
    """A customer's invoices, oldest first."""
    return all_of(teller, "invoices", customer=teller.story.ids[f"customer:{customer}"])[::-1]


def test_scenes_are_told_in_order_about_people_of_the_cast():
    times = [(scene.month, scene.day, scene.hour) for scene in SCENES]
    assert times == sorted(times)
    assert {scene.customer for scene in SCENES} - {""} == set(CUSTOMERS)


def test_the_story_is_always_the_same(story):
    assert digest(story.simulator.events) == DIGEST


def test_over_http_it_is_the_same_story(story):
    simulator = StripeSimulator(seed=1)
    simulator.start()
    told = play(SettlementStory(SimulatorClient(simulator.url)))
    assert simulator.events == story.simulator.events
    assert (told.expected(), told.settled()) == (story.expected(), story.settled())
    simulator.stop()


def test_everything_is_what_stripe_specifies(story):
    world = story.simulator.world
    problems = {stripe_openapi.event_problem(event) for event in story.simulator.events}
    problems |= {stripe_openapi.problem(obj) for obj in world.store.objects.values()}
    assert problems == {None}


def test_the_balance_adds_up(teller):
    assert_balance(teller)
    assert_payouts_itemise(teller)


def test_every_kind_of_entry_occurs(story):
    settled = story.settled()
    kinds = {kind for month in settled.values() for figure in month.values() for kind in figure}
    assert kinds == {*KINDS, "fees", "net"}


def test_what_was_settled_is_what_is_left(story, teller):
    left = Counter()
    for month in story.settled().values():
        for currency, figure in month.items():
            left[currency] += figure["net"]
    balance = teller.get("balance")
    shown = Counter()
    for amount in (*balance["available"], *balance["pending"]):
        shown[amount["currency"]] += amount["amount"]
    assert left == shown


def test_payouts_take_every_way(teller):
    payouts = all_of(teller, "payouts")
    assert Counter(payout["status"] for payout in payouts)["failed"] == 2
    assert {payout["automatic"] for payout in payouts} == {True, False}
    assert {payout["currency"] for payout in payouts} == {"usd", "eur"}
    assert min(payout["amount"] for payout in payouts) < 0


def test_disputes_are_won_lost_and_only_asked_about(teller):
    disputes = {each["status"]: each for each in all_of(teller, "disputes")}
    assert set(disputes) == {"won", "lost", "warning_closed"}
    assert len(disputes["won"]["balance_transactions"]) == 2
    lost = disputes["lost"]["balance_transactions"][0]
    assert (disputes["lost"]["currency"], disputes["lost"]["amount"]) == ("gbp", 400_00)
    assert (lost["currency"], lost["amount"], lost["exchange_rate"]) == ("usd", -494_00, 1.235)


def test_ember_gets_the_money_by_bank_transfer_in_the_end(teller):
    refund = teller.get("refunds", charge=_first_charge(teller, "ember"))["data"][0]
    assert refund["status"] == "failed"
    note = all_of(teller, "credit_notes")[0]
    assert (note["out_of_band_amount"], note["type"]) == (60_00, "post_payment")


def _first_charge(teller: Teller, customer: str) -> str:
    return all_of(teller, "charges", customer=teller.story.ids[f"customer:{customer}"])[-1]["id"]


def test_fjords_account_was_empty_once(teller):
    charges = all_of(teller, "charges", customer=teller.story.ids["customer:fjord"])[::-1]
    assert [charge["status"] for charge in charges] == [
        "succeeded", "succeeded", "failed", *["succeeded"] * 4,
    ]  # fmt: skip
    assert {invoice["status"] for invoice in invoices(teller, "fjord")} == {"paid"}


def test_garnet_pays_in_parts_and_too_much(teller):
    first, second, *_later = invoices(teller, "garnet")
    assert (first["amount_paid"], first["amount_overpaid"]) == (120_00, 30_00)
    assert (first["amount_paid_off_stripe"], second["amount_due"]) == (50_00, 90_00)
    by_hand = [each for each in invoices(teller, "garnet") if each["billing_reason"] == "manual"]
    assert [(each["total"], each["ending_balance"]) for each in by_hand] == [(-120_00, -120_00)]


@pytest.mark.parametrize(
    ("customer", "statuses"),
    [
        ("heron", ["paid"] * 7),
        ("ibis", ["paid"]),
        ("jasper", ["paid", "paid", "void", "void", "paid"]),
        ("kestrel", ["paid"] * 6),
        ("osprey", ["paid", "open", "open", "open", "open", "open"]),
    ],
)
def test_who_paused_tried_or_was_given_up(teller, customer, statuses):
    assert [each["status"] for each in invoices(teller, customer)] == statuses


def test_lichen_uses_more_than_the_grant(teller):
    _first, second, third, *_later = invoices(teller, "lichen")
    lines = [(line["amount"], line["quantity"]) for line in second["lines"]["data"]]
    assert lines == [(45_00, 9_000), (110_00, 5), (45_00, 3)]
    assert second["total_pretax_credit_amounts"][0]["amount"] == 20_00
    assert (second["total"], third["total"]) == (180_00, 225_00)


def test_marlin_follows_a_schedule(teller):
    assert [each["total"] for each in invoices(teller, "marlin")] == [
        120_00, 120_00, 200_00, 200_00, 200_00, 200_00,
    ]  # fmt: skip


def test_nettle_is_backdated_and_pays_the_tax_itself(teller):
    first = invoices(teller, "nettle")[0]
    assert [line["amount"] for line in first["lines"]["data"]] == [110_00, 110_00]
    assert first["total_taxes"][0]["taxability_reason"] == "reverse_charge"
    assert first["customer_tax_ids"] == [{"type": "eu_vat", "value": "DE123456789"}]


def test_what_is_due_is_paid_or_remains(teller):
    for invoice in all_of(teller, "invoices"):
        if invoice["status"] in ("open", "paid", "uncollectible"):
            assert invoice["amount_due"] == invoice["amount_paid"] + invoice["amount_remaining"]
        paid = [each["amount_paid"] or 0 for each in _payments(teller, invoice)]
        assert sum(paid) == invoice["amount_paid"] + invoice["amount_overpaid"]


def _payments(teller: Teller, invoice: dict) -> list[dict]:
    return all_of(teller, "invoice_payments", invoice=invoice["id"])


def test_a_customers_balance_is_the_sum_of_its_entries(teller):
    balances = 0
    for customer in all_of(teller, "customers"):
        entries = all_of(teller, f"customers/{customer['id']}/balance_transactions")
        assert customer["balance"] == sum(entry["amount"] for entry in entries)
        balances += len(entries)
    assert balances > 4


def test_refunds_and_failures_are_told_by_their_charges(teller):
    for charge in all_of(teller, "charges"):
        refunds = all_of(teller, "refunds", charge=charge["id"])
        given_back = [each["amount"] for each in refunds if each["status"] != "failed"]
        assert charge["amount_refunded"] == sum(given_back)
        assert charge["paid"] == (charge["status"] == "succeeded")


def test_events_tell_what_an_object_was_before(teller):
    """The previous attributes put on the newer snapshot agree with the snapshot before it."""
    seen: dict[str, dict] = {}
    for event in teller.simulator.events:
        obj, previous = event["data"]["object"], event["data"].get("previous_attributes")
        before = seen.get(obj["id"])
        if previous is not None and before is not None:
            assert previous
            for name in set(previous) & {"status", "amount_paid", "balance", "pause_collection"}:
                assert obj[name] != previous[name]
        seen[obj["id"]] = obj
