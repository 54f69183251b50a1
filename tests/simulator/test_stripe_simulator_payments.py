"""Payments in every way: debits that answer days later, parts, too much, outside of Stripe."""

import pytest

from tests.simulator.settled_business import all_of, assert_balance
from tests.simulator.simulated_business import Business, utc
from tests.stripe_simulator.clock import to_unix
from tests.stripe_simulator.errors import StripeError

WORKING_ACCOUNT = "pm_sepaDebit_success"
EMPTY_ACCOUNT = "pm_usBankAccount_insufficientFunds"


@pytest.fixture
def shop():
    return Business()


def sent_invoice(shop, amount: int = 100_00) -> dict:
    """An open invoice that waits for the customer's money."""
    subscription = shop.subscribe(
        shop.price(amount, "year"), collection_method="send_invoice", days_until_due=30
    )
    return shop.invoice(subscription)


def attach_intent(shop, invoice: dict, amount: int) -> dict:
    """Pay part of an invoice by card."""
    intent = shop.post(
        "payment_intents",
        amount=amount,
        currency=invoice["currency"],
        customer=invoice["customer"],
        confirm=True,
    )
    path = f"invoices/{invoice['id']}/attach_payment"
    return shop.post(path, payment_intent=intent["id"])


def attach_record(shop, invoice: dict, amount: int) -> dict:
    """Pay part of an invoice by a transfer that Stripe did not see."""
    record = shop.post(
        "payment_records/report_payment",
        amount_requested={"currency": invoice["currency"], "value": amount},
        initiated_at=shop.simulator.world.now,
        outcome="guaranteed",
        payment_method_details={"type": "custom", "custom": {"display_name": "Wire"}},
    )
    path = f"invoices/{invoice['id']}/attach_payment"
    return shop.post(path, payment_record=record["id"])


# Debits


def test_a_debit_is_pending_and_then_pays(shop):
    subscription = shop.subscribe(shop.price(100_00, "year", "eur"), shop.customer(WORKING_ACCOUNT))
    assert subscription["status"] == "active"
    invoice, charge = shop.invoice(subscription), shop.get("charges")["data"][0]
    assert (invoice["status"], invoice["attempted"]) == ("open", True)
    assert (charge["status"], charge["paid"], charge["id"][:3]) == ("pending", False, "py_")
    entry = shop.get(f"balance_transactions/{charge['balance_transaction']}")
    assert (entry["type"], entry["status"]) == ("payment", "pending")
    shop.advance(2026, 1, 6)
    assert shop.invoice(subscription)["status"] == "paid"
    types = shop.event_types()
    assert types[types.index("charge.succeeded") :] == [
        "charge.succeeded", "payment_intent.succeeded", "invoice.updated", "invoice.paid",
        "invoice.payment_succeeded", "invoice_payment.paid",
    ]  # fmt: skip
    assert {"charge.pending", "payment_intent.processing"} < set(types)
    shop.advance(2026, 1, 8)
    assert len(shop.get("payouts")["data"]) == 1
    assert_balance(shop, 0)


def test_a_debit_that_fails_takes_its_money_and_fee_back(shop):
    subscription = shop.subscribe(shop.price(100_00), shop.customer(EMPTY_ACCOUNT))
    shop.advance(2026, 1, 6)
    charge = shop.get("charges", expand=["data.failure_balance_transaction"])["data"][0]
    assert (charge["status"], charge["failure_code"]) == ("failed", "insufficient_funds")
    entry = charge["failure_balance_transaction"]
    assert (entry["type"], entry["reporting_category"]) == (
        "payment_failure_refund", "charge_failure",
    )  # fmt: skip
    assert (entry["amount"], entry["fee"], entry["net"]) == (-100_00, -3_20, -96_80)
    invoice = shop.invoice(subscription)
    assert (invoice["status"], invoice["attempt_count"]) == ("open", 1)
    assert shop.get(f"subscriptions/{subscription['id']}")["status"] == "past_due"
    assert_balance(shop, 0)


def test_a_failed_debit_of_a_renewal_is_retried(shop):
    subscription = shop.subscribe(shop.price(100_00), shop.customer("pm_usBankAccount_success"))
    shop.advance(2026, 1, 10)
    shop.simulator.set_card(subscription["customer"], works=False)
    shop.advance(2026, 2, 6)
    invoice = shop.invoice(subscription)
    assert (invoice["status"], invoice["attempt_count"]) == ("open", 1)
    assert invoice["next_payment_attempt"] == to_unix(utc(2026, 2, 9, 1))
    shop.simulator.set_card(subscription["customer"], works=True)
    shop.advance(2026, 2, 20)
    invoice = shop.invoice(subscription)
    assert (invoice["status"], invoice["attempt_count"]) == ("paid", 2)
    assert shop.get(f"subscriptions/{subscription['id']}")["status"] == "active"


