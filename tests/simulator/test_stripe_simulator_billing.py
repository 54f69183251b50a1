"""What the simulator bills: periods, renewals, prorations, taxes, discounts, dunning, ends."""

import pytest

from tests.simulator.simulated_business import DECLINING, WORKING, Business, utc
from tests.stripe_simulator.clock import to_unix
from tests.stripe_simulator.errors import StripeError
from tests.stripe_simulator.settings import Settings


@pytest.fixture
def shop():
    return Business()


def periods(invoices: list[dict]) -> list[tuple[int, int]]:
    """The periods of the first lines."""
    found = [invoice["lines"]["data"][0]["period"] for invoice in invoices]
    return [(period["start"], period["end"]) for period in found]


def seconds(*dates: tuple[int, int, int]) -> list[int]:
    """Midnights as unix seconds."""
    return [to_unix(utc(*date)) for date in dates]


# Periods and renewals


def test_first_invoice_is_paid_at_once(shop):
    subscription = shop.subscribe(shop.price(99_00))
    invoice = shop.invoice(subscription)
    assert (invoice["status"], invoice["billing_reason"]) == ("paid", "subscription_create")
    assert invoice["amount_paid"] == 99_00
    assert shop.get(f"subscriptions/{subscription['id']}")["status"] == "active"
    types = shop.event_types()
    assert types[types.index("customer.subscription.created") :] == [
        "customer.subscription.created", "invoice.created", "customer.updated",
        "invoice.finalized", "invoice.updated", "payment_intent.created", "charge.succeeded",
        "payment_intent.succeeded", "invoice.updated", "invoice.paid",
        "invoice.payment_succeeded", "customer.subscription.updated", "invoice_payment.paid",
    ]  # fmt: skip


def test_months_are_counted_from_the_anchor():
    shop = Business(utc(2026, 1, 31))
    subscription = shop.subscribe(shop.price(99_00))
    shop.advance(2026, 5, 1)
    first, second, third, fourth = periods(shop.invoices(subscription))
    starts = seconds((2026, 1, 31), (2026, 2, 28), (2026, 3, 31), (2026, 4, 30), (2026, 5, 31))
    assert [first[0], second[0], third[0], fourth[0], fourth[1]] == starts
    assert (first[1], second[1], third[1]) == (second[0], third[0], fourth[0])


def test_a_renewal_is_a_draft_for_an_hour(shop):
    subscription = shop.subscribe(shop.price(99_00))
    shop.advance(2026, 2, 1)
    invoice = shop.invoice(subscription)
    assert (invoice["status"], invoice["number"]) == ("draft", None)
    assert invoice["automatically_finalizes_at"] == to_unix(utc(2026, 2, 1, 1))
    shop.advance(2026, 2, 1, 1)
    invoice = shop.invoice(subscription)
    assert (invoice["status"], invoice["billing_reason"]) == ("paid", "subscription_cycle")
    assert invoice["status_transitions"]["finalized_at"] == to_unix(utc(2026, 2, 1, 1))


def test_renewal_event_shows_the_old_period(shop):
    subscription = shop.subscribe(shop.price(99_00))
    shop.advance(2026, 2, 1)
    event = [
        event for event in shop.simulator.events if event["type"] == "customer.subscription.updated"
    ][-1]
    previous = event["data"]["previous_attributes"]
    assert set(previous) == {"items", "latest_invoice"}
    assert previous["items"]["data"][0]["current_period_end"] == to_unix(utc(2026, 2, 1))
    assert previous["latest_invoice"] == subscription["latest_invoice"]
    assert event["request"] == {"id": None, "idempotency_key": None}


def test_items_of_different_intervals_renew_on_their_own():
    shop = Business()
    params = {"items": [{"price": shop.price(10_00)}, {"price": shop.price(100_00, "year")}]}
    subscription = shop.post("subscriptions", customer=shop.customer(), **params)
    shop.advance(2027, 1, 2)
    invoices = shop.invoices(subscription)
    assert [len(invoice["lines"]["data"]) for invoice in invoices] == [2, *[1] * 11, 2]
    assert invoices[-1]["total"] == 110_00


