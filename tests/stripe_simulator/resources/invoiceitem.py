"""Invoice items: what waits to be billed, one-off or as a proration."""

from ..lines import invoice_item_parent, line_item, period, subscription_parent
from ..world import World


def build(world: World, customer_id: str, currency: str, amount: int, **fields: object) -> dict:
    """An invoice item; without a period it belongs to the moment of its creation."""
    quantity = fields.get("quantity", 1)
    subscription = fields.get("subscription")
    item_id = fields.get("subscription_item")
    details = {"subscription": subscription}
    if item_id:
        details["subscription_item"] = item_id
    return {
        "id": world.ids.new("ii"),
        "object": "invoiceitem",
        "amount": amount,
        "currency": currency,
        "customer": customer_id,
        "date": world.now,
        "description": fields.get("description"),
        "discountable": fields.get("discountable", True),
        "discounts": list(fields.get("discounts") or ()),
        "invoice": None,
        "livemode": False,
        "metadata": fields.get("metadata") or {},
        "net_amount": amount,
        "parent": {"subscription_details": details, "type": "subscription_details"}
        if subscription
        else None,
        "period": fields.get("period") or period(world.now, world.now),
        "pricing": fields.get("pricing"),
        "proration": fields.get("proration", False),
        "proration_details": {
            "credited_items": fields.get("credited_items"),
            "discount_amounts": [],
        },
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "tax_rates": fields.get("tax_rates") or [],
        "test_clock": None,
    }


def add(world: World, item: dict) -> dict:
    """Keep the item until an invoice takes it."""
    world.create(item, "invoiceitem.created")
    world.pending_items[item["customer"]].append(item["id"])
    return item


def pending_for(world: World, invoice: dict, subscription_id: str | None) -> list[dict]:
    """Take the waiting items that belong on this invoice: of its currency, and not another's."""
    waiting = world.pending_items.get(invoice["customer"], [])
    items = [world.get("invoiceitem", identifier) for identifier in waiting]
    taken = [item for item in items if _fits(item, invoice["currency"], subscription_id)]
    kept = {item["id"] for item in items} - {item["id"] for item in taken}
    world.pending_items[invoice["customer"]] = [each for each in waiting if each in kept]
    return taken


def _fits(item: dict, currency: str, subscription_id: str | None) -> bool:
    parent = item["parent"]
    owner = parent and parent["subscription_details"]["subscription"]
    return item["currency"] == currency and owner in (None, subscription_id)


def to_line(world: World, invoice: dict, item: dict) -> dict:
    """The invoice line that bills an item."""
    return line_item(
        world,
        invoice,
        amount=item["amount"],
        description=item["description"],
        parent=_line_parent(world, item),
        period=dict(item["period"]),
        pricing=item["pricing"],
        quantity=item["quantity"],
        discountable=item["discountable"],
        discounts=item["discounts"],
        metadata=item["metadata"],
    )


def _line_parent(world: World, item: dict) -> dict:
    details = (item["parent"] or {}).get("subscription_details", {})
    if not item["proration"]:
        return invoice_item_parent(item["id"], details.get("subscription"))
    owner = {"id": details["subscription_item"], "subscription": details["subscription"]}
    return subscription_parent(owner, invoice_item=item["id"], credited=_credited(world, item))


def _credited(world: World, item: dict) -> dict | None:
    """The invoice lines that a credit takes back, wherever those are by now."""
    credited = item["proration_details"]["credited_items"]
    if credited is None:
        return None
    if credited["type"] == "invoice_line_items":
        return dict(credited["invoice_line_item_details"])
    invoice, line = world.item_lines[credited["invoice_item"]]
    return {"invoice": invoice, "invoice_line_items": [line]}
