"""Customers."""

from ..standing import end_now
from ..world import World
from . import customer_balance, tax_id
from . import payment_method as payment_methods
from .common import address, assign, merge_metadata, metadata

TEXTS = ("description", "email", "name", "phone", "tax_exempt")
CREATE = {
    "address", "balance", "invoice_settings", "metadata", "payment_method", "preferred_locales",
    "shipping", *TEXTS,
}  # fmt: skip


def _invoice_settings(default_payment_method: str | None) -> dict:
    return {
        "custom_fields": None,
        "default_payment_method": default_payment_method,
        "footer": None,
        "rendering_options": None,
    }


def create(world: World, params: dict) -> dict:
    """POST /v1/customers"""
    customer = {
        "id": world.ids.new("cus"),
        "object": "customer",
        "address": address(params.get("address")),
        "balance": 0,
        "created": world.now,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": params.get("description"),
        "discount": None,
        "email": params.get("email"),
        "invoice_prefix": world.ids.invoice_prefix(),
        "invoice_settings": _invoice_settings(None),
        "livemode": False,
        "metadata": metadata(params),
        "name": params.get("name"),
        "next_invoice_sequence": 1,
        "phone": params.get("phone"),
        "preferred_locales": params.get("preferred_locales") or [],
        "shipping": params.get("shipping"),
        "tax_exempt": params.get("tax_exempt") or "none",
        "test_clock": None,
    }
    world.create(customer, "customer.created")
    _set_payment_method(world, customer, params)
    for each in params.get("tax_id_data") or ():
        tax_id.add(world, customer, each)
    if params.get("balance"):
        customer_balance.change(world, customer, params["balance"], kind="initial", currency="usd")
    return customer


def _set_payment_method(world: World, customer: dict, params: dict) -> None:
    """Attach `payment_method` and make the default what `invoice_settings` asks for."""
    default = (params.get("invoice_settings") or {}).get("default_payment_method")
    wanted = params.get("payment_method") or default
    if not wanted:
        return
    method = payment_methods.attached(world, wanted, customer["id"])
    if default:
        with world.updating(customer, "customer.updated"):
            customer["invoice_settings"]["default_payment_method"] = method["id"]


def update(world: World, params: dict, customer_id: str) -> dict:
    """POST /v1/customers/:id"""
    customer = world.get("customer", customer_id)
    with world.updating(customer, "customer.updated"):
        assign(customer, params, "preferred_locales", "shipping", *TEXTS)
        if "address" in params:
            customer["address"] = address(params["address"])
        merge_metadata(customer, params)
    _set_payment_method(world, customer, params)
    if "balance" in params:
        difference = params["balance"] - customer["balance"]
        customer_balance.change(world, customer, difference, kind="adjustment", currency="usd")
    return customer


def delete(world: World, params: dict, customer_id: str) -> dict:
    """DELETE /v1/customers/:id; running subscriptions end at once."""
    customer = world.get("customer", customer_id)
    for subscription in world.store.where("subscription", "customer", customer_id):
        if subscription["ended_at"] is None:
            end_now(world, subscription, "cancellation_requested")
    for invoice in world.store.where("invoice", "customer", customer_id):
        if invoice["status"] in ("draft", "open"):
            _stop_collecting(world, invoice)
    world.emit("customer.deleted", customer)
    world.store.remove(customer)
    return {"id": customer_id, "object": "customer", "deleted": True}


def _stop_collecting(world: World, invoice: dict) -> None:
    with world.updating(invoice, "invoice.updated"):
        invoice.update(auto_advance=False, next_payment_attempt=None)


ROUTES = [
    ("POST", "/v1/customers", create, {*CREATE, "tax_id_data"}),
    ("POST", "/v1/customers/:id", update, CREATE),
    ("DELETE", "/v1/customers/:id", delete, set()),
]
