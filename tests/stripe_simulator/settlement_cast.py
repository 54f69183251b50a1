"""The cast of the second story: a company whose money takes every way there is.

Amounts are in minor units. Months count from 0, days of a month from 1, times are UTC.
"""

from .story_cast import Scene, company, price

MONTHS = 6
SETTINGS = {
    "payout_interval": "weekly",
    "payout_submission": 3600,
    "fee_tax_percent": "20",
    "debit_negative_balances": True,
    "own_settlement": ["eur"],
    "after_dunning": "unpaid",
}
PRODUCTS = {
    "desk": {"name": "Tallydesk"},
    "seats": {"name": "Tallydesk Seats", "unit_label": "seat"},
    "calls": {"name": "Tallydesk API calls", "unit_label": "call"},
}
METERS = {
    "calls": {
        "display_name": "API calls",
        "event_name": "api_calls",
        "default_aggregation": {"formula": "sum"},
    },
}
GRADUATED = {
    "billing_scheme": "tiered",
    "tiers_mode": "graduated",
    "tiers": [
        {"up_to": 5, "unit_amount": 20_00, "flat_amount": 10_00},
        {"up_to": "inf", "unit_amount": 15_00},
    ],
}
PRICES = {
    "desk_monthly": price("desk", 120_00, "month"),
    "desk_pro_monthly": price("desk", 200_00, "month"),
    "desk_monthly_eur": price("desk", 110_00, "month", "eur"),
    "desk_annual_gbp": price("desk", 960_00, "year", "gbp"),
    "seats_monthly": {"product": "seats", "currency": "usd", "recurring": {"interval": "month"},
                      **GRADUATED},
    "calls_monthly": {"product": "calls", "currency": "usd", "unit_amount_decimal": "0.5",
                      "recurring": {"interval": "month", "usage_type": "metered"}},
}  # fmt: skip
METERED = {"calls_monthly": "calls"}
"""Which meter counts for which price."""
TAX_RATES = {
    "de_vat": {"display_name": "USt", "percentage": 19, "inclusive": False, "country": "DE"},
}
COUPONS = {"WELCOME": {"name": "Welcome, 25% off", "percent_off": 25, "duration": "once"}}


def _firm(name: str, country: str) -> dict:
    """A customer of the second story; their addresses do not matter."""
    word = name.partition(" ")[0].lower()
    return company(name, f"books@{word}.example", f"1 {name} Way", "Springfield", "12345", country)


CUSTOMERS = {
    "alder": _firm("Alder Instruments Inc.", "US"),
    "basalt": _firm("Basalt Bakery LLC", "US"),
    "cobalt": _firm("Cobalt Couriers Ltd", "GB"),
    "dunlin": _firm("Dunlin Druck GmbH", "DE"),
    "ember": _firm("Ember Events Inc.", "US"),
    "fjord": _firm("Fjord Foto GmbH", "DE"),
    "garnet": _firm("Garnet Grants LLC", "US"),
    "heron": _firm("Heron Hydraulics Inc.", "US"),
    "ibis": _firm("Ibis Imports LLC", "US"),
    "jasper": _firm("Jasper Joinery Inc.", "US"),
    "kestrel": _firm("Kestrel Kites LLC", "US"),
    "lichen": _firm("Lichen Labs Inc.", "US"),
    "marlin": _firm("Marlin Media LLC", "US"),
    "nettle": _firm("Nettle Netzwerke GmbH", "DE"),
    "osprey": _firm("Osprey Optics Inc.", "US"),
}
METHODS = {
    "ember": "pm_card_refundFail",
    "fjord": "pm_sepaDebit_success",
    "garnet": None,
    "ibis": None,
    "osprey": None,
}
"""How customers pay who have no working card."""
TAX_IDS = {"nettle": {"type": "eu_vat", "value": "DE123456789"}}
EXEMPT = {"nettle": "reverse"}


def subscribes(month: int, day: int, customer: str, *plans: str, **options: object) -> Scene:
    """The customer takes one or more plans."""
    return Scene(month, day, customer, "subscribe", {"plans": plans, **options})


def bank(month: int, day: int, name: str, hour: int = 9, **options: object) -> Scene:
    """Something that a bank or Stripe does by itself."""
    return Scene(month, day, "", "act", {"name": name, **options}, hour)


