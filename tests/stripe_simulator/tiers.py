"""What a quantity costs: per unit, or by tiers."""

from collections.abc import Iterator
from fractions import Fraction

from .money import exact
from .world import World


def cost(world: World, price: dict, quantity: int) -> Fraction:
    """The exact price of a quantity, in minor units."""
    return sum((amount for _units, amount in parts(world, price, quantity)), Fraction(0))


def parts(world: World, price: dict, quantity: int) -> list[tuple[int, Fraction]]:
    """The quantities that are billed together, each with its price: one for each tier used."""
    tiers = world.tiers.get(price["id"])
    if tiers is None:
        return [(quantity, exact(price["unit_amount_decimal"]) * quantity)]
    return MODES[price["tiers_mode"]](tiers, quantity)


def _spans(tiers: list[dict]) -> Iterator[tuple[int, int | None, dict]]:
    """Each tier with the quantity it begins after and the one it ends with."""
    below = 0
    for tier in tiers:
        yield below, tier["up_to"], tier
        below = tier["up_to"]


def _graduated(tiers: list[dict], quantity: int) -> list[tuple[int, Fraction]]:
    """Every tier prices the units that fall into it."""
    used = []
    for below, up_to, tier in _spans(tiers):
        units = (quantity if up_to is None else min(quantity, up_to)) - below
        if units > 0 or below == 0:
            used.append((units, _cost_in(tier, units)))
    return used


def _volume(tiers: list[dict], quantity: int) -> list[tuple[int, Fraction]]:
    """One tier, found by the quantity, prices all units."""
    for _below, up_to, tier in _spans(tiers):
        if up_to is None or quantity <= up_to:
            return [(quantity, _cost_in(tier, quantity))]
    return []


def _cost_in(tier: dict, units: int) -> Fraction:
    each, flat = tier["unit_amount_decimal"] or "0", tier["flat_amount_decimal"] or "0"
    return exact(each) * units + exact(flat)


MODES = {"graduated": _graduated, "volume": _volume}
