"""Stripe's `price`."""

from ....canonical import InvalidData, Price, PriceTier
from ..fields import path, ref, require
from ..money import from_minor_decimal, number

INTERVALS = frozenset({None, "day", "week", "month", "year"})


def normalise(obj):
    currency = require(obj, "currency").upper()
    return Price(
        external_id=require(obj, "id"),
        product_id=ref(require(obj, "product")),
        currency=currency,
        unit_amount=_amount(obj, "unit_amount", currency),
        nickname=obj.get("nickname") or None,
        interval=_interval(obj),
        interval_count=path(obj, "recurring", "interval_count") or 1,
        # A usage type that Stripe adds later promises no fixed revenue either.
        metered=path(obj, "recurring", "usage_type") not in (None, "licensed"),
        tax_behavior=obj.get("tax_behavior"),
        active=bool(obj.get("active", True)),
        deleted=bool(obj.get("deleted")),
        tiers_mode=obj.get("tiers_mode"),
        tiers=tuple(_tier(tier, currency) for tier in obj.get("tiers") or ()),
        package_size=path(obj, "transform_quantity", "divide_by") or 1,
        package_round_up=path(obj, "transform_quantity", "round") != "down",
    )


def _interval(obj):
    interval = path(obj, "recurring", "interval")
    if interval not in INTERVALS:
        raise InvalidData(f"Unknown billing interval “{interval}”.", key="price.interval")
    return interval


def _tier(obj, currency):
    up_to = obj.get("up_to")
    return PriceTier(
        up_to=None if up_to in (None, "inf") else number(up_to),
        unit_amount=_amount(obj, "unit_amount", currency),
        flat_amount=_amount(obj, "flat_amount", currency),
    )


def _amount(obj, name, currency):
    """The exact amount, told in whole minor units where that suffices."""
    exact = obj.get(f"{name}_decimal")
    return from_minor_decimal(obj.get(name) if exact is None else exact, currency)
