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
    credit_grant,
    credit_note,
    customer,
    customer_balance,
    dispute,
    event,
    invoice_api,
    invoice_payment,
    invoiceitem_api,
    meter,
    payment_intent,
    payment_method,
    payment_record,
    payout,
    price,
    product,
    refund,
    subscription_api,
    subscription_schedule,
    tax_id,
    tax_rate,
    test_clock,
    webhook_endpoint,
)
from .world import World

MODULES = (
    account, charge, coupon, credit_grant, credit_note, customer, customer_balance, dispute, event,
    invoice_api, invoice_payment, invoiceitem_api, meter, payment_intent, payment_method,
    payment_record, payout, price, product, refund, subscription_api, subscription_schedule,
    tax_id, tax_rate, test_clock, webhook_endpoint,
)  # fmt: skip
OWNED_LINES = {"/v1/invoices/:id/lines": "invoice", "/v1/credit_notes/:id/lines": "credit_note"}


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

    return Route(act, frozenset(lists.PAGING - {"created"}))


def _all_routes() -> dict[tuple[str, str], Route]:
    routes = {("GET", path): _list_route(path) for path in lists.LISTINGS}
    for path, listing in lists.LISTINGS.items():
        routes["GET", f"{path}/:id"] = _retrieve_route(listing.kind)
    for path, kind in OWNED_LINES.items():
        routes["GET", path] = _lines_route(path, kind)
    for module in MODULES:
        for method, path, act, accepts in module.ROUTES:
            routes[method, path] = Route(act, frozenset(accepts))
    return routes


ROUTES = _all_routes()


def _tree() -> dict:
    """The routes by method and one path part after the other; an identifier is `:id`."""
    root: dict = {}
    for (method, path), route in ROUTES.items():
        node = root.setdefault(method, {})
        for part in path.strip("/").split("/"):
            node = node.setdefault(part, {})
        node[None] = route
    return root


TREE = _tree()


def _find(method: str, path: str) -> tuple[Route | None, list[str]]:
    """The route of a path and the identifiers in it; a name goes before an identifier."""
    node, identifiers = TREE.get(method, {}), []
    for part in path.strip("/").split("/"):
        if part not in node and ":id" in node:
            identifiers.append(part)
            part = ":id"
        node = node.get(part, {})
    return node.get(None), identifiers


def handle(world: World, method: str, path: str, params: dict) -> dict:
    """The answer to one request; raises StripeError for every refusal."""
    route, identifiers = _find(method, path)
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
