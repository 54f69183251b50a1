"""Who and what the story is about: catalogue, taxes, customers and what happens to them when.

Amounts are in minor units. Months count from 0, days of a month from 1, times are UTC.
"""

from dataclasses import dataclass, field

MONTHS = 14
PRODUCTS = {
    "team": {"name": "Lumenboard Team", "unit_label": "workspace"},
    "business": {"name": "Lumenboard Business", "unit_label": "workspace"},
    "seats": {"name": "Lumenboard Studio", "unit_label": "seat"},
    "onboarding": {"name": "Onboarding and data migration"},
}


def price(product: str, amount: int, interval: str | None, currency: str = "usd", **more) -> dict:
    """A row of the price list."""
    recurring = {"recurring": {"interval": interval}} if interval else {}
    return {"product": product, "unit_amount": amount, "currency": currency, **recurring, **more}


PRICES = {
    "team_monthly": price("team", 99_00, "month"),
    "team_monthly_inclusive": price("team", 99_00, "month", tax_behavior="inclusive"),
    "team_annual": price("team", 1_200_00, "year"),
    "team_annual_eur": price("team", 1_080_00, "year", "eur"),
    "team_monthly_eur": price("team", 89_00, "month", "eur"),
    "business_monthly": price("business", 249_00, "month"),
    "seat_annual": price("seats", 480_00, "year"),
    "onboarding": price("onboarding", 450_00, None),
}
TAX_RATES = {
    "uk_vat": {"display_name": "VAT", "percentage": 20, "inclusive": False, "country": "GB"},
    "fr_vat": {"display_name": "TVA", "percentage": 20, "inclusive": False, "country": "FR"},
    "au_gst": {"display_name": "GST", "percentage": 10, "inclusive": True, "country": "AU"},
}
COUPONS = {
    "SCHOOLS20": {
        "name": "Schools, 20% off for half a year",
        "percent_off": 20,
        "duration": "repeating",
        "duration_in_months": 6,
    },
}


def company(name: str, email: str, line1: str, city: str, postal: str, country: str) -> dict:
    """A customer's name and address."""
    place = {"line1": line1, "city": city, "postal_code": postal, "country": country}
    return {"name": name, "email": email, "address": place}


CUSTOMERS = {
    "harbour": company(
        "Harbour & Finch Ltd", "accounts@harbourfinch.example",
        "14 Ropewalk Lane", "Bristol", "BS1 6QF", "GB",
    ),
    "oakline": company(
        "Oakline Robotics Inc.", "ap@oaklinerobotics.example",
        "2200 Millrace Avenue", "Pittsburgh", "15222", "US",
    ),
    "pelican": company(
        "Pelican Freight LLC", "billing@pelicanfreight.example",
        "77 Wharf Road", "Mobile", "36602", "US",
    ),
    "nordvik": company(
        "Nordvik Analyse AS", "faktura@nordvikanalyse.example",
        "Havnegata 9", "Trondheim", "7010", "NO",
    ),
    "sakura": company(
        "Sakura Loom KK", "keiri@sakuraloom.example",
        "3-8-1 Nishijin", "Kyoto", "602-8216", "JP",
    ),
    "marigold": company(
        "Marigold Motion Studios", "finance@marigoldmotion.example",
        "410 Rue des Tanneurs", "Montreal", "H2Y 1N3", "CA",
    ),
    "ziegel": company(
        "Ziegelwerk Daten GmbH", "rechnung@ziegelwerkdaten.example",
        "Am Lehmgraben 21", "Leipzig", "04105", "DE",
    ),
    "brume": company(
        "Atelier Brume SARL", "compta@atelierbrume.example",
        "6 quai des Tisserands", "Nantes", "44000", "FR",
    ),
    "copperleaf": company(
        "Copperleaf Dental Group", "office@copperleafdental.example",
        "905 Juniper Street", "Boise", "83702", "US",
    ),
    "bluegum": company(
        "Bluegum Surveying Pty Ltd", "accounts@bluegumsurveying.example",
        "52 Theodolite Drive", "Ballarat", "3350", "AU",
    ),
    "tidewater": company(
        "Tidewater Bookkeeping LLC", "hello@tidewaterbooks.example",
        "318 Oyster Point", "Norfolk", "23510", "US",
    ),
    "fennec": company(
        "Fennec Desert Logistics FZ-LLC", "payables@fenneclogistics.example",
        "Warehouse 40, Al Hamra", "Ras Al Khaimah", "00000", "AE",
    ),
    "larkspur": company(
        "Larkspur Interiors Inc.", "studio@larkspurinteriors.example",
        "61 Canal Row", "Providence", "02903", "US",
    ),
    "mosaic": company(
        "Mosaic Charter Schools", "purchasing@mosaiccharter.example",
        "1300 Schoolhouse Road", "Tucson", "85701", "US",
    ),
    "juniper": company(
        "Juniper Trail Outfitters", "books@junipertrail.example",
        "8 Summit Parkway", "Calgary", "T2P 1J9", "CA",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """Something that happens: a method of the story, called for one customer at one time."""

    month: int
    day: int
    customer: str
    action: str
    options: dict = field(default_factory=dict)
    hour: int = 9
    extra: bool = False
    """Played only with `extras`."""


def subscribes(month: int, day: int, customer: str, plan: str, **options) -> Scene:
    """The customer takes a plan."""
    return Scene(month, day, customer, "subscribe", {"plan": plan, **options})


SCENES = (
    subscribes(0, 1, "harbour", "team_annual", tax="uk_vat"),
    subscribes(0, 3, "oakline", "team_monthly"),
    subscribes(0, 8, "copperleaf", "team_monthly"),
    subscribes(0, 12, "tidewater", "team_monthly", set_up_fee="onboarding"),
    subscribes(0, 15, "marigold", "seat_annual", quantity=5),
    subscribes(0, 20, "fennec", "team_monthly"),
    subscribes(1, 2, "ziegel", "team_annual_eur"),
    subscribes(1, 5, "nordvik", "team_monthly"),
    subscribes(1, 9, "larkspur", "team_monthly"),
    subscribes(1, 14, "brume", "team_monthly_eur", tax="fr_vat"),
    subscribes(1, 17, "juniper", "team_monthly"),
    subscribes(1, 31, "pelican", "team_monthly"),
    subscribes(2, 6, "bluegum", "team_monthly_inclusive", tax="au_gst"),
    subscribes(2, 11, "mosaic", "business_monthly", coupon="SCHOOLS20"),
    subscribes(3, 4, "sakura", "team_monthly", trial_days=14),
    Scene(3, 18, "copperleaf", "upgrade", {"plan": "business_monthly"}, hour=15),
    Scene(4, 19, "fennec", "lose_card"),
    Scene(4, 24, "fennec", "renew_card"),
    Scene(5, 10, "marigold", "add_seats", {"quantity": 8}, hour=14),
    Scene(5, 22, "juniper", "leave"),
    Scene(6, 20, "larkspur", "leave_at_period_end"),
    Scene(8, 13, "oakline", "credit", {"amount": 33_00}, extra=True),
    Scene(8, 21, "tidewater", "bill_by_mistake", {"amount": 150_00}, extra=True),
    subscribes(9, 7, "juniper", "team_monthly"),
)
"""In order of time. Copperleaf's upgrade is billed with its next renewal, Marigold's seats at
once; Fennec's renewal of month 4 fails, and its second retry succeeds with the new card."""