def test_a_refund_of_a_debit_has_its_own_type(shop):
    shop.subscribe(shop.price(100_00, "year"), shop.customer("pm_usBankAccount_success"))
    shop.advance(2026, 1, 6)
    refund = shop.post("refunds", charge=shop.get("charges")["data"][0]["id"])
    assert refund["id"].startswith("pyr_")
    entry = shop.get(f"balance_transactions/{refund['balance_transaction']}")
    assert (entry["type"], entry["reporting_category"]) == ("payment_refund", "refund")


# Parts, too much, outside of Stripe


def test_several_payments_pay_one_invoice(shop):
    invoice = sent_invoice(shop)
    part = attach_intent(shop, invoice, 30_00)
    assert (part["status"], part["amount_paid"], part["amount_remaining"]) == ("open", 30_00, 70_00)
    part = attach_record(shop, invoice, 50_00)
    assert (part["amount_paid"], part["amount_paid_off_stripe"]) == (80_00, 50_00)
    paid = attach_intent(shop, invoice, 20_00)
    assert (paid["status"], paid["amount_paid"], paid["amount_remaining"]) == ("paid", 100_00, 0)
    payments = all_of(shop, "invoice_payments", invoice=invoice["id"])[::-1]
    assert [payment["amount_paid"] for payment in payments] == [30_00, 50_00, 20_00]
    assert [payment["payment"]["type"] for payment in payments] == [
        "payment_intent", "payment_record", "payment_intent",
    ]  # fmt: skip
    types = shop.event_types()
    assert (types.count("invoice_payment.paid"), types.count("invoice.paid")) == (3, 1)


def test_too_much_is_credited_to_the_customer(shop):
    invoice = attach_intent(shop, sent_invoice(shop), 130_00)
    assert (invoice["status"], invoice["amount_paid"], invoice["amount_overpaid"]) == (
        "paid", 100_00, 30_00,
    )  # fmt: skip
    customer = invoice["customer"]
    assert shop.get(f"customers/{customer}")["balance"] == -30_00
    entry = shop.get(f"customers/{customer}/balance_transactions")["data"][0]
    assert (entry["type"], entry["amount"]) == ("invoice_overpaid", -30_00)
    assert shop.event_types()[-1] == "invoice.overpaid"


def test_the_rest_is_charged_to_the_card(shop):
    customer = shop.customer("pm_card_chargeCustomerFail")
    invoice = shop.post("invoices", customer=customer)
    shop.post("invoiceitems", customer=customer, invoice=invoice["id"], amount=100_00)
    shop.post(f"invoices/{invoice['id']}/finalize")
    attach_record(shop, invoice, 40_00)
    shop.post(f"customers/{customer}", **shop.card("pm_card_visa"))
    paid = shop.post(f"invoices/{invoice['id']}/pay")
    assert (paid["amount_paid"], paid["amount_paid_off_stripe"]) == (100_00, 40_00)
    assert shop.get("charges")["data"][0]["amount"] == 60_00


def test_payments_are_not_attached_where_they_do_not_belong(shop):
    invoice = sent_invoice(shop)
    other = shop.post(
        "payment_intents", amount=1_00, currency="usd", customer=shop.customer(), confirm=True
    )
    path = f"invoices/{invoice['id']}/attach_payment"
    with pytest.raises(StripeError, match="another currency or customer"):
        shop.post(path, payment_intent=other["id"])
    shop.post(f"invoices/{invoice['id']}/pay", paid_out_of_band=True)
    with pytest.raises(StripeError, match="that is paid"):
        shop.post(path, payment_intent=other["id"])


def test_an_intent_can_be_declined_and_confirmed_again(shop):
    customer = shop.customer("pm_card_chargeCustomerFail")
    intent = shop.post("payment_intents", amount=5_00, currency="usd", customer=customer)
    with pytest.raises(StripeError, match="declined"):
        shop.post(f"payment_intents/{intent['id']}/confirm")
    shop.post(f"payment_intents/{intent['id']}/confirm", payment_method="pm_card_visa")
    assert shop.get(f"payment_intents/{intent['id']}")["status"] == "succeeded"
    with pytest.raises(StripeError, match="succeeded"):
        shop.post(f"payment_intents/{intent['id']}/confirm")


def test_an_uncollectible_invoice_can_still_be_paid(shop):
    invoice = sent_invoice(shop)
    shop.post(f"invoices/{invoice['id']}/mark_uncollectible")
    paid = attach_record(shop, invoice, 100_00)
    assert (paid["status"], paid["amount_paid_off_stripe"]) == ("paid", 100_00)
    assert paid["status_transitions"]["marked_uncollectible_at"]


