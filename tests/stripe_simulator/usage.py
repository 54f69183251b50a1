"""Metered usage: what was reported, and what an invoice makes of it."""

from .lines import interval_text, line_item, period, pricing, subscription_parent
from .money import half_up
from .tiers import parts
from .world import World

FORMULAS = {
    "count": len,
    "last": lambda values: values[-1] if values else 0,
    "sum": sum,
}


def total(world: World, meter: dict, customer: str, start: int, end: int) -> int:
    """The usage of a customer in `[start, end)`, by the meter's formula."""
    reported = sorted(
        (entry for entry in world.usage[meter["id"], customer] if start <= entry[0] < end),
        key=lambda entry: entry[0],
    )
    return FORMULAS[meter["default_aggregation"]["formula"]]([value for _time, value in reported])


def usage_lines(
    world: World, invoice: dict, subscription: dict, item: dict, span: tuple[int, int]
) -> list[dict]:
    """What an item used in a period that is over: one line, or one for each tier."""
    meter = world.get("billing.meter", item["price"]["recurring"]["meter"])
    used = total(world, meter, subscription["customer"], *span)
    name = world.get("product", item["price"]["product"])["name"]
    return [
        line_item(
            world,
            invoice,
            amount=half_up(amount),
            description=f"{units} × {name} (usage / {interval_text(item['price'])})",
            parent=subscription_parent(item),
            period=period(*span),
            pricing=pricing(item["price"]),
            quantity=units,
            discounts=item["discounts"],
        )
        for units, amount in parts(world, item["price"], used)
    ]
