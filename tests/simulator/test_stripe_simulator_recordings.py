"""The simulator answers recorded requests as Stripe did: amounts, signs, flags, fees and periods.

The recordings lie outside the project, in `$STRIPE_RECORDINGS`; they are of version
2025-10-29.clover, so fields that later versions added or removed are left out of the comparison.
"""

import json
import os
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.stripe_simulator import StripeSimulator
from tests.stripe_simulator.clock import DAY, from_unix
from tests.stripe_simulator.forms import decode
from tests.stripe_simulator.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("STRIPE_RECORDINGS") or ROOT.parent / "shared/stripe_recordings")
NAMES = (
    "change_quantity",
    "create_with_quantity",
    "percent_coupon",
    "subscription_with_two_items",
    "swap_plan_monthly_to_yearly",
)
CATALOGUE = (
    ("products", {"id": "prod_EYTX7RYhRjcwKD", "name": "Test Subscription", "unit_label": "user"}),
    ("products", {"id": "prod_IxQQWtyij0rvGp", "name": "T-Shirt"}),
    ("coupons", {"id": "10OFF", "name": "10% Off", "percent_off": 10, "duration": "forever"}),
)
PLANS = {
    "default": (10_00, "month", "Default", "exclusive"),
    "small-monthly": (25_00, "month", "Small Monthly", "exclusive"),
    "small-annual": (250_00, "year", "Small Annual", "unspecified"),
}
SHIRT = {
    "id": "price_1ILVZaKXBGcbgpbZQ26kgXWG",
    "product": "prod_IxQQWtyij0rvGp",
    "unit_amount": 15_00,
    "currency": "usd",
}
REMOVED = {"plan", "total_count", "trial_period_days", "destination", "dispute", "order", "source"}
"""Fields of the recorded version that the newest specification has no more."""
OURS_TO_CHOOSE = {
    "authorization_code", "brand", "calculated_statement_descriptor", "client_secret", "exp_month",
    "exp_year", "extended_authorization", "fingerprint", "hosted_invoice_url",
    "incremental_authorization", "invoice_pdf", "invoice_prefix", "last4", "multicapture",
    "network_token", "network_transaction_id", "number", "overcapture", "payment_method_options",
    "payment_method_types", "receipt_url", "regulated_status", "risk_score", "times_redeemed",
    "tax", "order_reference",
}  # fmt: skip
"""Random, secret or shortened values, and details of cards that billing does not depend on."""
OLDER = re.compile(r"\.(price|coupon)\.created$")
"""The recorded catalogue is older than the recording."""
IDENTIFIER = re.compile(r"^([a-z]+)_[0-9A-Za-z]{14,}$")
EPOCH = 1_000_000_000
SECONDS_OF_WORK = 5
"""Stripe took up to so long for one request; the simulator takes no time."""
EXACT = {"start", "end", "current_period_start", "current_period_end", "billing_cycle_anchor"}


def recording(name: str) -> list[dict]:
    """The entries of a recording; without the file the test is skipped."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        pytest.skip(f"no recorded Stripe traffic at {path}; set STRIPE_RECORDINGS to its folder")
    return json.loads(path.read_text())


def catalogue(simulator: StripeSimulator) -> None:
    """The products, prices and coupon that the recorded account had."""
    for path, params in CATALOGUE:
        simulator.request("POST", f"/v1/{path}", params)
    simulator.request("POST", "/v1/prices", SHIRT)
    for identifier, (amount, interval, nickname, behavior) in PLANS.items():
        params = {
            "id": identifier,
            "product": "prod_EYTX7RYhRjcwKD",
            "unit_amount": amount,
            "currency": "usd",
            "recurring": {"interval": interval},
            "nickname": nickname,
            "tax_behavior": behavior,
        }
        simulator.request("POST", "/v1/prices", params)


def moment(entry: dict) -> int:
    """When Stripe acted on a recorded request, in unix seconds."""
    body = entry["body"]
    if isinstance(body.get("latest_invoice"), dict) and entry["method"] == "post":
        return body["latest_invoice"]["created"]
    if entry["method"] == "post" and body["object"] == "customer" and "balance" in body:
        return body["created"]
    return int(parsedate_to_datetime(entry["recorded_at"]).timestamp())


def matched_ids(recorded: object, simulated: object) -> Iterator[tuple[str, str]]:
    """Pairs of identifiers at the same place of both answers."""
    if isinstance(recorded, dict) and isinstance(simulated, dict):
        for key in recorded.keys() & simulated.keys():
            yield from matched_ids(recorded[key], simulated[key])
    elif isinstance(recorded, list) and isinstance(simulated, list):
        for one, other in zip(recorded, simulated, strict=False):
            yield from matched_ids(one, other)
    elif isinstance(recorded, str) and isinstance(simulated, str) and IDENTIFIER.match(recorded):
        yield recorded, simulated


class Replay:
    """Sends recorded requests to a simulator, with the simulator's ids in place of Stripe's."""

    def __init__(self, entries: list[dict]):
        settings = Settings(account_name="Pay", settlement_delay=7 * DAY)
        self.entries = entries
        self.simulator = StripeSimulator(from_unix(moment(entries[0])), settings=settings)
        catalogue(self.simulator)
        self.ids: dict[str, str] = {}

    def answers(self) -> Iterator[tuple[dict, dict]]:
        """Each recorded entry with the simulator's answer to it."""
        for entry in self.entries:
            now = max(moment(entry), self.simulator.world.now)
            self.simulator.world.advance(now)
            answer = self._ask(entry)
            self.ids.update(matched_ids(entry["body"], answer))
            yield entry, answer

    def _ask(self, entry: dict) -> dict:
        parts = urlsplit(self._translated(entry["uri"]))
        text = entry["request"] if entry["method"] == "post" else parts.query
        params = decode(self._translated(text or ""))
        return self.simulator.request(entry["method"].upper(), parts.path, params)

    def _translated(self, text: str) -> str:
        for recorded, simulated in self.ids.items():
            text = text.replace(recorded, simulated)
        return text


