"""Trials, pauses, schedules, backdating, anchors, overdue invoices."""

import pytest

from tests.simulator.simulated_business import DECLINING, Business, utc
from tests.stripe_simulator.clock import to_unix
from tests.stripe_simulator.errors import StripeError
from tests.stripe_simulator.settings import Settings


@pytest.fixture
def shop():
    return Business()


def at(*parts: int) -> int:
    """Unix seconds of a moment in UTC."""
    return to_unix(utc(*parts))


def get(shop, subscription: dict) -> dict:
    """The subscription as it is now."""
    return shop.get(f"subscriptions/{subscription['id']}")


def put(shop, subscription: dict, **params: object) -> dict:
    """Change a subscription."""
    return shop.post(f"subscriptions/{subscription['id']}", **params)


def spans(shop, subscription: dict) -> list[tuple]:
    """Amount and period of every line of a subscription, oldest invoice first."""
    return [
        (line["amount"], line["period"]["start"], line["period"]["end"])
        for invoice in shop.invoices(subscription)
        for line in shop.lines(invoice)
    ]


def changes(shop, field: str) -> list:
    """The values that a field of subscriptions had before each update that changed it."""
    return [
        event["data"]["previous_attributes"][field]
        for event in shop.simulator.events
        if event["type"] == "customer.subscription.updated"
        and field in event["data"]["previous_attributes"]
    ]


# Trials


@pytest.mark.parametrize(
    ("behavior", "status"), [("cancel", "canceled"), ("pause", "paused"), ("create_invoice", None)]
)
def test_a_trial_that_ends_without_a_card(shop, behavior, status):
    settings = {"end_behavior": {"missing_payment_method": behavior}}
    customer = shop.post("customers")["id"]
    subscription = shop.subscribe(
        shop.price(99_00), customer, trial_period_days=10, trial_settings=settings
    )
    shop.advance(2026, 1, 12)
    assert get(shop, subscription)["status"] == (status or "past_due")
    assert len(shop.invoices(subscription)) == (1 if status else 2)
    assert ("customer.subscription.paused" in shop.event_types()) == (status == "paused")


def test_a_trial_ended_early_bills_at_once(shop):
    subscription = shop.subscribe(shop.price(99_00), trial_period_days=10)
    shop.advance(2026, 1, 5)
    changed = put(shop, subscription, trial_end="now")
    assert (changed["status"], changed["trial_end"]) == ("active", at(2026, 1, 5))
    assert changed["billing_cycle_anchor"] == at(2026, 1, 5)
    shop.advance(2026, 2, 6)
    assert spans(shop, subscription) == [
        (0, at(2026, 1, 1), at(2026, 1, 11)),
        (99_00, at(2026, 1, 5), at(2026, 2, 5)),
        (99_00, at(2026, 2, 5), at(2026, 3, 5)),
    ]


def test_a_trial_can_be_longer(shop):
    subscription = shop.subscribe(shop.price(99_00), trial_period_days=10)
    put(shop, subscription, trial_end=at(2026, 1, 21))
    shop.advance(2026, 1, 15)
    assert get(shop, subscription)["status"] == "trialing"
    shop.advance(2026, 1, 22)
    assert spans(shop, subscription)[1] == (99_00, at(2026, 1, 21), at(2026, 2, 21))
    assert shop.event_types().count("customer.subscription.trial_will_end") == 1


def test_a_running_subscription_can_get_a_trial(shop):
    subscription = shop.subscribe(shop.price(31_00))
    shop.advance(2026, 1, 11)
    put(shop, subscription, trial_end=at(2026, 2, 15))
    assert get(shop, subscription)["status"] == "trialing"
    shop.advance(2026, 2, 16)
    invoice = shop.invoice(subscription)
    assert [line["amount"] for line in invoice["lines"]["data"]] == [-21_00, 31_00]


# Pauses


