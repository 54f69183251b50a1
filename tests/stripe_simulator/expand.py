"""`expand[]`: ids replaced by their objects, on a copy of the path that leads to them."""

from collections.abc import Callable

from .resources.common import list_object, refuse
from .world import World

DEEPEST = 4


def _payments(world: World, invoice: dict) -> dict:
    payments = world.store.where("invoice_payment", "invoice", invoice["id"])
    return list_object(payments, "/v1/invoices/payments")


def _confirmation_secret(world: World, invoice: dict) -> dict | None:
    payments = world.store.where("invoice_payment", "invoice", invoice["id"])
    payments = [each for each in payments if "payment_intent" in each["payment"]]
    if not payments:
        return None
    intent = world.get("payment_intent", payments[-1]["payment"]["payment_intent"])
    return {"client_secret": intent["client_secret"], "type": "payment_intent"}


def _refunds(world: World, charge: dict) -> dict:
    refunds = world.store.where("refund", "charge", charge["id"])
    return list_object(refunds[::-1], f"/v1/charges/{charge['id']}/refunds")


def _subscriptions(world: World, customer: dict) -> dict:
    found = world.store.where("subscription", "customer", customer["id"])
    live = [each for each in found if each["status"] != "canceled"]
    return list_object(live[::-1], f"/v1/customers/{customer['id']}/subscriptions")


def _tax_ids(world: World, customer: dict) -> dict:
    found = world.store.where("tax_id", "customer", customer["id"])
    return list_object(found[::-1], f"/v1/customers/{customer['id']}/tax_ids")


def _tiers(world: World, price: dict) -> list[dict] | None:
    return world.tiers.get(price["id"])


def _customer_tax(world: World, customer: dict) -> dict:
    return {
        "automatic_tax": "unrecognized_location",
        "ip_address": None,
        "location": None,
        "provider": "stripe",
    }


def _credit_balance(world: World, customer: dict) -> dict:
    """Positive is credit, by currency: the opposite sign of `balance`."""
    if not customer["balance"]:
        return {}
    return {customer["currency"]: -customer["balance"]}


INCLUDABLE: dict[tuple[str, str], Callable] = {
    ("invoice", "payments"): _payments,
    ("invoice", "confirmation_secret"): _confirmation_secret,
    ("charge", "refunds"): _refunds,
    ("customer", "subscriptions"): _subscriptions,
    ("customer", "tax"): _customer_tax,
    ("price", "tiers"): _tiers,
    ("customer", "tax_ids"): _tax_ids,
    ("customer", "invoice_credit_balance"): _credit_balance,
}
"""Fields that exist only when asked for."""


OPTIONAL = frozenset({("price", "tiers"), ("refund", "failure_balance_transaction")})
"""Fields that an object has only in some states; asked for in others, they stay absent."""


def expand(world: World, obj: dict, paths: list[str]) -> dict:
    """`obj` with every path expanded; the stored object stays as it is."""
    for path in paths:
        keys = path.split(".")
        if len([key for key in keys if key != "data"]) > DEEPEST:
            refuse(f"You cannot expand more than {DEEPEST} levels: {path}", param="expand")
        obj = _expanded(world, obj, keys, path)
    return obj


def _expanded(world: World, node: object, keys: list[str], path: str) -> object:
    if isinstance(node, list):
        return [_expanded(world, each, keys, path) for each in node]
    if isinstance(node, str):
        node = world.store.objects.get(node, node)
    if not keys or not isinstance(node, dict):
        return node
    key, *rest = keys
    field = node.get("object"), key
    if field in INCLUDABLE:
        value = node.get(key) or INCLUDABLE[field](world, node)
    elif key in node:
        value = node[key]
    elif "object" in node and field not in OPTIONAL:
        refuse(f"This property cannot be expanded ({path}).", param="expand")
    else:
        return node
    if value is None and field in OPTIONAL:
        return node
    return {**node, key: _expanded(world, value, rest, path)}
