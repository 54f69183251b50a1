"""Tax rates: a percentage on top of the amount (exclusive) or within it (inclusive)."""

from ..world import World
from .common import assign, merge_metadata, metadata, need

TEXTS = ("country", "description", "display_name", "jurisdiction", "state", "tax_type")


def create(world: World, params: dict) -> dict:
    """POST /v1/tax_rates"""
    need(params, "display_name", "inclusive", "percentage")
    rate = {
        "id": world.ids.new("txr"),
        "object": "tax_rate",
        "active": params.get("active", True),
        "created": world.now,
        "effective_percentage": None,
        "flat_amount": None,
        "inclusive": params["inclusive"],
        "jurisdiction_level": None,
        "livemode": False,
        "metadata": metadata(params),
        "percentage": float(params["percentage"]),
        "rate_type": "percentage",
        **{name: params.get(name) for name in TEXTS},
    }
    return world.create(rate, "tax_rate.created")


def update(world: World, params: dict, rate_id: str) -> dict:
    """POST /v1/tax_rates/:id"""
    rate = world.get("tax_rate", rate_id)
    with world.updating(rate, "tax_rate.updated"):
        assign(rate, params, "active", *TEXTS)
        merge_metadata(rate, params)
    return rate


ROUTES = [
    ("POST", "/v1/tax_rates", create, {"active", "inclusive", "metadata", "percentage", *TEXTS}),
    ("POST", "/v1/tax_rates/:id", update, {"active", "metadata", *TEXTS}),
]