def test_a_trial_costs_nothing_and_then_bills(shop):
    subscription = shop.subscribe(shop.price(99_00), trial_period_days=14)
    assert subscription["status"] == "trialing"
    assert shop.invoice(subscription)["total"] == 0
    shop.advance(2026, 2, 20)
    totals = [invoice["total"] for invoice in shop.invoices(subscription)]
    assert totals == [0, 99_00, 99_00]
    assert periods(shop.invoices(subscription))[1] == tuple(seconds((2026, 1, 15), (2026, 2, 15)))
    assert "customer.subscription.trial_will_end" in shop.event_types()


def test_a_sent_invoice_waits_for_its_money(shop):
    subscription = shop.subscribe(
        shop.price(99_00), collection_method="send_invoice", days_until_due=30
    )
    invoice = shop.invoice(subscription)
    assert invoice["status"] == "open"
    assert invoice["due_date"] == to_unix(utc(2026, 1, 31))
    paid = shop.post(f"invoices/{invoice['id']}/pay", paid_out_of_band=True)
    assert (paid["status"], paid["amount_paid_off_stripe"]) == ("paid", 99_00)
    assert "invoice.payment_succeeded" not in shop.event_types()
    assert shop.get("charges")["data"] == []


# Prorations


def test_more_seats_are_billed_at_once(shop):
    subscription = shop.subscribe(shop.price(365_00, "year"), quantity=2)
    first = shop.invoice(subscription)
    shop.advance(2026, 1, 11)
    shop.change(subscription, "always_invoice", quantity=3)
    invoice = shop.invoice(subscription)
    credit, charge = invoice["lines"]["data"]
    assert (credit["amount"], charge["amount"]) == (-710_00, 1_065_00)
    assert invoice["total"] == invoice["amount_paid"] == 355_00
    assert invoice["billing_reason"] == "subscription_update"
    end = to_unix(utc(2027, 1, 1))
    for line in (credit, charge):
        details = line["parent"]["subscription_item_details"]
        assert details["proration"]
        assert not line["discountable"]
        assert line["period"] == {"start": to_unix(utc(2026, 1, 11)), "end": end}
    credited = credit["parent"]["subscription_item_details"]["proration_details"]
    assert credited["credited_items"] == {
        "invoice": first["id"],
        "invoice_line_items": [first["lines"]["data"][0]["id"]],
    }


def test_pending_prorations_come_with_the_next_invoice(shop):
    subscription = shop.subscribe(shop.price(31_00))
    shop.advance(2026, 1, 11)
    shop.change(subscription, price=shop.price(62_00))
    assert len(shop.invoices(subscription)) == 1
    assert shop.get("invoiceitems", pending=True)["data"][0]["amount"] == 42_00
    shop.advance(2026, 2, 2)
    lines = shop.invoice(subscription)["lines"]["data"]
    assert [line["amount"] for line in lines] == [-21_00, 42_00, 62_00]
    assert shop.get("invoiceitems", pending=True)["data"] == []


def test_a_second_change_credits_the_first(shop):
    subscription = shop.subscribe(shop.price(31_00))
    for day, quantity in ((11, 2), (21, 1)):
        shop.advance(2026, 1, day)
        shop.change(subscription, quantity=quantity)
    shop.advance(2026, 2, 2)
    invoice = shop.invoice(subscription)
    lines = invoice["lines"]["data"]
    assert [line["amount"] for line in lines] == [-21_00, 42_00, -22_00, 11_00, 31_00]
    details = lines[2]["parent"]["subscription_item_details"]["proration_details"]
    assert details["credited_items"] == {
        "invoice": invoice["id"],
        "invoice_line_items": [lines[1]["id"]],
    }


