"""Webhook endpoints: where events are sent, and with which secret they are signed."""

from ..world import World
from .common import assign, merge_metadata, metadata, need

CREATE = {"api_version", "description", "enabled_events", "metadata", "url"}
UPDATE = {"description", "disabled", "enabled_events", "metadata", "url"}


def create(world: World, params: dict) -> dict:
    """POST /v1/webhook_endpoints; the secret is shown only in this answer."""
    need(params, "enabled_events", "url")
    return {**register(world, params), "secret": world.secrets[_last(world)][0]}


def _last(world: World) -> str:
    return world.store.kinds["webhook_endpoint"][-1]


def register(world: World, params: dict, secret: str | None = None) -> dict:
    """A new endpoint, with a secret of its own unless one is given."""
    endpoint = {
        "id": world.ids.new("we"),
        "object": "webhook_endpoint",
        "api_version": params.get("api_version"),
        "application": None,
        "created": world.now,
        "description": params.get("description"),
        "enabled_events": list(params.get("enabled_events") or ["*"]),
        "livemode": False,
        "metadata": metadata(params),
        "status": "enabled",
        "url": params["url"],
    }
    world.secrets[endpoint["id"]] = [secret or world.ids.new("whsec")]
    return world.create(endpoint)


def update(world: World, params: dict, endpoint_id: str) -> dict:
    """POST /v1/webhook_endpoints/:id"""
    endpoint = world.get("webhook_endpoint", endpoint_id)
    assign(endpoint, params, "description", "enabled_events", "url")
    merge_metadata(endpoint, params)
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    return endpoint


def delete(world: World, params: dict, endpoint_id: str) -> dict:
    """DELETE /v1/webhook_endpoints/:id"""
    world.store.remove(world.get("webhook_endpoint", endpoint_id))
    return {"id": endpoint_id, "object": "webhook_endpoint", "deleted": True}


def roll_secret(world: World, endpoint_id: str, *, keep_old: bool = True) -> str:
    """A new secret; while the old one is kept, deliveries carry a signature by each."""
    secret = world.ids.new("whsec")
    old = world.secrets[endpoint_id] if keep_old else []
    world.secrets[endpoint_id] = [secret, *old]
    return secret


ROUTES = [
    ("POST", "/v1/webhook_endpoints", create, CREATE),
    ("POST", "/v1/webhook_endpoints/:id", update, UPDATE),
    ("DELETE", "/v1/webhook_endpoints/:id", delete, set()),
]
