"""Form bodies with nested brackets: `items[0][price]=x` to and from Python structures."""

import re
from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import parse_qsl, urlencode

INTEGERS = frozenset({
    "amount", "amount_off", "amount_refunded", "application_fee_amount", "arrival_date",
    "backdate_start_date", "balance", "billing_cycle_anchor", "cancel_at", "canceled_at",
    "created", "credit_amount", "days_until_due", "due_date", "duration_in_months",
    "effective_at", "end", "end_date", "end_time", "expires_at", "frozen_time", "gt", "gte",
    "initiated_at", "interval_count", "limit", "lt", "lte", "max_redemptions",
    "out_of_band_amount", "proration_date", "quantity", "redeem_by", "refund_amount",
    "resumes_at", "start", "start_date", "start_time", "taxable_amount", "timestamp",
    "trial_end", "trial_period_days", "unit_amount",
})  # fmt: skip
BOOLEANS = frozenset({
    "active", "auto_advance", "cancel_at_period_end", "confirm", "deleted", "discountable",
    "enabled", "forgive", "inclusive", "invoice_now", "off_session", "paid_out_of_band", "pending",
    "prorate", "shippable", "disabled", "submit", "trial",
})  # fmt: skip
DECIMALS = frozenset({"percent_off", "percentage"})
OPAQUE = frozenset({"metadata"})
KEY = re.compile(r"\[([^\]]*)\]")


def decode(text: str) -> dict:
    """The nested parameters of a form body or a query string, with typed leaves."""
    tree: dict = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        _insert(tree, _path(name), value)
    return typed(_with_lists(tree))


def _path(name: str) -> list[str]:
    head, bracket, _rest = name.partition("[")
    return [head, *KEY.findall(name)] if bracket else [head]


def _insert(tree: dict, path: list[str], value: str) -> None:
    for key in path[:-1]:
        tree = tree.setdefault(key or str(len(tree)), {})
    tree[path[-1] or str(len(tree))] = value


def _with_lists(node: dict | str) -> dict | list | str:
    if not isinstance(node, dict):
        return node
    children = {key: _with_lists(value) for key, value in node.items()}
    if children and all(key.isdigit() for key in children):
        return [children[key] for key in sorted(children, key=int)]
    return children


def typed(node: object, name: str = "") -> object:
    """`node` with integers, booleans and decimals where the parameter's name asks for them."""
    if isinstance(node, dict):
        return {key: node[key] if key in OPAQUE else typed(node[key], key) for key in node}
    if isinstance(node, list):
        return [typed(value, name) for value in node]
    return _leaf(node, name)


def _leaf(value: object, name: str) -> object:
    if value == "":
        return None
    if not isinstance(value, str):
        return value
    if name in INTEGERS and re.fullmatch(r"-?\d+", value):
        return int(value)
    if name in BOOLEANS and value in ("true", "false"):
        return value == "true"
    return Decimal(value) if name in DECIMALS else value


def encode(params: dict) -> str:
    """The form body of nested parameters."""
    return urlencode([pair for name, value in params.items() for pair in _pairs(name, value)])


def _pairs(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _pairs(f"{name}[{key}]", inner)
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _pairs(f"{name}[{index}]", inner)
    else:
        yield name, _text(value)


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