def test_none_prorates_nothing(shop):
    subscription = shop.subscribe(shop.price(31_00))
    shop.advance(2026, 1, 11)
    shop.change(subscription, "none", quantity=2)
    shop.advance(2026, 2, 2)
    assert [invoice["total"] for invoice in shop.invoices(subscription)] == [31_00, 62_00]


def test_prorations_include_percent_discounts(shop):
    shop.post("coupons", id="HALF", percent_off=50, duration="forever")
    subscription = shop.subscribe(shop.price(31_00), discounts=[{"coupon": "HALF"}])
    shop.advance(2026, 1, 11)
    shop.change(subscription, "always_invoice", quantity=2)
    lines = shop.invoice(subscription)["lines"]["data"]
    assert [line["amount"] for line in lines] == [-10_50, 21_00]
    assert [line["discount_amounts"] for line in lines] == [[], []]


def test_prorations_bear_tax(shop):
    rate = shop.tax_rate(20)
    subscription = shop.subscribe(shop.price(31_00), default_tax_rates=[rate])
    shop.advance(2026, 1, 11)
    shop.change(subscription, "always_invoice", quantity=2)
    invoice = shop.invoice(subscription)
    taxes = [line["taxes"][0]["amount"] for line in invoice["lines"]["data"]]
    assert taxes == [-4_20, 8_40]
    assert invoice["total"] == 21_00 + 4_20


def test_a_downgrade_becomes_credit_that_the_next_invoice_spends(shop):
    subscription = shop.subscribe(shop.price(31_00), quantity=4)
    shop.advance(2026, 1, 11)
    shop.change(subscription, "always_invoice", quantity=1)
    invoice = shop.invoice(subscription)
    assert (invoice["total"], invoice["amount_due"]) == (-63_00, 0)
    assert (invoice["status"], invoice["ending_balance"]) == ("paid", -63_00)
    shop.advance(2026, 2, 2)
    invoice = shop.invoice(subscription)
    assert (invoice["total"], invoice["amount_due"], invoice["status"]) == (31_00, 0, "paid")
    assert (invoice["starting_balance"], invoice["ending_balance"]) == (-63_00, -32_00)
    shop.advance(2026, 3, 2)
    entries = shop.get(f"customers/{subscription['customer']}/balance_transactions")["data"]
    assert [entry["amount"] for entry in entries] == [31_00, 31_00, -63_00]


# Taxes and discounts


def test_exclusive_tax_is_added(shop):
    rate = shop.tax_rate(20)
    subscription = shop.subscribe(shop.price(1_200_00, "year"), default_tax_rates=[rate])
    invoice = shop.invoice(subscription)
    assert (invoice["subtotal"], invoice["total"]) == (1_200_00, 1_440_00)
    assert invoice["total_excluding_tax"] == 1_200_00
    assert invoice["total_taxes"][0]["amount"] == 240_00
    assert invoice["total_taxes"][0]["tax_rate_details"] == {"tax_rate": rate}


def test_inclusive_tax_is_within(shop):
    rate = shop.tax_rate(10, inclusive=True)
    subscription = shop.subscribe(shop.price(99_00), default_tax_rates=[rate])
    invoice = shop.invoice(subscription)
    assert (invoice["total"], invoice["total_excluding_tax"]) == (99_00, 90_00)
    tax = invoice["lines"]["data"][0]["taxes"][0]
    assert (tax["amount"], tax["tax_behavior"], tax["taxable_amount"]) == (
        9_00, "inclusive", 90_00,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("exempt", "reason"), [("exempt", "customer_exempt"), ("reverse", "reverse_charge")]
)
def test_exempt_customers_pay_no_tax(shop, exempt, reason):
    customer = shop.customer(tax_exempt=exempt)
    subscription = shop.subscribe(
        shop.price(99_00), customer, default_tax_rates=[shop.tax_rate(20)]
    )
    invoice = shop.invoice(subscription)
    assert invoice["total"] == 99_00
    assert invoice["total_taxes"][0]["taxability_reason"] == reason


