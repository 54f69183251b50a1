"""List endpoints: filters and cursors, newest first."""

from dataclasses import dataclass, field

from .resources.common import list_object, refuse
from .world import World

PAGING = {"created", "ending_before", "limit", "starting_after"}
MAXIMUM = 100


@dataclass(frozen=True)
class Listing:
    """One list endpoint; `filters` maps a request parameter to the path of the field it equals."""

    kind: str
    filters: dict[str, str] = field(default_factory=dict)

    def accepts(self) -> set[str]:
        """The parameters that this list knows."""
        return PAGING | {name.partition(".")[0] for name in self.filters}


def same(*names: str) -> dict[str, str]:
    """Filters on fields of the same name."""
    return {name: name for name in names}


PAYMENT = "payment.payment_intent"
SUBSCRIPTION = "parent.subscription_details.subscription"
LISTINGS = {
    "/v1/balance_transactions": Listing(
        "balance_transaction", same("currency", "payout", "source", "type")
    ),
    "/v1/billing/credit_balance_transactions": Listing(
        "billing.credit_balance_transaction", same("credit_grant", "customer")
    ),
    "/v1/billing/credit_grants": Listing("billing.credit_grant", same("customer")),
    "/v1/billing/meters": Listing("billing.meter", same("status")),
    "/v1/charges": Listing("charge", same("customer", "payment_intent")),
    "/v1/coupons": Listing("coupon"),
    "/v1/credit_notes": Listing("credit_note", same("customer", "invoice")),
    "/v1/customers": Listing("customer", same("email")),
    "/v1/disputes": Listing("dispute", same("charge", "payment_intent")),
    "/v1/invoice_payments": Listing(
        "invoice_payment",
        {**same("invoice", "status"), PAYMENT: PAYMENT, "payment.type": "payment.type"},
    ),
    "/v1/invoiceitems": Listing("invoiceitem", same("customer", "invoice", "pending")),
    "/v1/invoices": Listing(
        "invoice",
        {**same("collection_method", "customer", "status"), "subscription": SUBSCRIPTION},
    ),
    "/v1/payment_intents": Listing("payment_intent", same("customer")),
    "/v1/payment_methods": Listing("payment_method", same("customer", "type")),
    "/v1/payouts": Listing("payout", same("arrival_date", "status")),
    "/v1/prices": Listing("price", same("active", "currency", "product", "type", "lookup_keys")),
    "/v1/products": Listing("product", same("active", "ids")),
    "/v1/refunds": Listing("refund", same("charge", "payment_intent")),
    "/v1/subscription_items": Listing("subscription_item", same("subscription")),
    "/v1/subscription_schedules": Listing("subscription_schedule", same("customer")),
    "/v1/subscriptions": Listing(
        "subscription", same("collection_method", "customer", "price", "status")
    ),
    "/v1/tax_ids": Listing("tax_id"),
    "/v1/tax_rates": Listing("tax_rate", same("active", "inclusive")),
    "/v1/webhook_endpoints": Listing("webhook_endpoint"),
}
"""The payout of a balance transaction and the customer of a credit balance transaction are only
indexed, so those filters never read the object."""


def _ids(obj: dict, wanted: list[str]) -> bool:
    return obj["id"] in wanted


def _pending(obj: dict, wanted: bool) -> bool:
    return (obj["invoice"] is None) == wanted


def _has_price(obj: dict, wanted: str) -> bool:
    return any(item["price"]["id"] == wanted for item in obj["items"]["data"])


def _lookup_keys(obj: dict, wanted: list[str]) -> bool:
    return obj["lookup_key"] in wanted


def _subscription_status(obj: dict, wanted: str | None) -> bool:
    """Without a status, cancelled subscriptions are left out."""
    if wanted is None:
        return obj["status"] != "canceled"
    ended = ("canceled", "incomplete_expired")
    return wanted == "all" or (obj["status"] in ended if wanted == "ended" else False) or (
        obj["status"] == wanted
    )  # fmt: skip


def _arrives(obj: dict, wanted: dict | int) -> bool:
    bounds = wanted if isinstance(wanted, dict) else {"gte": wanted, "lte": wanted}
    return all(BOUNDS[name](obj["arrival_date"], seconds) for name, seconds in bounds.items())


BOUNDS = {"gt": int.__gt__, "gte": int.__ge__, "lt": int.__lt__, "lte": int.__le__}
SPECIAL = {
    ("payout", "arrival_date"): _arrives,
    ("product", "ids"): _ids,
    ("invoiceitem", "pending"): _pending,
    ("price", "lookup_keys"): _lookup_keys,
    ("subscription", "price"): _has_price,
    ("subscription", "status"): _subscription_status,
}


def _value(params: dict, name: str) -> object:
    head, _dot, rest = name.partition(".")
    value = params.get(head)
    return value.get(rest) if rest and isinstance(value, dict) else value


def list_objects(world: World, path: str, params: dict) -> dict:
    """One page of the list at `path`."""
    listing = LISTINGS[path]
    equal, special = {}, []
    for name, field_path in listing.filters.items():
        value = _value(params, name)
        check = SPECIAL.get((listing.kind, name))
        if check and (value is not None or check is _subscription_status):
            special.append((check, value))
        elif value is not None:
            equal[field_path] = value
    page, more = world.store.page(
        listing.kind,
        equal=equal,
        created=_created(params.get("created")),
        keep=lambda obj: all(check(obj, value) for check, value in special),
        limit=_limit(params),
        starting_after=params.get("starting_after"),
        ending_before=params.get("ending_before"),
    )
    return {**list_object(page, path), "has_more": more}


def _created(value: dict | int | None) -> dict[str, int]:
    if isinstance(value, int):
        return {"gte": value, "lte": value}
    return value or {}


def _limit(params: dict) -> int:
    limit = params.get("limit", 10)
    if not 1 <= limit <= MAXIMUM:
        refuse(f"Invalid integer: {limit}; limit is between 1 and {MAXIMUM}.", param="limit")
    return limit


def page_of(data: list[dict], url: str, params: dict) -> dict:
    """A page of a list that belongs to one object, in its own order, such as invoice lines."""
    limit = _limit(params)
    bounds = _created(params.get("created"))
    same_as = {name: params[name] for name in params if name not in PAGING}
    chosen = [
        entry
        for entry in data
        if all(BOUNDS[name](entry["created"], seconds) for name, seconds in bounds.items())
        and all(entry[name] == value for name, value in same_as.items())
    ]
    first, last = _cursors(chosen, params)
    page = chosen[max(first, last - limit) : last] if params.get("ending_before") else (
        chosen[first : min(last, first + limit)]
    )  # fmt: skip
    return {**list_object(page, url), "has_more": last - first > limit}


def _cursors(data: list[dict], params: dict) -> tuple[int, int]:
    """Where the part between the cursors begins and ends."""
    positions = {entry["id"]: position for position, entry in enumerate(data)}
    for name in ("starting_after", "ending_before"):
        if params.get(name) and params[name] not in positions:
            refuse(f"No such object: '{params[name]}'", code="resource_missing", param=name)
    first = positions[params["starting_after"]] + 1 if params.get("starting_after") else 0
    last = positions[params["ending_before"]] if params.get("ending_before") else len(data)
    return first, last