def test_a_revision_replaces_an_open_invoice(shop):
    original = sent_invoice(shop)
    revision = shop.post("invoices", from_invoice={"action": "revision", "invoice": original["id"]})
    assert (revision["status"], revision["total"]) == ("draft", 100_00)
    item = {"customer": revision["customer"], "invoice": revision["id"], "amount": -10_00}
    shop.post("invoiceitems", **item)
    shop.post(f"invoices/{revision['id']}/finalize")
    revision, original = (shop.get(f"invoices/{each['id']}") for each in (revision, original))
    assert (original["status"], original["latest_revision"]) == ("void", revision["id"])
    assert (revision["status"], revision["amount_due"]) == ("open", 90_00)
    assert revision["parent"] == original["parent"]
    listed = shop.get("invoices", customer=original["customer"])["data"]
    assert [each["id"] for each in listed] == [revision["id"], original["id"]]
    with pytest.raises(StripeError, match="Only open"):
        shop.post("invoices", from_invoice={"action": "revision", "invoice": original["id"]})


# The customer's balance


def test_the_balance_is_adjusted_by_hand_and_spent(shop):
    customer = shop.customer()
    path = f"customers/{customer}/balance_transactions"
    entry = shop.post(path, amount=-25_00, currency="usd", description="Goodwill")
    assert shop.get(f"{path}/{entry['id']}")["ending_balance"] == -25_00
    shop.post(f"{path}/{entry['id']}", metadata={"by": "Ada"})
    invoice = shop.invoice(shop.subscribe(shop.price(100_00, "year"), customer))
    assert (invoice["total"], invoice["amount_due"], invoice["amount_paid"]) == (
        100_00, 75_00, 75_00,
    )  # fmt: skip
    assert (invoice["starting_balance"], invoice["ending_balance"]) == (-25_00, 0)
    spent = shop.get(path, invoice=invoice["id"])["data"]
    assert [(each["type"], each["amount"]) for each in spent] == [("applied_to_invoice", 25_00)]
    with pytest.raises(StripeError, match="zero"):
        shop.post(path, amount=0, currency="usd")


def test_a_tiny_amount_waits_for_the_next_invoice(shop):
    subscription = shop.subscribe(shop.price(30))
    invoice = shop.invoice(subscription)
    assert (invoice["status"], invoice["total"], invoice["amount_due"]) == ("paid", 30, 0)
    assert invoice["ending_balance"] == 30
    shop.advance(2026, 2, 2)
    invoice = shop.invoice(subscription)
    assert (invoice["amount_due"], invoice["amount_paid"], invoice["ending_balance"]) == (60, 60, 0)


def test_lists_of_one_object_are_paged_both_ways(shop):
    customer = shop.customer()
    path = f"customers/{customer}/balance_transactions"
    made = [shop.post(path, amount=-each, currency="usd")["id"] for each in range(1, 6)][::-1]
    page = shop.get(path, limit=2)
    assert ([each["id"] for each in page["data"]], page["has_more"]) == (made[:2], True)
    page = shop.get(path, limit=2, ending_before=made[4])
    assert ([each["id"] for each in page["data"]], page["has_more"]) == (made[2:4], True)
    page = shop.get(path, limit=5, starting_after=made[2])
    assert ([each["id"] for each in page["data"]], page["has_more"]) == (made[3:], False)


# Tax ids


def test_tax_ids_are_verified_and_printed_on_the_invoice(shop):
    customer = shop.customer(name="Ada GmbH", tax_exempt="reverse")
    path = f"customers/{customer}/tax_ids"
    good = shop.post(path, type="eu_vat", value="DE123456789")
    bad = shop.post(path, type="eu_vat", value="DE111111111")
    plain = shop.post(path, type="us_ein", value="12-3456789")
    assert (good["country"], good["verification"]["status"]) == ("DE", "pending")
    assert plain["verification"]["status"] == "unavailable"
    shop.advance(2026, 1, 2)
    found = {each["id"]: each["verification"]["status"] for each in shop.get(path)["data"]}
    assert found == {
        good["id"]: "verified", bad["id"]: "unverified", plain["id"]: "unavailable",
    }  # fmt: skip
    shop.delete(f"{path}/{bad['id']}")
    price = shop.price(100_00, "year")
    subscription = shop.subscribe(price, customer, default_tax_rates=[shop.tax_rate(19)])
    invoice = shop.invoice(subscription)
    assert [each["value"] for each in invoice["customer_tax_ids"]] == ["DE123456789", "12-3456789"]
    assert invoice["total_taxes"][0]["taxability_reason"] == "reverse_charge"
    types = [each for each in shop.event_types() if each.startswith("customer.tax_id")]
    assert types == [*["customer.tax_id.created"] * 3, *["customer.tax_id.updated"] * 2,
                     "customer.tax_id.deleted"]  # fmt: skip