def test_tax_is_computed_after_discounts(shop):
    shop.post("coupons", id="TENTH", percent_off=10, duration="once")
    subscription = shop.subscribe(
        shop.price(100_00),
        discounts=[{"coupon": "TENTH"}],
        default_tax_rates=[shop.tax_rate(20)],
    )
    shop.advance(2026, 2, 2)
    assert [invoice["total"] for invoice in shop.invoices(subscription)] == [108_00, 120_00]
    assert "customer.discount.deleted" in shop.event_types()


def test_a_repeating_coupon_ends_after_its_months(shop):
    shop.post("coupons", id="TWO", percent_off=50, duration="repeating", duration_in_months=2)
    subscription = shop.subscribe(shop.price(100_00), discounts=[{"coupon": "TWO"}])
    shop.advance(2026, 4, 2)
    totals = [invoice["total"] for invoice in shop.invoices(subscription)]
    assert totals == [50_00, 50_00, 100_00, 100_00]


def test_an_amount_coupon_is_spread_over_the_lines(shop):
    shop.post("coupons", id="OFF10", amount_off=10_00, currency="usd", duration="once")
    items = [{"price": shop.price(20_00)}, {"price": shop.price(10_00)}]
    subscription = shop.post(
        "subscriptions",
        customer=shop.customer(),
        items=items,
        discounts=[{"coupon": "OFF10"}],
    )
    invoice = shop.invoice(subscription)
    shares = [line["discount_amounts"][0]["amount"] for line in invoice["lines"]["data"]]
    assert shares == [6_67, 3_33]
    assert invoice["total"] == 20_00


def test_a_waiting_item_comes_first_and_has_no_period(shop):
    customer = shop.customer()
    fee = shop.price(450_00, None)
    shop.post("invoiceitems", customer=customer, pricing={"price": fee})
    subscription = shop.subscribe(shop.price(99_00), customer)
    line = shop.invoice(subscription)["lines"]["data"][0]
    assert line["amount"] == 450_00
    assert line["period"]["start"] == line["period"]["end"]
    assert line["parent"]["type"] == "invoice_item_details"


# Failed payments and ends


def test_a_failed_renewal_recovers_by_retry(shop):
    subscription = shop.subscribe(shop.price(99_00))
    customer = subscription["customer"]
    shop.post(f"customers/{customer}", **shop.card(DECLINING))
    shop.advance(2026, 2, 5)
    invoice = shop.invoice(subscription)
    assert (invoice["status"], invoice["attempt_count"]) == ("open", 2)
    assert invoice["next_payment_attempt"] == to_unix(utc(2026, 2, 9, 1))
    assert shop.get(f"subscriptions/{subscription['id']}")["status"] == "past_due"
    shop.post(f"customers/{customer}", **shop.card(WORKING))
    shop.advance(2026, 2, 10)
    invoice = shop.invoice(subscription)
    assert (invoice["status"], invoice["attempt_count"]) == ("paid", 3)
    assert invoice["status_transitions"]["paid_at"] == to_unix(utc(2026, 2, 9, 1))
    assert shop.get(f"subscriptions/{subscription['id']}")["status"] == "active"
    types = shop.event_types()
    assert types.count("charge.failed") == types.count("invoice.payment_failed") == 2


@pytest.mark.parametrize("outcome", ["canceled", "unpaid", "past_due"])
def test_the_last_failure_decides_the_subscription(outcome):
    shop = Business(settings=Settings(after_dunning=outcome))
    subscription = shop.subscribe(shop.price(99_00, "year"))
    shop.simulator.set_card(subscription["customer"], works=False)
    shop.advance(2027, 2, 1)
    assert shop.get(f"subscriptions/{subscription['id']}")["status"] == outcome
    invoice = shop.invoice(subscription)
    assert (invoice["status"], invoice["attempt_count"]) == ("open", 4)
    assert invoice["next_payment_attempt"] is None


