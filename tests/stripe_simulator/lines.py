"""Invoice lines."""

from fractions import Fraction

from .clock import from_unix
from .money import display, exact, half_up
from .tiers import parts
from .world import World

SHOWN = 10
"""How many lines an invoice or a credit note shows inside itself."""


def period(start: int, end: int) -> dict:
    """A half-open service period."""
    return {"end": end, "start": start}


def pricing(price: dict, *, with_unit_amount: bool = True) -> dict:
    """The pricing of a line; prorations show no unit amount."""
    return {
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details",
        "unit_amount_decimal": price["unit_amount_decimal"] if with_unit_amount else None,
    }


def line_item(
    world: World,
    invoice: dict,
    *,
    amount: int,
    description: str | None,
    parent: dict,
    period: dict,
    pricing: dict | None,
    quantity: int,
    discountable: bool = True,
    discounts: list[str] | None = None,
    metadata: dict | None = None,
) -> dict:
    """A line of `invoice`; discounts and taxes are computed with the invoice's totals."""
    return {
        "id": world.ids.new("il"),
        "object": "line_item",
        "amount": amount,
        "currency": invoice["currency"],
        "description": description,
        "discount_amounts": [],
        "discountable": discountable,
        "discounts": list(discounts or ()),
        "invoice": invoice["id"],
        "livemode": False,
        "metadata": metadata or {},
        "parent": parent,
        "period": period,
        "pretax_credit_amounts": [],
        "pricing": pricing,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "subtotal": amount,
        "taxes": [],
    }


def subscription_parent(
    item: dict, *, invoice_item: str | None = None, credited: dict | None = None
) -> dict:
    """The parent of a line that a subscription item caused; with `invoice_item`, a proration."""
    return {
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": invoice_item,
            "proration": invoice_item is not None,
            "proration_details": {"credited_items": credited},
            "subscription": item["subscription"],
            "subscription_item": item["id"],
        },
        "type": "subscription_item_details",
    }


def invoice_item_parent(invoice_item: str, subscription: str | None) -> dict:
    """The parent of a one-off line."""
    return {
        "invoice_item_details": {
            "invoice_item": invoice_item,
            "proration": False,
            "proration_details": {"credited_items": None},
            "subscription": subscription,
        },
        "subscription_item_details": None,
        "type": "invoice_item_details",
    }


def plan_description(world: World, item: dict, units: int) -> str:
    """Such as “3 seat × Team plan (at $99.00 / month)”."""
    price = item["price"]
    product = world.get("product", price["product"])
    unit = f" {product['unit_label']}" if product["unit_label"] else ""
    return f"{units}{unit} × {product['name']} ({_rate_text(price)} / {interval_text(price)})"


def _rate_text(price: dict) -> str:
    """Such as “at $99.00”."""
    if price["unit_amount_decimal"] is None:
        return "in tiers"
    return f"at {display(half_up(exact(price['unit_amount_decimal'])), price['currency'])}"


def interval_text(price: dict) -> str:
    """Such as “month” or “every 3 months”."""
    recurring = price["recurring"]
    if recurring["interval_count"] == 1:
        return recurring["interval"]
    return f"every {recurring['interval_count']} {recurring['interval']}s"


def plan_lines(
    world: World,
    invoice: dict,
    item: dict,
    span: tuple[int, int],
    *,
    part: Fraction = Fraction(1),
    trial: bool = False,
) -> list[dict]:
    """The lines for one period of a subscription item or a part of it; a trial costs nothing.

    There is one line, or one for each tier that the quantity reaches.
    """
    name = world.get("product", item["price"]["product"])["name"]
    return [
        line_item(
            world,
            invoice,
            amount=0 if trial else half_up(amount * part),
            description=f"Free trial for {name}" if trial else plan_description(world, item, units),
            parent=subscription_parent(item),
            period=period(*span),
            pricing=pricing(item["price"]),
            quantity=units,
            discounts=item["discounts"],
        )
        for units, amount in parts(world, item["price"], item["quantity"])
    ]


def day_text(seconds: int) -> str:
    """Such as 10 Nov 2025."""
    moment = from_unix(seconds)
    return f"{moment.day} {moment:%b %Y}"
