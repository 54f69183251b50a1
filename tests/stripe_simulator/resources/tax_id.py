"""Tax ids of customers, some of which Stripe has verified by the authorities."""

from ..clock import MINUTE
from ..lists import page_of
from ..world import World
from .common import need, refuse

COUNTRIES = {"au_abn": "AU", "ch_vat": "CH", "gb_vat": "GB", "jp_trn": "JP", "no_vat": "NO",
             "us_ein": "US"}  # fmt: skip
"""Of the kinds that belong to one country; those of the EU begin with it."""
VERIFIED_KINDS = frozenset({"au_abn", "eu_vat", "gb_vat"})
OUTCOMES = {"111111111": "unverified", "222222222": "pending"}
"""By the digits, as in Stripe's test mode; all other numbers are found."""


def build(world: World, customer: dict, kind: str, value: str) -> dict:
    """A tax id; the authorities have not answered yet."""
    checked = kind in VERIFIED_KINDS
    return {
        "id": world.ids.new("txi"),
        "object": "tax_id",
        "country": value[:2] if kind == "eu_vat" else COUNTRIES.get(kind),
        "created": world.now,
        "customer": customer["id"],
        "livemode": False,
        "owner": {"customer": customer["id"], "type": "customer"},
        "type": kind,
        "value": value,
        "verification": {
            "status": "pending" if checked else "unavailable",
            "verified_address": None,
            "verified_name": None,
        },
    }


def add(world: World, customer: dict, params: dict) -> dict:
    """Give a customer a tax id."""
    need(params, "type", "value")
    tax_id = world.create(
        build(world, customer, params["type"], params["value"]), "customer.tax_id.created"
    )
    if tax_id["verification"]["status"] == "pending":
        world.agenda.add(world.now + MINUTE, verify, tax_id["id"])
    return tax_id


def verify(world: World, tax_id: str) -> None:
    """The authorities answer."""
    found = world.store.find("tax_id", tax_id)
    if found is None:
        return
    status = OUTCOMES.get(found["value"][-9:], "verified")
    name = world.get("customer", found["customer"])["name"] if status == "verified" else None
    with world.updating(found, "customer.tax_id.updated"):
        found["verification"].update(status=status, verified_name=name)


def of_customer(world: World, customer_id: str) -> list[dict]:
    """A customer's tax ids, oldest first."""
    return world.store.where("tax_id", "customer", customer_id)


def create(world: World, params: dict, customer_id: str) -> dict:
    """POST /v1/customers/:id/tax_ids"""
    return add(world, world.get("customer", customer_id), params)


def list_of(world: World, params: dict, customer_id: str) -> dict:
    """GET /v1/customers/:id/tax_ids"""
    world.get("customer", customer_id)
    found = of_customer(world, customer_id)[::-1]
    return page_of(found, f"/v1/customers/{customer_id}/tax_ids", params)


def retrieve(world: World, params: dict, customer_id: str, tax_id: str) -> dict:
    """GET /v1/customers/:id/tax_ids/:id"""
    found = world.get("tax_id", tax_id)
    if found["customer"] != customer_id:
        refuse(f"No such tax id: '{tax_id}'", code="resource_missing")
    return found


def delete(world: World, params: dict, customer_id: str, tax_id: str) -> dict:
    """DELETE /v1/customers/:id/tax_ids/:id"""
    found = retrieve(world, params, customer_id, tax_id)
    world.store.remove(found)
    world.emit("customer.tax_id.deleted", found)
    return {"id": tax_id, "object": "tax_id", "deleted": True}


PATH = "/v1/customers/:id/tax_ids"
ROUTES = [
    ("POST", PATH, create, {"type", "value"}),
    ("GET", PATH, list_of, {"ending_before", "limit", "starting_after"}),
    ("GET", f"{PATH}/:id", retrieve, set()),
    ("DELETE", f"{PATH}/:id", delete, set()),
]