def test_a_declined_first_payment_expires(shop):
    subscription = shop.subscribe(shop.price(99_00), shop.customer(DECLINING))
    assert subscription["status"] == "incomplete"
    shop.advance(2026, 1, 3)
    assert shop.get(f"subscriptions/{subscription['id']}")["status"] == "incomplete_expired"
    assert shop.invoice(subscription)["status"] == "void"


def test_paying_completes_an_incomplete_subscription(shop):
    customer = shop.customer(DECLINING)
    subscription = shop.subscribe(shop.price(99_00), customer)
    invoice = shop.invoice(subscription)
    with pytest.raises(StripeError) as refusal:
        shop.post(f"invoices/{invoice['id']}/pay")
    assert (refusal.value.status, refusal.value.kind) == (402, "card_error")
    shop.post(f"customers/{customer}", **shop.card(WORKING))
    assert shop.post(f"invoices/{invoice['id']}/pay")["status"] == "paid"
    assert shop.get(f"subscriptions/{subscription['id']}")["status"] == "active"


def test_nothing_is_collected_from_a_deleted_customer(shop):
    subscription = shop.subscribe(shop.price(99_00))
    shop.simulator.set_card(subscription["customer"], works=False)
    shop.advance(2026, 2, 2)
    shop.delete(f"customers/{subscription['customer']}")
    shop.advance(2026, 4, 1)
    invoice = shop.invoice(subscription)
    assert (invoice["status"], invoice["attempt_count"]) == ("open", 1)
    assert shop.get(f"subscriptions/{subscription['id']}")["status"] == "canceled"


def test_errors_when_no_card_could_pay(shop):
    price = shop.price(99_00)
    with pytest.raises(StripeError, match="no attached payment source"):
        shop.subscribe(price, shop.post("customers")["id"])
    with pytest.raises(StripeError, match="declined"):
        shop.subscribe(price, shop.customer(DECLINING), payment_behavior="error_if_incomplete")


def test_cancellation_at_the_end_of_the_period(shop):
    subscription = shop.subscribe(shop.price(99_00))
    shop.advance(2026, 1, 20)
    path = f"subscriptions/{subscription['id']}"
    shop.post(path, cancel_at_period_end=True)
    asked = shop.get(path)
    assert (asked["status"], asked["canceled_at"]) == ("active", to_unix(utc(2026, 1, 20)))
    assert asked["cancel_at"] == to_unix(utc(2026, 2, 1))
    shop.advance(2026, 3, 1)
    ended = shop.get(path)
    assert (ended["status"], ended["ended_at"]) == ("canceled", to_unix(utc(2026, 2, 1)))
    assert len(shop.invoices(subscription)) == 1
    assert shop.event_types()[-1] != "customer.subscription.updated"
    assert shop.event_types().count("customer.subscription.deleted") == 1


def test_a_cancellation_can_be_taken_back(shop):
    subscription = shop.subscribe(shop.price(99_00))
    path = f"subscriptions/{subscription['id']}"
    shop.post(path, cancel_at_period_end=True)
    shop.post(path, cancel_at_period_end=False)
    shop.advance(2026, 2, 2)
    assert shop.get(path)["canceled_at"] is None
    assert len(shop.invoices(subscription)) == 2


def test_cancel_at_a_moment(shop):
    subscription = shop.subscribe(shop.price(99_00))
    path = f"subscriptions/{subscription['id']}"
    shop.post(path, cancel_at=to_unix(utc(2026, 1, 20)))
    shop.advance(2026, 3, 1)
    assert shop.get(path)["ended_at"] == to_unix(utc(2026, 1, 20))


