"""Prices: fixed amounts per unit, once or recurring."""

from fractions import Fraction

from ..errors import StripeError
from ..money import exact
from ..world import World
from . import product as products
from .common import assign, merge_metadata, metadata, need

CREATE = {
    "id", "active", "currency", "lookup_key", "metadata", "nickname", "product", "product_data",
    "recurring", "tax_behavior", "unit_amount", "unit_amount_decimal",
}  # fmt: skip
UPDATE = ("active", "lookup_key", "nickname", "tax_behavior")


def _recurring(params: dict | None) -> dict | None:
    if not params:
        return None
    need(params, "interval")
    return {
        "interval": params["interval"],
        "interval_count": params.get("interval_count", 1),
        "meter": None,
        "usage_type": params.get("usage_type", "licensed"),
    }


def _amounts(params: dict) -> dict:
    """Stripe keeps fractions of a minor unit only in `unit_amount_decimal`."""
    text = params.get("unit_amount_decimal")
    if text is None:
        need(params, "unit_amount")
        text = str(params["unit_amount"])
    whole = exact(text)
    is_whole = whole.denominator == 1
    return {"unit_amount": int(whole) if is_whole else None, "unit_amount_decimal": text}


def _product(world: World, params: dict) -> str:
    if "product_data" in params:
        return products.create(world, params["product_data"])["id"]
    need(params, "product")
    return world.refer("product", "product", params["product"])["id"]


def create(world: World, params: dict) -> dict:
    """POST /v1/prices; `id` is accepted besides, so that recorded plan ids can be replayed."""
    need(params, "currency")
    recurring = _recurring(params.get("recurring"))
    price = {
        "id": params.get("id") or world.ids.new("price"),
        "object": "price",
        "active": params.get("active", True),
        "billing_scheme": "per_unit",
        "created": world.now,
        "currency": params["currency"].lower(),
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": params.get("lookup_key"),
        "metadata": metadata(params),
        "nickname": params.get("nickname"),
        "product": _product(world, params),
        "recurring": recurring,
        "tax_behavior": params.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if recurring else "one_time",
        **_amounts(params),
    }
    return world.create(price, "price.created")


def update(world: World, params: dict, price_id: str) -> dict:
    """POST /v1/prices/:id"""
    price = world.get("price", price_id)
    with world.updating(price, "price.updated"):
        assign(price, params, *UPDATE)
        merge_metadata(price, params)
    return price


def unit_amount(price: dict) -> Fraction:
    """The price of one unit in minor units, exactly."""
    return exact(price["unit_amount_decimal"])


def recurring_price(world: World, param: str, price_id: object) -> dict:
    """The recurring price that a parameter names."""
    price = world.refer(param, "price", price_id)
    if price["type"] != "recurring":
        raise StripeError(f"The price specified is set to `type=one_time`: {price_id}", param=param)
    return price


ROUTES = [
    ("POST", "/v1/prices", create, CREATE),
    ("POST", "/v1/prices/:id", update, {"metadata", *UPDATE}),
]