@pytest.mark.parametrize(
    ("behavior", "status"),
    [("keep_as_draft", "draft"), ("void", "void"), ("mark_uncollectible", "uncollectible")],
)
def test_a_pause_of_collection(shop, behavior, status):
    subscription = shop.subscribe(shop.price(99_00))
    paused = {"behavior": behavior, "resumes_at": at(2026, 3, 15)}
    put(shop, subscription, pause_collection=paused)
    shop.advance(2026, 4, 2)
    statuses = [invoice["status"] for invoice in shop.invoices(subscription)]
    assert statuses == ["paid", status, status, "paid"]
    assert get(shop, subscription)["status"] == "active"
    assert get(shop, subscription)["pause_collection"] is None
    assert changes(shop, "pause_collection") == [None, paused]
    assert "customer.subscription.paused" not in shop.event_types()


def test_credit_is_spent_before_an_invoice_is_given_up(shop):
    subscription = shop.subscribe(shop.price(99_00))
    path = f"customers/{subscription['customer']}/balance_transactions"
    shop.post(path, amount=-100_00, currency="usd")
    put(shop, subscription, pause_collection={"behavior": "mark_uncollectible"})
    shop.advance(2026, 3, 2)
    invoices = shop.invoices(subscription)[1:]
    assert [(each["status"], each["amount_due"]) for each in invoices] == [
        ("paid", 0), ("uncollectible", 98_00),
    ]  # fmt: skip


def test_a_pause_of_collection_is_ended_by_hand(shop):
    subscription = shop.subscribe(shop.price(99_00))
    with pytest.raises(StripeError, match="Invalid pause_collection"):
        put(shop, subscription, pause_collection={"behavior": "dream"})
    put(shop, subscription, pause_collection={"behavior": "void"})
    put(shop, subscription, pause_collection="")
    shop.advance(2026, 2, 2)
    assert shop.invoice(subscription)["status"] == "paid"


def test_a_paused_subscription_bills_nothing_until_it_is_resumed(shop):
    subscription = shop.subscribe(shop.price(99_00))
    with pytest.raises(StripeError, match="Only a paused"):
        put(shop, {"id": f"{subscription['id']}/resume"})
    shop.advance(2026, 1, 20)
    shop.simulator.act("pause_subscription", subscription=subscription["id"])
    shop.advance(2026, 4, 10)
    assert len(shop.invoices(subscription)) == 1
    shop.post(f"subscriptions/{subscription['id']}/resume")
    resumed = get(shop, subscription)
    assert (resumed["status"], resumed["billing_cycle_anchor"]) == ("active", at(2026, 4, 10))
    assert spans(shop, subscription)[-1] == (99_00, at(2026, 4, 10), at(2026, 5, 10))
    assert shop.event_types()[-1] == "customer.subscription.resumed"
    shop.advance(2026, 5, 11)
    assert len(shop.invoices(subscription)) == 3


def test_resuming_in_the_old_rhythm(shop):
    subscription = shop.subscribe(shop.price(30_00))
    shop.simulator.act("pause_subscription", subscription=subscription["id"])
    shop.advance(2026, 4, 11)
    path = f"subscriptions/{subscription['id']}/resume"
    shop.post(path, billing_cycle_anchor="unchanged", proration_behavior="always_invoice")
    assert spans(shop, subscription)[-1] == (20_00, at(2026, 4, 11), at(2026, 5, 1))
    shop.advance(2026, 5, 2)
    assert spans(shop, subscription)[-1] == (30_00, at(2026, 5, 1), at(2026, 6, 1))


def test_resuming_fails_when_nobody_pays(shop):
    subscription = shop.subscribe(shop.price(30_00))
    shop.simulator.act("pause_subscription", subscription=subscription["id"])
    shop.post(f"customers/{subscription['customer']}", **shop.card(DECLINING))
    shop.post(f"subscriptions/{subscription['id']}/resume")
    assert get(shop, subscription)["status"] == "paused"
    shop.advance(2026, 1, 3)
    assert get(shop, subscription)["status"] == "paused"
    assert shop.invoice(subscription)["status"] == "void"


