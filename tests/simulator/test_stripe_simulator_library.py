"""The newer resources through Stripe's own library: settlement, disputes, schedules, usage."""

from datetime import UTC, datetime

import pytest
import stripe

from tests.stripe_simulator import SettlementStory, SimulatorClient, StripeSimulator


@pytest.fixture(scope="module")
def told():
    """A month of the second story, told over HTTP."""
    simulator = StripeSimulator(datetime(2026, 1, 1, tzinfo=UTC), seed=5)
    simulator.start()
    story = SettlementStory(SimulatorClient(simulator.url), simulator.now)
    story.set_up()
    for month in (0, 1):
        story.play(month)
    yield story
    simulator.stop()


@pytest.fixture(scope="module")
def api(told):
    return stripe.StripeClient("sk_test_1", base_addresses={"api": told.simulator.url}).v1


def test_a_payout_is_itemised_page_by_page(api):
    payouts = [each for each in api.payouts.list().auto_paging_iter() if each.automatic]
    for payout in payouts:
        params = {"payout": payout.id, "limit": 2, "expand": ["data.source"]}
        entries = list(api.balance_transactions.list(params).auto_paging_iter())
        own = [each for each in entries if each.id == payout.balance_transaction]
        assert sum(each.net for each in entries if each.id != own[0].id) == payout.amount
    assert len(payouts) > 4


def test_disputes_hold_their_entries(api):
    disputes = list(api.disputes.list({"expand": ["data.charge"]}).auto_paging_iter())
    assert {each.status for each in disputes} == {"won", "lost", "warning_closed"}
    assert all(each.charge.disputed for each in disputes)
    moved = [each.balance_transactions[0].reporting_category for each in disputes
             if each.balance_transactions]  # fmt: skip
    assert moved == ["dispute", "dispute"]


def test_lists_are_cut_by_creation(api, told):
    border = int(datetime(2026, 2, 1, tzinfo=UTC).timestamp())
    for resource in (api.payouts, api.refunds, api.disputes, api.subscription_schedules):
        every = {each.id for each in resource.list({"limit": 100}).data}
        early = {each.id for each in resource.list({"created": {"lt": border}}).auto_paging_iter()}
        late = {each.id for each in resource.list({"created": {"gte": border}}).auto_paging_iter()}
        assert early | late == every and not early & late


def test_schedules_meters_grants_and_tax_ids(api, told):
    schedule = api.subscription_schedules.list({"expand": ["data.subscription"]}).data[0]
    assert schedule.subscription.schedule == schedule.id
    customer = told.ids["customer:lichen"]
    scope = {"type": "applicability_scope", "applicability_scope": {"price_type": "metered"}}
    summary = api.billing.credit_balance_summary.retrieve({"customer": customer, "filter": scope})
    assert summary.balances[0].available_balance.monetary.value == 0
    event = api.billing.meter_events.create(
        {"event_name": "api_calls", "payload": {"stripe_customer_id": customer, "value": "3"}}
    )
    assert event.payload["value"] == "3"
    meter = api.billing.meters.list().data[0]
    span = {"start_time": event.timestamp, "end_time": event.timestamp + 60}
    used = api.billing.meters.event_summaries.list(meter.id, {"customer": customer, **span})
    assert used.data[0].aggregated_value == 3
    tax_ids = api.customers.tax_ids.list(told.ids["customer:nettle"]).data
    assert [each.verification.status for each in tax_ids] == ["verified"]


def test_tiers_and_backdating_are_understood_as_forms(api, told):
    tiers = [{"up_to": 5, "unit_amount": 9_00}, {"up_to": "inf", "unit_amount_decimal": "7.5"}]
    price = api.prices.create(
        {
            "currency": "usd",
            "product": told.ids["product:desk"],
            "recurring": {"interval": "month"},
            "billing_scheme": "tiered",
            "tiers_mode": "volume",
            "tiers": tiers,
            "expand": ["tiers"],
        }
    )
    assert [tier.up_to for tier in price.tiers] == [5, None]
    start = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    subscription = api.subscriptions.create(
        {
            "customer": told.ids["customer:alder"],
            "items": [{"price": price.id, "quantity": 4}],
            "backdate_start_date": start,
            "expand": ["latest_invoice"],
        }
    )
    assert subscription.start_date == start
    assert [line.amount for line in subscription.latest_invoice.lines.data] == [36_00] * 3
