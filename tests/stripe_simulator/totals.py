"""The sums of an invoice, from its lines."""

from . import credits, discounts, taxes
from .lines import SHOWN
from .resources.common import list_object
from .resources.coupon import running
from .world import World


def recalculate(world: World, invoice: dict, *, final: bool = False) -> None:
    """Discounts and taxes of every line, and the totals of a draft.

    Credit grants are spent only when the invoice is `final`.
    """
    lines = world.lines[invoice["id"]]
    customer = world.get("customer", invoice["customer"])
    discounts.apply(world, lines, running(world, invoice["discounts"]), invoice["currency"])
    if final:
        credits.apply(world, invoice, lines)
    for line in lines:
        rates = [world.get("tax_rate", rate) for rate in world.line_rates[line["id"]]]
        base = line["amount"] - discounts.discounted(line) - credits.credited(line)
        line["taxes"] = taxes.line_taxes(base, rates, customer["tax_exempt"])
    invoice["lines"] = list_object(lines, f"/v1/invoices/{invoice['id']}/lines", shown=SHOWN)
    invoice.update(_sums(world, lines, customer["tax_exempt"]))
    _set_amounts_due(invoice, customer)


def _sums(world: World, lines: list[dict], tax_exempt: str) -> dict:
    subtotal = sum(line["amount"] for line in lines)
    discount_amounts = discounts.totals(lines)
    total_taxes = taxes.total_taxes(lines)
    exclusive = taxes.amount_by_behavior(total_taxes, "exclusive")
    inclusive = taxes.amount_by_behavior(total_taxes, "inclusive")
    granted = credits.totals(lines)
    net = subtotal - sum(entry["amount"] for entry in (*discount_amounts, *granted))
    return {
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal - _undiscounted_tax(world, lines, tax_exempt),
        "total": net + exclusive,
        "total_discount_amounts": discount_amounts,
        "total_excluding_tax": net - inclusive,
        "total_pretax_credit_amounts": [
            *({**entry, "type": "discount"} for entry in discount_amounts),
            *granted,
        ],
        "total_taxes": total_taxes,
    }


def _undiscounted_tax(world: World, lines: list[dict], tax_exempt: str) -> int:
    """The inclusive tax within the subtotal, that is before discounts."""
    if tax_exempt != "none":
        return 0
    total = 0
    for line in lines:
        rates = [world.get("tax_rate", rate) for rate in world.line_rates[line["id"]]]
        total += taxes.inclusive_part(line["amount"], rates)
    return total


def _set_amounts_due(invoice: dict, customer: dict) -> None:
    """What the customer will owe after the credit balance."""
    invoice["starting_balance"] = customer["balance"]
    invoice["amount_due"] = max(invoice["total"] + customer["balance"], 0)
    invoice["amount_remaining"] = invoice["amount_due"]
