"""Stripe's own test clocks, as another handle on the one clock of the simulation."""

from ..clock import DAY
from ..world import World
from .common import need, refuse

CLOCK = "test_helpers.test_clock"


def create(world: World, params: dict) -> dict:
    """POST /v1/test_helpers/test_clocks; moves the simulation on to `frozen_time`."""
    need(params, "frozen_time")
    clock = {
        "id": world.ids.new("clock"),
        "object": CLOCK,
        "created": world.now,
        "deletes_after": params["frozen_time"] + 30 * DAY,
        "frozen_time": world.now,
        "livemode": False,
        "name": params.get("name"),
        "status": "ready",
        "status_details": {},
    }
    world.create(clock, "test_helpers.test_clock.created")
    return advance(world, params, clock["id"])


def retrieve(world: World, params: dict, clock_id: str) -> dict:
    """GET /v1/test_helpers/test_clocks/:id"""
    clock = world.get(CLOCK, clock_id)
    clock["frozen_time"] = world.now
    return clock


def advance(world: World, params: dict, clock_id: str) -> dict:
    """POST /v1/test_helpers/test_clocks/:id/advance; done when it answers."""
    need(params, "frozen_time")
    if params["frozen_time"] < world.now:
        refuse("You can only advance a test clock forward in time.", param="frozen_time")
    world.advance(params["frozen_time"])
    return retrieve(world, params, clock_id)


ROUTES = [
    ("POST", "/v1/test_helpers/test_clocks", create, {"frozen_time", "name"}),
    ("GET", "/v1/test_helpers/test_clocks/:id", retrieve, set()),
    ("POST", "/v1/test_helpers/test_clocks/:id/advance", advance, {"frozen_time"}),
]