def test_immediate_cancellation_credits_only_when_asked(shop):
    price = shop.price(31_00)
    kept, credited = shop.subscribe(price), shop.subscribe(price)
    shop.advance(2026, 1, 11)
    shop.delete(f"subscriptions/{kept['id']}")
    shop.delete(f"subscriptions/{credited['id']}", prorate=True, invoice_now=True)
    assert len(shop.invoices(kept)) == 1
    assert shop.invoice(credited)["total"] == -21_00
    assert shop.get(f"customers/{credited['customer']}")["balance"] == -21_00
    with pytest.raises(StripeError):
        shop.delete(f"subscriptions/{kept['id']}")


def test_items_are_added_changed_and_removed(shop):
    subscription = shop.subscribe(shop.price(31_00))
    shop.advance(2026, 1, 11)
    item = shop.post("subscription_items", subscription=subscription["id"], price=shop.price(62_00))
    shop.post(f"subscription_items/{item['id']}", quantity=2)
    shop.delete(f"subscription_items/{item['id']}")
    pending = shop.get("invoiceitems", pending=True)["data"][::-1]
    assert [each["amount"] for each in pending] == [42_00, -42_00, 84_00, -84_00]
    assert len(shop.get("subscription_items", subscription=subscription["id"])["data"]) == 1


# Credit notes, refunds, voids


def test_credit_note_after_payment_refunds(shop):
    rate = shop.tax_rate(20)
    subscription = shop.subscribe(shop.price(100_00), default_tax_rates=[rate])
    invoice = shop.invoice(subscription)
    line = {
        "type": "invoice_line_item",
        "invoice_line_item": invoice["lines"]["data"][0]["id"],
        "amount": 50_00,
    }
    with pytest.raises(StripeError, match="must equal"):
        shop.post("credit_notes", invoice=invoice["id"], lines=[line])
    note = shop.post("credit_notes", invoice=invoice["id"], lines=[line], refund_amount=60_00)
    assert (note["type"], note["total"], note["post_payment_amount"]) == (
        "post_payment", 60_00, 60_00,
    )  # fmt: skip
    assert note["total_taxes"][0]["amount"] == 10_00
    assert note["refunds"][0]["amount_refunded"] == 60_00
    invoice = shop.invoice(subscription)
    assert (invoice["status"], invoice["post_payment_credit_notes_amount"]) == ("paid", 60_00)
    refund = shop.get("refunds")["data"][0]
    entry = shop.get(f"balance_transactions/{refund['balance_transaction']}")
    assert (entry["amount"], entry["fee"], entry["type"]) == (-60_00, 0, "refund")
    assert shop.event_types()[-4:] == [
        "invoice.updated", "refund.created", "charge.refunded", "credit_note.created",
    ]  # fmt: skip


def test_credit_note_to_the_balance(shop):
    subscription = shop.subscribe(shop.price(100_00))
    note = shop.post(
        "credit_notes", invoice=shop.invoice(subscription)["id"], amount=30_00, credit_amount=30_00
    )
    assert note["lines"]["data"] == []
    assert shop.get(f"customers/{subscription['customer']}")["balance"] == -30_00


def open_invoice(shop) -> dict:
    subscription = shop.subscribe(
        shop.price(100_00), collection_method="send_invoice", days_until_due=14
    )
    return shop.invoice(subscription)


def test_credit_note_before_payment_lowers_what_is_due(shop):
    invoice = open_invoice(shop)
    note = shop.post("credit_notes", invoice=invoice["id"], amount=30_00)
    assert (note["type"], note["pre_payment_amount"]) == ("pre_payment", 30_00)
    assert shop.get(f"invoices/{invoice['id']}")["amount_remaining"] == 70_00
    shop.post(f"credit_notes/{note['id']}/void")
    assert shop.get(f"invoices/{invoice['id']}")["amount_remaining"] == 100_00
    shop.post("credit_notes", invoice=invoice["id"], amount=100_00)
    assert shop.get(f"invoices/{invoice['id']}")["status"] == "paid"
    with pytest.raises(StripeError, match="left to credit"):
        shop.post("credit_notes", invoice=invoice["id"], amount=1, credit_amount=1)