def differences(recorded: object, simulated: object, path: str = "") -> Iterator[str]:
    """Where the answers differ, on fields that both versions have."""
    if isinstance(recorded, dict) and isinstance(simulated, dict):
        for key in sorted(recorded.keys() - REMOVED - OURS_TO_CHOOSE):
            if key in simulated:
                yield from differences(recorded[key], simulated[key], f"{path}.{key}")
            elif (path, key) != ("", "quantity"):
                yield f"{path}.{key} is missing"
    elif isinstance(recorded, list) and isinstance(simulated, list):
        if len(recorded) != len(simulated):
            yield f"{path}: {len(recorded)} recorded, {len(simulated)} simulated"
        for position, (one, other) in enumerate(zip(recorded, simulated, strict=False)):
            yield from differences(one, other, f"{path}[{position}]")
    elif not OLDER.search(path) and not same(recorded, simulated, path.rpartition(".")[2]):
        yield f"{path}: recorded {recorded!r}, simulated {simulated!r}"


def without_ids(text: str) -> str:
    """The text with only the kind of every identifier in it."""
    return re.sub(r"\b([a-z]+)_[0-9A-Za-z]{14,}", r"\1", text)


def same(recorded: object, simulated: object, name: str) -> bool:
    """Equality; of identifiers only the kind, of most times only to a few seconds."""
    if isinstance(recorded, str) and isinstance(simulated, str):
        return without_ids(recorded) == without_ids(simulated)
    is_time = type(recorded) is int and type(simulated) is int and recorded > EPOCH
    if is_time and name not in EXACT:
        return abs(recorded - simulated) <= SECONDS_OF_WORK
    return recorded == simulated


@pytest.mark.parametrize("name", NAMES)
def test_answers_equal_the_recorded_ones(name):
    found = []
    for entry, answer in Replay(recording(name)).answers():
        where = f"{entry['method']} {entry['body']['object']}"
        found += [f"{where}{each}" for each in differences(entry["body"], answer)]
    assert found == []


def last(name: str, kind: str) -> dict:
    """The simulator's last answer of one kind."""
    answers = [answer for _entry, answer in Replay(recording(name)).answers()]
    return [answer for answer in answers if answer["object"] == kind][-1]


def test_swap_from_monthly_to_yearly_is_prorated():
    invoice = last("swap_plan_monthly_to_yearly", "invoice")
    lines = invoice["lines"]["data"]
    assert [line["amount"] for line in lines] == [-25_00, 250_00]
    assert all(
        line["parent"]["subscription_item_details"]["proration"] and not line["discountable"]
        for line in lines
    )
    assert invoice["total"] == invoice["amount_paid"] == 225_00


@pytest.mark.parametrize(
    ("name", "fee"),
    [
        ("change_quantity", 59),
        ("create_with_quantity", 7_55),
        ("percent_coupon", 95),
        ("subscription_with_two_items", 1_03),
        ("swap_plan_monthly_to_yearly", 6_83),
    ],
)
def test_fee_of_the_last_charge(name, fee):
    assert last(name, "charge")["balance_transaction"]["fee"] == fee
