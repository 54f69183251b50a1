"""Discounts of single lines, then those of the whole invoice, spread over its lines."""

from .money import allocate, percent_of
from .resources.coupon import coupon_of, running
from .world import World


def apply(world: World, lines: list[dict], discounts: list[dict], currency: str) -> None:
    """Set the discount amounts of `lines`; each discount works on what the earlier ones left."""
    for line in lines:
        line["discount_amounts"] = []
        for discount in running(world, line["discounts"]):
            _apply_one(world, [line], discount, currency)
    for discount in discounts:
        _apply_one(world, lines, discount, currency)
    for line in lines:
        line["pretax_credit_amounts"] = [
            {**amount, "type": "discount"} for amount in line["discount_amounts"]
        ]


def _apply_one(world: World, lines: list[dict], discount: dict, currency: str) -> None:
    eligible = [line for line in lines if line["discountable"] and line["amount"] > 0]
    bases = [line["amount"] - discounted(line) for line in eligible]
    total = _discount_of(coupon_of(world, discount), sum(bases), currency)
    for line, amount in zip(eligible, allocate(total, bases), strict=True):
        line["discount_amounts"].append({"amount": amount, "discount": discount["id"]})


def _discount_of(coupon: dict, base: int, currency: str) -> int:
    if coupon["percent_off"] is not None:
        return percent_of(base, coupon["percent_off"])
    return min(coupon["amount_off"], base) if coupon["currency"] == currency else 0


def discounted(line: dict) -> int:
    """What all discounts together take off a line."""
    return sum(entry["amount"] for entry in line["discount_amounts"])


def totals(lines: list[dict]) -> list[dict]:
    """The discount amounts of all lines added up by discount."""
    amounts: dict[str, int] = {}
    for entry in (entry for line in lines for entry in line["discount_amounts"]):
        amounts[entry["discount"]] = amounts.get(entry["discount"], 0) + entry["amount"]
    return [{"amount": amounts[discount], "discount": discount} for discount in amounts]