def test_void_and_uncollectible(shop):
    invoice = open_invoice(shop)
    marked = shop.post(f"invoices/{invoice['id']}/mark_uncollectible")
    assert marked["status"] == "uncollectible"
    voided = shop.post(f"invoices/{invoice['id']}/void")
    assert (voided["status"], voided["total"]) == ("void", 100_00)
    with pytest.raises(StripeError):
        shop.post(f"invoices/{invoice['id']}/pay")
    assert {"invoice.marked_uncollectible", "invoice.voided"} < set(shop.event_types())


def test_refund_without_a_credit_note(shop):
    shop.subscribe(shop.price(100_00))
    charge = shop.get("charges")["data"][0]
    shop.post("refunds", charge=charge["id"], amount=40_00)
    shop.post("refunds", payment_intent=charge["payment_intent"])
    charge = shop.get(f"charges/{charge['id']}")
    assert (charge["amount_refunded"], charge["refunded"]) == (100_00, True)
    assert shop.get("credit_notes")["data"] == []
    with pytest.raises(StripeError, match="greater than unrefunded"):
        shop.post("refunds", charge=charge["id"], amount=1)


# Settlement


def test_payout_after_two_days(shop):
    shop.subscribe(shop.price(1_440_00))
    shop.advance(2026, 1, 3)
    payout = shop.get("payouts")["data"][0]
    assert (payout["amount"], payout["status"]) == (1_397_94, "in_transit")
    assert payout["arrival_date"] == to_unix(utc(2026, 1, 3))
    shop.advance(2026, 1, 4)
    assert shop.get("payouts")["data"][0]["reconciliation_status"] == "completed"
    entries = shop.get("balance_transactions", payout=payout["id"])["data"]
    assert {entry["type"]: entry["net"] for entry in entries} == {
        "charge": 1_397_94,
        "payout": -1_397_94,
    }
    assert shop.event_types()[-3:] == [
        "payout.updated", "payout.paid", "payout.reconciliation_completed",
    ]  # fmt: skip


def test_a_euro_charge_settles_in_dollars(shop):
    shop.subscribe(shop.price(1_080_00, "year", "eur"))
    charge = shop.get("charges", expand=["data.balance_transaction"])["data"][0]
    entry = charge["balance_transaction"]
    assert (charge["currency"], charge["amount"]) == ("eur", 1_080_00)
    assert (entry["currency"], entry["exchange_rate"]) == ("usd", 1.0845)
    assert (entry["amount"], entry["fee"], entry["net"]) == (1_171_26, 34_27, 1_136_99)


def test_balance_is_pending_then_available_then_paid_out(shop):
    shop.subscribe(shop.price(100_00))
    balance = shop.get("balance")
    assert (balance["available"][0]["amount"], balance["pending"][0]["amount"]) == (0, 96_80)
    shop.advance(2026, 1, 4)
    balance = shop.get("balance")
    assert (balance["available"][0]["amount"], balance["pending"][0]["amount"]) == (0, 0)


def test_a_refund_larger_than_the_charges_waits_for_more(shop):
    price = shop.price(100_00)
    shop.subscribe(price)
    shop.advance(2026, 1, 5)
    shop.post("refunds", charge=shop.get("charges")["data"][0]["id"])
    shop.advance(2026, 1, 10)
    assert len(shop.get("payouts")["data"]) == 1
    shop.subscribe(price)
    shop.subscribe(price)
    shop.advance(2026, 1, 20)
    assert [payout["amount"] for payout in shop.get("payouts")["data"]] == [93_60, 96_80]


def test_a_manual_payout(shop):
    shop.subscribe(shop.price(100_00))
    payout = shop.post("payouts", amount=50_00, currency="usd")
    assert (payout["automatic"], payout["reconciliation_status"]) == (False, "not_applicable")
    shop.advance(2026, 1, 4)
    automatic = shop.get("payouts")["data"][0]
    assert automatic["amount"] == 46_80
