"""Products."""

from ..world import World
from .common import assign, merge_metadata, metadata, need

FIELDS = ("active", "description", "name", "statement_descriptor", "tax_code", "unit_label", "url")


def create(world: World, params: dict) -> dict:
    """POST /v1/products"""
    need(params, "name")
    product = {
        "id": params.get("id") or world.ids.new("prod"),
        "object": "product",
        "active": params.get("active", True),
        "created": world.now,
        "default_price": None,
        "description": params.get("description"),
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": metadata(params),
        "name": params["name"],
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": params.get("statement_descriptor"),
        "tax_code": params.get("tax_code"),
        "unit_label": params.get("unit_label"),
        "updated": world.now,
        "url": params.get("url"),
    }
    return world.create(product, "product.created")


def update(world: World, params: dict, product_id: str) -> dict:
    """POST /v1/products/:id"""
    product = world.get("product", product_id)
    with world.updating(product, "product.updated"):
        assign(product, params, *FIELDS)
        merge_metadata(product, params)
        product["updated"] = world.now
    return product


ROUTES = [
    ("POST", "/v1/products", create, {"id", "metadata", *FIELDS}),
    ("POST", "/v1/products/:id", update, {"metadata", *FIELDS}),
]
