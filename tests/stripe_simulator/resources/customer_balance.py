"""The credit balance of a customer: negative is money the customer has to spend."""

from ..lists import page_of
from ..world import World
from .common import assign, merge_metadata, metadata, need, refuse


def change(
    world: World, customer: dict, amount: int, *, kind: str, currency: str, **fields: object
) -> dict | None:
    """Add `amount` to the balance and record why, with `invoice` or `credit_note` if one did it."""
    if not amount:
        return None
    currency = customer["currency"] or currency
    with world.updating(customer, "customer.updated"):
        customer["balance"] += amount
        customer["currency"] = currency
    transaction = {
        "id": world.ids.new("cbtxn"),
        "object": "customer_balance_transaction",
        "amount": amount,
        "checkout_session": None,
        "created": world.now,
        "credit_note": fields.get("credit_note"),
        "currency": currency,
        "customer": customer["id"],
        "description": fields.get("description"),
        "ending_balance": customer["balance"],
        "invoice": fields.get("invoice"),
        "livemode": False,
        "metadata": fields.get("metadata") or {},
        "type": kind,
    }
    return world.create(transaction)


def create(world: World, params: dict, customer_id: str) -> dict:
    """POST /v1/customers/:id/balance_transactions: an adjustment by hand."""
    need(params, "amount", "currency")
    customer = world.get("customer", customer_id)
    transaction = change(
        world,
        customer,
        params["amount"],
        kind="adjustment",
        currency=params["currency"].lower(),
        description=params.get("description"),
        metadata=metadata(params),
    )
    if transaction is None:
        refuse("The amount of a balance transaction cannot be zero.", param="amount")
    return transaction


def list_of(world: World, params: dict, customer_id: str) -> dict:
    """GET /v1/customers/:id/balance_transactions"""
    world.get("customer", customer_id)
    entries = world.store.where(KIND, "customer", customer_id)
    return page_of(entries[::-1], PATH.replace(":id", customer_id), params)


def retrieve(world: World, params: dict, customer_id: str, identifier: str) -> dict:
    """GET /v1/customers/:id/balance_transactions/:id"""
    found = world.get(KIND, identifier)
    if found["customer"] != customer_id:
        refuse(f"No such balance transaction: '{identifier}'", code="resource_missing")
    return found


def update(world: World, params: dict, customer_id: str, identifier: str) -> dict:
    """POST /v1/customers/:id/balance_transactions/:id"""
    found = retrieve(world, params, customer_id, identifier)
    assign(found, params, "description")
    merge_metadata(found, params)
    return found


KIND = "customer_balance_transaction"
PATH = "/v1/customers/:id/balance_transactions"
ROUTES = [
    ("POST", PATH, create, {"amount", "currency", "description", "metadata"}),
    ("GET", PATH, list_of, {"created", "ending_before", "invoice", "limit", "starting_after"}),
    ("GET", f"{PATH}/:id", retrieve, set()),
    ("POST", f"{PATH}/:id", update, {"description", "metadata"}),
]
