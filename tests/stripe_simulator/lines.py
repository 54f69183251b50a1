"""Invoice lines."""

from fractions import Fraction

from .clock import from_unix
from .money import display, half_up
from .resources.price import unit_amount
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
        "discounts": [],
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


def plan_amount(item: dict, part: Fraction = Fraction(1)) -> int:
    """The price of a period of a subscription item, before discounts and exclusive tax."""
    return half_up(unit_amount(item["price"]) * item["quantity"] * part)


def plan_description(world: World, item: dict) -> str:
    """Such as “3 seat × Team plan (at $99.00 / month)”."""
    price = item["price"]
    product = world.get("product", price["product"])
    each = display(half_up(unit_amount(price)), price["currency"])
    unit = f" {product['unit_label']}" if product["unit_label"] else ""
    return f"{item['quantity']}{unit} × {product['name']} (at {each} / {interval_text(price)})"


def interval_text(price: dict) -> str:
    """Such as “month” or “every 3 months”."""
    recurring = price["recurring"]
    if recurring["interval_count"] == 1:
        return recurring["interval"]
    return f"every {recurring['interval_count']} {recurring['interval']}s"


def plan_line(
    world: World,
    invoice: dict,
    item: dict,
    span: tuple[int, int],
    *,
    part: Fraction = Fraction(1),
    trial: bool = False,
) -> dict:
    """The line for one period of a subscription item or a part of it; a trial costs nothing."""
    name = world.get("product", item["price"]["product"])["name"]
    return line_item(
        world,
        invoice,
        amount=0 if trial else plan_amount(item, part),
        description=f"Free trial for {name}" if trial else plan_description(world, item),
        parent=subscription_parent(item),
        period=period(*span),
        pricing=pricing(item["price"]),
        quantity=item["quantity"],
    )


def day_text(seconds: int) -> str:
    """Such as 10 Nov 2025."""
    moment = from_unix(seconds)
    return f"{moment.day} {moment:%b %Y}"
