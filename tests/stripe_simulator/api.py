"""Requests to the API: route, check parameters, act, expand."""

from collections.abc import Callable
from dataclasses import dataclass

from . import lists
from .errors import StripeError, unknown_param
from .expand import expand
from .resources import (
    account,
    charge,
    coupon,
    credit_note,
    customer,
    event,
    invoice_api,
    invoiceitem_api,
    payment_intent,
    payment_method,
    payout,
    price,
    product,
    refund,
    subscription_api,
    tax_rate,
    test_clock,
    webhook_endpoint,
)
from .world import World

MODULES = (
    account, charge, coupon, credit_note, customer, event, invoice_api, invoiceitem_api,
    payment_intent, payment_method, payout, price, product, refund, subscription_api, tax_rate,
    test_clock, webhook_endpoint,
)  # fmt: skip
OWNED_LINES = {"/v1/invoices/:id/lines": "invoice", "/v1/credit_notes/:id/lines": "credit_note"}
BALANCE = "/v1/customers/:id/balance_transactions"


@dataclass(frozen=True)
class Route:
    """What one method and path does: `act(world, params, *identifiers)`."""

    act: Callable
    accepts: frozenset[str]


def _list_route(path: str) -> Route:
    def act(world: World, params: dict) -> dict:
        return lists.list_objects(world, path, params)

    return Route(act, frozenset(lists.LISTINGS[path].accepts()))


def _retrieve_route(kind: str) -> Route:
    def act(world: World, params: dict, identifier: str) -> dict:
        return world.get(kind, identifier)

    return Route(act, frozenset())


def _lines_route(path: str, kind: str) -> Route:
    def act(world: World, params: dict, identifier: str) -> dict:
        world.get(kind, identifier)
        return lists.page_of(world.lines[identifier], path.replace(":id", identifier), params)

    return Route(act, frozenset(lists.PAGING))


def _customer_balance(world: World, params: dict, customer_id: str) -> dict:
    world.get("customer", customer_id)
    entries = world.store.where("customer_balance_transaction", "customer", customer_id)
    return lists.page_of(entries[::-1], BALANCE.replace(":id", customer_id), params)


def _all_routes() -> dict[tuple[str, str], Route]:
    routes = {("GET", path): _list_route(path) for path in lists.LISTINGS}
    for path, listing in lists.LISTINGS.items():
        routes["GET", f"{path}/:id"] = _retrieve_route(listing.kind)
    for path, kind in OWNED_LINES.items():
        routes["GET", path] = _lines_route(path, kind)
    routes["GET", BALANCE] = Route(_customer_balance, frozenset(lists.PAGING))
    for module in MODULES:
        for method, path, act, accepts in module.ROUTES:
            routes[method, path] = Route(act, frozenset(accepts))
    return routes


ROUTES = _all_routes()
TEST_HELPERS = "test_helpers"


def _pattern(path: str) -> tuple[str, list[str]]:
    """The route pattern of a path and the identifiers in it: every second part is one."""
    head, *parts = path.strip("/").split("/")
    fixed = 2 if parts[:1] == [TEST_HELPERS] else 1
    pattern, identifiers = [head, *parts[:fixed]], []
    for position, part in enumerate(parts[fixed:]):
        if position % 2 == 0:
            identifiers.append(part)
            part = ":id"
        pattern.append(part)
    return "/" + "/".join(pattern), identifiers


def handle(world: World, method: str, path: str, params: dict) -> dict:
    """The answer to one request; raises StripeError for every refusal."""
    pattern, identifiers = _pattern(path)
    route = ROUTES.get((method, pattern))
    if route is None:
        raise StripeError(
            f"Unrecognized request URL ({method}: {path}).", status=404, code="url_invalid"
        )
    expansions = params.pop("expand", [])
    for name in params:
        if name not in route.accepts:
            raise unknown_param(name)
    answer = route.act(world, params, *identifiers)
    return expand(world, answer, expansions)