BY_INVOICE = {"collection_method": "send_invoice", "days_until_due": 14}
PAUSE = {"trial_settings": {"end_behavior": {"missing_payment_method": "pause"}}}
SCENES = (
    subscribes(0, 1, "alder", "desk_monthly"),
    subscribes(0, 2, "basalt", "desk_monthly", coupon="WELCOME"),
    subscribes(0, 3, "cobalt", "desk_annual_gbp"),
    subscribes(0, 4, "dunlin", "desk_monthly_eur", tax="de_vat"),
    subscribes(0, 5, "ember", "desk_monthly"),
    subscribes(0, 6, "fjord", "desk_monthly_eur", tax="de_vat"),
    subscribes(0, 8, "garnet", "desk_monthly", **BY_INVOICE),
    subscribes(0, 9, "heron", "desk_pro_monthly", trial_period_days=14),
    subscribes(0, 10, "ibis", "desk_monthly", trial_period_days=14, **PAUSE),
    subscribes(0, 11, "jasper", "desk_monthly"),
    subscribes(0, 12, "kestrel", "desk_monthly"),
    Scene(0, 13, "garnet", "pay_outside", {"amount": 50_00}),
    subscribes(0, 15, "lichen", "seats_monthly", "calls_monthly", quantities={"seats_monthly": 8}),
    Scene(0, 16, "lichen", "grant", {"amount": 20_00}),
    Scene(0, 17, "marlin", "schedule", {"phases": (("desk_monthly", 2), ("desk_pro_monthly", 3))}),
    Scene(0, 19, "garnet", "pay_by_card", {"amount": 100_00}),
    subscribes(0, 20, "osprey", "desk_monthly", **BY_INVOICE),
    Scene(0, 25, "basalt", "dispute", {"key": "basalt"}),
    Scene(0, 28, "lichen", "use", {"amount": 9_000}),
    bank(1, 1, "charge_fee", amount=6_40, description="Billing - Usage Fee"),
    Scene(1, 2, "basalt", "answer", {"key": "basalt", "evidence": "winning_evidence"}),
    subscribes(1, 5, "nettle", "desk_monthly_eur", tax="de_vat", backdated_days=45),
    Scene(1, 6, "ember", "refund", {"amount": 60_00}),
    bank(1, 8, "change_exchange_rate", currency="gbp", rate="1.2350"),
    Scene(1, 9, "cobalt", "dispute", {"key": "cobalt", "amount": 400_00}),
    Scene(1, 12, "dunlin", "dispute", {"key": "dunlin", "inquiry": True}),
    Scene(1, 14, "jasper", "pause_collection", {"behavior": "void", "days": 60}),
    Scene(1, 15, "dunlin", "answer", {"key": "dunlin", "evidence": "receipt attached"}),
    Scene(1, 16, "ember", "credit_outside", {"amount": 60_00}),
    bank(1, 18, "hold_reserve", amount=150_00),
    Scene(1, 20, "kestrel", "pause", {}),
    Scene(1, 22, "dunlin", "decide", {"key": "dunlin", "outcome": "won"}),
    Scene(1, 26, "fjord", "lose_account", {}),
    bank(1, 27, "fail_next_payout", code="account_closed"),
    Scene(1, 28, "lichen", "use", {"amount": 14_000}),
    bank(2, 1, "charge_fee", amount=7_10, description="Billing - Usage Fee"),
    Scene(2, 3, "ibis", "leave", {}),
    Scene(2, 11, "fjord", "renew_account", {}),
    Scene(2, 12, "", "pay_out", {"amount": 25_00}),
    Scene(2, 17, "osprey", "give_up", {}),
    bank(2, 19, "release_reserve", amount=150_00),
    Scene(2, 20, "kestrel", "resume", {}),
    Scene(2, 26, "osprey", "pay_outside", {"amount": 120_00, "status": "uncollectible"}),
    Scene(3, 6, "heron", "goodwill", {"amount": -30_00}),
    Scene(3, 10, "alder", "leave_on", {"days": 40}),
    Scene(3, 12, "alder", "stay", {}),
    Scene(3, 20, "garnet", "bill_by_hand", {"amounts": (300_00, -420_00)}),
    bank(4, 6, "fail_payout_of", which=-1, code="could_not_process"),
    Scene(4, 7, "cobalt", "refund", {"amount": 500_00}),
    Scene(5, 2, "jasper", "leave", {}),
)
"""In order of time."""
