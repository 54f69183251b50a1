"""Prices: per unit or in tiers, once or recurring, licensed or metered."""

from ..errors import StripeError
from ..money import exact
from ..world import World
from . import product as products
from .common import assign, merge_metadata, metadata, need

CREATE = {
    "active", "billing_scheme", "currency", "id", "lookup_key", "metadata", "nickname",
    "product", "product_data", "recurring", "tax_behavior", "tiers", "tiers_mode",
    "unit_amount", "unit_amount_decimal",
}  # fmt: skip
UPDATE = ("active", "lookup_key", "nickname", "tax_behavior")


def _recurring(params: dict | None) -> dict | None:
    if not params:
        return None
    need(params, "interval")
    return {
        "interval": params["interval"],
        "interval_count": params.get("interval_count", 1),
        "meter": params.get("meter"),
        "usage_type": params.get("usage_type", "licensed"),
    }


def _amounts(params: dict) -> dict:
    """Stripe keeps fractions of a minor unit only in `unit_amount_decimal`."""
    if "tiers" in params:
        return {"unit_amount": None, "unit_amount_decimal": None}
    text = params.get("unit_amount_decimal")
    if text is None:
        need(params, "unit_amount")
        text = str(params["unit_amount"])
    whole = exact(text)
    is_whole = whole.denominator == 1
    return {"unit_amount": int(whole) if is_whole else None, "unit_amount_decimal": text}


def _tiers(params: list[dict]) -> list[dict]:
    """Ascending tiers; the last one has no end."""
    tiers = []
    for entry in params:
        up_to = entry["up_to"]
        tiers.append({
            **_tier_amount(entry, "flat_amount"),
            **_tier_amount(entry, "unit_amount"),
            "up_to": None if up_to == "inf" else int(up_to),
        })  # fmt: skip
    if tiers[-1]["up_to"] is not None:
        raise StripeError("The last tier must have `up_to` inf.", param="tiers")
    return tiers


def _tier_amount(entry: dict, name: str) -> dict:
    """An amount of a tier, whole and with fractions of a minor unit."""
    text = entry.get(f"{name}_decimal") or entry.get(name)
    if text is None:
        return {name: None, f"{name}_decimal": None}
    value = exact(text)
    whole = int(value) if value.denominator == 1 else None
    return {name: whole, f"{name}_decimal": str(text)}


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
        "billing_scheme": params.get("billing_scheme", "per_unit"),
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
        "tiers_mode": params.get("tiers_mode"),
        "transform_quantity": None,
        "type": "recurring" if recurring else "one_time",
        **_amounts(params),
    }
    if "tiers" in params:
        need(params, "tiers_mode")
        world.tiers[price["id"]] = _tiers(params["tiers"])
    return world.create(price, "price.created")


def update(world: World, params: dict, price_id: str) -> dict:
    """POST /v1/prices/:id"""
    price = world.get("price", price_id)
    with world.updating(price, "price.updated"):
        assign(price, params, *UPDATE)
        merge_metadata(price, params)
    return price


def is_metered(price: dict) -> bool:
    """Whether a price is billed by usage."""
    return bool(price["recurring"]) and price["recurring"]["usage_type"] == "metered"


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