# Backdating and anchors


def test_a_backdated_subscription_bills_every_period_since(shop):
    shop.advance(2026, 3, 10)
    subscription = shop.subscribe(shop.price(31_00), backdate_start_date=at(2026, 1, 5))
    assert (subscription["start_date"], subscription["created"]) == (
        at(2026, 1, 5),
        at(2026, 3, 10),
    )
    shop.advance(2026, 4, 6)
    assert spans(shop, subscription) == [
        (31_00, at(2026, 1, 5), at(2026, 2, 5)),
        (31_00, at(2026, 2, 5), at(2026, 3, 5)),
        (31_00, at(2026, 3, 5), at(2026, 4, 5)),
        (31_00, at(2026, 4, 5), at(2026, 5, 5)),
    ]


@pytest.mark.parametrize(("behavior", "first"), [("create_prorations", [21_00]), ("none", [])])
def test_the_first_period_ends_at_the_anchor(shop, behavior, first):
    shop.advance(2026, 1, 11)
    subscription = shop.subscribe(
        shop.price(31_00), billing_cycle_anchor=at(2026, 2, 1), proration_behavior=behavior
    )
    item = subscription["items"]["data"][0]
    assert (item["current_period_start"], item["current_period_end"]) == (
        at(2026, 1, 11), at(2026, 2, 1),
    )  # fmt: skip
    shop.advance(2026, 2, 2)
    assert [amount for amount, _start, _end in spans(shop, subscription)] == [*first, 31_00]


def test_the_rhythm_can_start_anew(shop):
    subscription = shop.subscribe(shop.price(31_00))
    shop.advance(2026, 1, 11)
    put(shop, subscription, billing_cycle_anchor="now")
    shop.advance(2026, 2, 12)
    assert spans(shop, subscription) == [
        (31_00, at(2026, 1, 1), at(2026, 2, 1)),
        (-21_00, at(2026, 1, 11), at(2026, 2, 1)),
        (31_00, at(2026, 1, 11), at(2026, 2, 11)),
        (31_00, at(2026, 2, 11), at(2026, 3, 11)),
    ]


def test_a_set_end_can_be_taken_back(shop):
    subscription = shop.subscribe(shop.price(31_00))
    put(shop, subscription, cancel_at=at(2026, 1, 20))
    put(shop, subscription, cancel_at="")
    shop.advance(2026, 2, 2)
    assert get(shop, subscription)["status"] == "active"
    assert len(shop.invoices(subscription)) == 2


# Overdue


@pytest.mark.parametrize("outcome", ["past_due", "unpaid", "canceled"])
def test_a_sent_invoice_falls_overdue(outcome):
    shop = Business(settings=Settings(after_overdue=outcome))
    subscription = shop.subscribe(
        shop.price(99_00, "year"), collection_method="send_invoice", days_until_due=14
    )
    shop.advance(2026, 1, 16)
    assert get(shop, subscription)["status"] == "past_due"
    assert "invoice.overdue" in shop.event_types()
    shop.advance(2026, 2, 20)
    assert get(shop, subscription)["status"] == outcome
    shop.post(f"invoices/{shop.invoice(subscription)['id']}/pay", paid_out_of_band=True)
    assert get(shop, subscription)["status"] == ("canceled" if outcome == "canceled" else "active")


# Schedules


def phase(price: str, months: int = 1, quantity: int = 1, **more: object) -> dict:
    """A phase of some months with one item."""
    items = [{"price": price, "quantity": quantity}]
    return {"items": items, "duration": {"interval": "month", "interval_count": months}, **more}


def amounts(shop, schedule: dict) -> list[int]:
    """The line amounts of a schedule's subscription."""
    return [each[0] for each in spans(shop, {"id": schedule["subscription"]})]


