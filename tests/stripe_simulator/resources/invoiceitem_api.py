"""Requests about invoice items."""

from ..invoicing import take_item
from ..lines import pricing
from ..money import exact, half_up
from ..tiers import cost
from ..totals import recalculate
from ..world import World
from .common import metadata, need, refuse
from .coupon import redeem_all
from .invoiceitem import add, build
from .tax_rate_lookup import tax_rates

CREATE = {
    "amount", "currency", "customer", "description", "discountable", "discounts", "invoice",
    "metadata", "period", "pricing", "quantity", "subscription", "tax_rates",
    "unit_amount_decimal",
}  # fmt: skip


def create(world: World, params: dict) -> dict:
    """POST /v1/invoiceitems"""
    need(params, "customer")
    customer = world.refer("customer", "customer", params["customer"])
    price_id = (params.get("pricing") or {}).get("price")
    price = world.refer("pricing[price]", "price", price_id) if price_id else None
    quantity = params.get("quantity", 1)
    item = build(
        world,
        customer["id"],
        price["currency"] if price else params.get("currency", "usd").lower(),
        _amount(world, params, price, quantity),
        quantity=quantity,
        subscription=params.get("subscription"),
        description=params.get("description") or _product_name(world, price),
        discountable=params.get("discountable", True),
        metadata=metadata(params),
        period=params.get("period"),
        pricing=pricing(price) if price else None,
        tax_rates=tax_rates(world, params.get("tax_rates")),
    )
    item["discounts"] = redeem_all(
        world, params.get("discounts"), customer["id"], invoice_item=item["id"]
    )
    add(world, item)
    if params.get("invoice"):
        _put_on_draft(world, item, params["invoice"])
    return item


def _amount(world: World, params: dict, price: dict | None, quantity: int) -> int:
    if price is not None:
        return half_up(cost(world, price, quantity))
    if params.get("unit_amount_decimal"):
        return half_up(exact(params["unit_amount_decimal"]) * quantity)
    need(params, "amount")
    return params["amount"]


def _product_name(world: World, price: dict | None) -> str | None:
    return world.get("product", price["product"])["name"] if price else None


def _put_on_draft(world: World, item: dict, invoice_id: str) -> None:
    invoice = world.refer("invoice", "invoice", invoice_id)
    if invoice["status"] != "draft":
        refuse("Invoice items can only be added to draft invoices.", param="invoice")
    with world.updating(invoice, "invoice.updated"):
        world.pending_items[item["customer"]].remove(item["id"])
        take_item(world, invoice, item)
        recalculate(world, invoice)


def delete(world: World, params: dict, item_id: str) -> dict:
    """DELETE /v1/invoiceitems/:id: only while it waits."""
    item = world.get("invoiceitem", item_id)
    if item["invoice"]:
        refuse("Invoice items attached to an invoice cannot be deleted.")
    world.pending_items[item["customer"]].remove(item_id)
    world.store.remove(item)
    world.emit("invoiceitem.deleted", item)
    return {"id": item_id, "object": "invoiceitem", "deleted": True}


ROUTES = [
    ("POST", "/v1/invoiceitems", create, CREATE),
    ("DELETE", "/v1/invoiceitems/:id", delete, set()),
]
