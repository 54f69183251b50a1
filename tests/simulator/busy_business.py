"""A business to which everything happens once that the simulator knows, to check every shape."""

from fractions import Fraction

from tests.simulator.simulated_business import DECLINING, Business
from tests.stripe_simulator.settings import Settings

SETTINGS = Settings(
    payout_submission=3600, fee_tax_percent=Fraction(20), debit_negative_balances=True
)


def build() -> Business:
    """Play it all."""
    shop = Business(settings=SETTINGS)
    _bill(shop)
    _settle(shop)
    _pay(shop)
    _subscribe(shop)
    _use(shop)
    return shop


def _bill(shop: Business) -> None:
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


def _credit_and_refund(shop: Business, taxed: dict, sent: dict, rate: str) -> None:
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


def _edit_everything(shop: Business, subscription: dict) -> None:
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


def _settle(shop: Business) -> None:
    """Disputes, refunds that fail, fees, reserves and payouts of every kind."""
    act = shop.simulator.act
    for card in ("createDispute", "createDisputeInquiry", "pendingRefund", "refundFail"):
        shop.subscribe(shop.price(80_00, "year", "eur"), shop.customer(f"pm_card_{card}"))
        if card.endswith(("Refund", "Fail")):
            shop.post("refunds", charge=shop.get("charges", limit=1)["data"][0]["id"])
    shop.advance(2026, 3, 4)
    inquiry, dispute = shop.get("disputes")["data"]
    shop.post(f"disputes/{dispute['id']}", evidence={"uncategorized_text": "winning_evidence"})
    shop.post(f"disputes/{inquiry['id']}", metadata={"seen": "yes"})
    shop.post(f"disputes/{inquiry['id']}/close")
    act("charge_fee", amount=3_00)
    act("hold_reserve", amount=20_00)
    act("release_reserve", amount=10_00)
    payout = shop.post("payouts", amount=5_00, currency="usd")
    shop.post(f"payouts/{payout['id']}/cancel")
    shop.post(f"payouts/{payout['id']}", metadata={"seen": "yes"})
    act("fail_next_payout", code="no_account")
    shop.advance(2026, 4, 1)


def _pay(shop: Business) -> None:
    """Debits, payments in parts and from outside, too much money, tax ids."""
    for account in ("usBankAccount_success", "usBankAccount_accountClosed", "sepaDebit_success"):
        shop.subscribe(shop.price(60_00, "year"), shop.customer(f"pm_{account}"))
    buyer = shop.customer(tax_id_data=[{"type": "gb_vat", "value": "GB123456789"}])
    ended = shop.post(f"customers/{buyer}/tax_ids", type="au_abn", value="12345678912")
    sent = shop.subscribe(
        shop.price(50_00, "year"), buyer, collection_method="send_invoice", days_until_due=7
    )
    path = f"invoices/{shop.invoice(sent)['id']}/attach_payment"
    amount = {"currency": "usd", "value": 20_00}
    details = {"type": "custom", "custom": {"display_name": "Wire"}}
    record = shop.post(
        "payment_records/report_payment",
        amount_requested=amount,
        initiated_at=shop.simulator.world.now,
        outcome="guaranteed",
        payment_method_details=details,
    )
    shop.post(path, payment_record=record["id"])
    intent = shop.post("payment_intents", amount=40_00, currency="usd", customer=buyer)
    shop.post(path, payment_intent=intent["id"])
    shop.post(f"payment_intents/{intent['id']}/confirm")
    shop.post(f"customers/{buyer}/balance_transactions", amount=-1_00, currency="usd")
    shop.advance(2026, 4, 10)
    shop.delete(f"customers/{buyer}/tax_ids/{ended['id']}")


def _subscribe(shop: Business) -> None:
    """Schedules, pauses, a trial that ends early, an overdue invoice."""
    price = shop.price(30_00)
    phase = {"items": [{"price": price}], "duration": {"interval": "month"}}
    for _copy in range(2):
        schedule = shop.post(
            "subscription_schedules", customer=shop.customer(), phases=[phase, phase]
        )
    shop.post(f"subscription_schedules/{schedule['id']}/cancel")
    trial = shop.subscribe(price, trial_period_days=10)
    shop.post(f"subscriptions/{trial['id']}", trial_end="now")
    paused = shop.subscribe(price)
    shop.simulator.act("pause_subscription", subscription=paused["id"])
    shop.post(f"subscriptions/{paused['id']}/resume")
    silent = shop.subscribe(price)
    shop.post(f"subscriptions/{silent['id']}", pause_collection={"behavior": "mark_uncollectible"})
    sent = shop.subscribe(price, collection_method="send_invoice", days_until_due=3)
    original = {"action": "revision", "invoice": sent["latest_invoice"]}
    revision = shop.post("invoices", from_invoice=original)
    shop.post(f"invoices/{revision['id']}/finalize")
    shop.advance(2026, 7, 1)


def _use(shop: Business) -> None:
    """Usage in tiers, paid by a credit grant, with discounts of a line and an item."""
    meter = shop.post(
        "billing/meters",
        display_name="Calls",
        event_name="calls",
        default_aggregation={"formula": "sum"},
    )
    shop.post(f"billing/meters/{meter['id']}", display_name="API calls")
    shop.post("coupons", id="TENTH", percent_off=10, duration="once")
    tiers = [{"up_to": 100, "unit_amount": 10}, {"up_to": "inf", "unit_amount_decimal": "7.5"}]
    metered = shop.post(
        "prices",
        currency="usd",
        product_data={"name": "Calls"},
        recurring={"interval": "month", "usage_type": "metered", "meter": meter["id"]},
        billing_scheme="tiered",
        tiers_mode="graduated",
        tiers=tiers,
    )["id"]
    customer, price = shop.customer(), shop.price(20_00)
    items = [{"price": price, "discounts": [{"coupon": "TENTH"}]}, {"price": metered}]
    shop.post("subscriptions", customer=customer, items=items)
    grants = [
        shop.post(
            "billing/credit_grants",
            customer=customer,
            category=category,
            amount={"type": "monetary", "monetary": {"currency": "usd", "value": 5_00}},
            applicability_config={"scope": {"price_type": "metered"}},
        )["id"]
        for category in ("paid", "promotional", "promotional")
    ]
    shop.post(f"billing/credit_grants/{grants[1]}/void")
    shop.post(f"billing/credit_grants/{grants[2]}/expire")
    payload = {"stripe_customer_id": customer, "value": 250}
    shop.post("billing/meter_events", event_name="calls", payload=payload)
    shop.post("invoiceitems", customer=customer, amount=3_00, discounts=[{"coupon": "TENTH"}])
    shop.advance(2026, 8, 2)
