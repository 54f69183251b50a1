"""Credit grants: prepaid or promotional money for usage."""

from .. import credits
from ..world import World
from .common import assign, merge_metadata, metadata, need, refuse

CREATE = {
    "amount", "applicability_config", "category", "customer", "effective_at", "expires_at",
    "metadata", "name", "priority",
}  # fmt: skip


def create(world: World, params: dict) -> dict:
    """POST /v1/billing/credit_grants"""
    need(params, "amount", "applicability_config", "category", "customer")
    customer = world.refer("customer", "customer", params["customer"])
    amount = params["amount"]["monetary"]
    effective = params.get("effective_at") or world.now
    grant = {
        "id": world.ids.new("credgr"),
        "object": credits.GRANT,
        "amount": credits.monetary(int(amount["value"]), amount["currency"].lower()),
        "applicability_config": {"scope": dict(params["applicability_config"]["scope"])},
        "category": params["category"],
        "created": world.now,
        "customer": customer["id"],
        "effective_at": effective,
        "expires_at": params.get("expires_at"),
        "livemode": False,
        "metadata": metadata(params),
        "name": params.get("name"),
        "priority": int(params.get("priority", 50)),
        "test_clock": None,
        "updated": world.now,
        "voided_at": None,
    }
    world.create(grant, "billing.credit_grant.created")
    if effective <= world.now:
        begin(world, grant["id"])
    else:
        world.agenda.add(effective, begin, grant["id"])
    if grant["expires_at"]:
        world.agenda.add(grant["expires_at"], run_out, grant["id"], grant["expires_at"])
    return grant


def begin(world: World, grant_id: str) -> None:
    """From now on the grant can be spent."""
    grant = world.get(credits.GRANT, grant_id)
    if not grant["voided_at"]:
        value = grant["amount"]["monetary"]["value"]
        credits.record(world, grant, "credit", value, "credits_granted")


def run_out(world: World, grant_id: str, moment: int) -> None:
    """The grant expires, if it still does at this moment."""
    grant = world.get(credits.GRANT, grant_id)
    if grant["expires_at"] == moment and not grant["voided_at"]:
        _empty(world, grant, "credits_expired")


def _empty(world: World, grant: dict, kind: str) -> None:
    remaining = credits.left(world, grant)
    if remaining:
        credits.record(world, grant, "debit", remaining, kind)


def update(world: World, params: dict, grant_id: str) -> dict:
    """POST /v1/billing/credit_grants/:id"""
    grant = world.get(credits.GRANT, grant_id)
    with world.updating(grant, "billing.credit_grant.updated"):
        assign(grant, params, "expires_at", "name")
        merge_metadata(grant, params)
        grant["updated"] = world.now
    if params.get("expires_at"):
        world.agenda.add(grant["expires_at"], run_out, grant_id, grant["expires_at"])
    return grant


def expire(world: World, params: dict, grant_id: str) -> dict:
    """POST /v1/billing/credit_grants/:id/expire"""
    grant = world.get(credits.GRANT, grant_id)
    with world.updating(grant, "billing.credit_grant.updated"):
        grant.update(expires_at=world.now, updated=world.now)
    _empty(world, grant, "credits_expired")
    return grant


def void(world: World, params: dict, grant_id: str) -> dict:
    """POST /v1/billing/credit_grants/:id/void: only while nothing of it was spent."""
    grant = world.get(credits.GRANT, grant_id)
    entries = world.store.where(credits.TRANSACTION, "credit_grant", grant_id)
    if grant["voided_at"] or any(entry["type"] == "debit" for entry in entries):
        refuse("A credit grant that was used cannot be voided; expire it.")
    with world.updating(grant, "billing.credit_grant.updated"):
        grant.update(voided_at=world.now, updated=world.now)
    _empty(world, grant, "credits_voided")
    return grant


def summary(world: World, params: dict) -> dict:
    """GET /v1/billing/credit_balance_summary: by currency."""
    need(params, "customer", "filter")
    wanted = params["filter"].get("credit_grant")
    balances: dict[str, int] = {}
    for grant in world.store.where(credits.GRANT, "customer", params["customer"]):
        if wanted in (None, grant["id"]):
            currency = grant["amount"]["monetary"]["currency"]
            balances[currency] = balances.get(currency, 0) + credits.left(world, grant)
    return {
        "object": "billing.credit_balance_summary",
        "balances": [
            {
                "available_balance": credits.monetary(amount, currency),
                "ledger_balance": credits.monetary(amount, currency),
            }
            for currency, amount in balances.items()
        ],
        "customer": params["customer"],
        "livemode": False,
    }


PATH = "/v1/billing/credit_grants"
ROUTES = [
    ("POST", PATH, create, CREATE),
    ("POST", f"{PATH}/:id", update, {"expires_at", "metadata", "name"}),
    ("POST", f"{PATH}/:id/expire", expire, set()),
    ("POST", f"{PATH}/:id/void", void, set()),
    ("GET", "/v1/billing/credit_balance_summary", summary, {"customer", "filter"}),
]