def test_phases_follow_each_other_and_release(shop):
    low, high = shop.price(10_00), shop.price(20_00)
    schedule = shop.post(
        "subscription_schedules",
        customer=shop.customer(),
        phases=[phase(low, 2), phase(high, quantity=3)],
    )
    subscription = shop.get(f"subscriptions/{schedule['subscription']}")
    assert (schedule["status"], subscription["schedule"]) == ("active", schedule["id"])
    assert schedule["current_phase"] == {"start_date": at(2026, 1, 1), "end_date": at(2026, 3, 1)}
    shop.advance(2026, 5, 2)
    assert amounts(shop, schedule) == [10_00, 10_00, 60_00, 60_00, 60_00]
    schedule = shop.get(f"subscription_schedules/{schedule['id']}")
    assert (schedule["status"], schedule["released_subscription"]) == (
        "released", subscription["id"],
    )  # fmt: skip
    assert get(shop, subscription)["schedule"] is None
    types = [each for each in shop.event_types() if each.startswith("subscription_schedule")]
    assert types == [
        "subscription_schedule.created", *["subscription_schedule.updated"] * 3,
        "subscription_schedule.released",
    ]  # fmt: skip


def test_a_schedule_begins_later_and_cancels(shop):
    schedule = shop.post(
        "subscription_schedules",
        customer=shop.customer(),
        start_date=at(2026, 2, 1),
        end_behavior="cancel",
        phases=[phase(shop.price(10_00))],
    )
    assert (schedule["status"], schedule["subscription"]) == ("not_started", None)
    shop.advance(2026, 4, 1)
    schedule = shop.get(f"subscription_schedules/{schedule['id']}")
    assert (schedule["status"], schedule["completed_at"]) == ("completed", at(2026, 3, 1))
    assert amounts(shop, schedule) == [10_00]
    assert shop.get(f"subscriptions/{schedule['subscription']}")["ended_at"] == at(2026, 3, 1)


def test_a_phase_within_a_period_prorates(shop):
    low, high = shop.price(31_00), shop.price(62_00)
    phases = [{"items": [{"price": low}], "end_date": at(2026, 1, 11)}, phase(high)]
    schedule = shop.post("subscription_schedules", customer=shop.customer(), phases=phases)
    shop.advance(2026, 2, 2)
    assert amounts(shop, schedule) == [31_00, -21_00, 42_00, 62_00]


def test_a_running_subscription_is_put_under_a_schedule(shop):
    low, high, extra = shop.price(10_00), shop.price(20_00), shop.price(5_00)
    subscription = shop.subscribe(low)
    schedule = shop.post("subscription_schedules", from_subscription=subscription["id"])
    first = {"items": [{"price": low}], "end_date": at(2026, 2, 1)}
    later = {"items": [{"price": high}, {"price": extra}], "end_date": at(2026, 3, 1)}
    path = f"subscription_schedules/{schedule['id']}"
    shop.post(path, phases=[first, later, phase(low)])
    shop.advance(2026, 3, 2)
    assert amounts(shop, schedule) == [10_00, 20_00, 5_00, 10_00]
    shop.post(f"{path}/release")
    with pytest.raises(StripeError, match="is released"):
        shop.post(f"{path}/cancel")
    with pytest.raises(StripeError, match="needs an end_date"):
        shop.post("subscription_schedules", customer=shop.customer(),
                  phases=[{"items": [{"price": low}]}])  # fmt: skip


def test_a_cancelled_schedule_ends_its_subscription(shop):
    schedule = shop.post(
        "subscription_schedules", customer=shop.customer(), phases=[phase(shop.price(10_00), 6)]
    )
    shop.advance(2026, 2, 10)
    shop.post(f"subscription_schedules/{schedule['id']}/cancel")
    assert shop.get(f"subscriptions/{schedule['subscription']}")["status"] == "canceled"
    shop.advance(2026, 5, 1)
    assert amounts(shop, schedule) == [10_00, 10_00]


def test_lists_of_schedules(shop):
    made = shop.post(
        "subscription_schedules", customer=shop.customer(), phases=[phase(shop.price(1_00))]
    )
    assert shop.get("subscription_schedules", customer=made["customer"])["data"] == [made]
