"""Credits and charges for a change within a billing period, computed to the second."""

from fractions import Fraction

from .lines import day_text, period, pricing
from .money import exact, half_up, share
from .resources import invoiceitem
from .resources.coupon import coupon_of, running
from .tiers import cost
from .world import World


def unused_amount(debited: int, start: int, end: int, moment: int) -> int:
    """What part of a debit for `[start, end)` is unused at `moment`: zero or negative."""
    return -share(debited, end - moment, end - start)


def remaining_amount(full_price: Fraction, start: int, end: int, moment: int) -> int:
    """The price of the rest of a period `[start, end)` from `moment` on."""
    return half_up(full_price * Fraction(end - moment, end - start))


def credit_unused(world: World, subscription: dict, item: dict, moment: int) -> dict | None:
    """The negative item for the unused time of what was last debited for `item`."""
    debit = world.debits.get(item["id"])
    if debit is None or not debit["start"] <= moment < debit["end"]:
        return None
    amount = unused_amount(debit["amount"], debit["start"], debit["end"], moment)
    return _add(
        world, subscription, item, amount, "Unused time", moment, debit["end"], _credited(debit)
    )


def _credited(debit: dict) -> dict:
    """Which earlier lines a credit takes back: billed ones, or an item still waiting."""
    if debit["lines"] is None:
        return {"invoice_item": debit["invoice_item"], "type": "invoice_item"}
    return {
        "invoice_line_item_details": {
            "invoice": debit["invoice"],
            "invoice_line_items": list(debit["lines"]),
        },
        "type": "invoice_line_items",
    }


def charge_remaining(world: World, subscription: dict, item: dict, moment: int) -> dict:
    """The positive item for the rest of the item's current period; later credits refer to it."""
    start, end = item["current_period_start"], item["current_period_end"]
    full = cost(world, item["price"], item["quantity"])
    full *= _percent_left(world, subscription, moment)
    amount = remaining_amount(full, start, end, moment)
    added = _add(world, subscription, item, amount, "Remaining time", moment, end, None)
    world.debits[item["id"]] = {
        "amount": amount,
        "start": moment,
        "end": end,
        "invoice_item": added["id"],
        "invoice": None,
        "lines": None,
    }
    return added


def _percent_left(world: World, subscription: dict, moment: int) -> Fraction:
    """The factor that running percent discounts leave; prorations include it in their amount."""
    factor = Fraction(1)
    for discount in running(world, subscription["discounts"]):
        factor *= 1 - exact(coupon_of(world, discount)["percent_off"] or 0) / 100
    return factor


def _add(
    world: World,
    subscription: dict,
    item: dict,
    amount: int,
    label: str,
    start: int,
    end: int,
    credited: dict | None,
) -> dict:
    product = world.get("product", item["price"]["product"])
    count = f"{item['quantity']} × " if item["quantity"] > 1 else ""
    proration = invoiceitem.build(
        world,
        subscription["customer"],
        subscription["currency"],
        amount,
        quantity=item["quantity"],
        subscription=subscription["id"],
        subscription_item=item["id"],
        description=f"{label} on {count}{product['name']} after {day_text(start)}",
        discountable=False,
        period=period(start, end),
        pricing=pricing(item["price"], with_unit_amount=False),
        proration=True,
        credited_items=credited,
        tax_rates=list(item["tax_rates"] or ()),
    )
    return invoiceitem.add(world, proration)
