"""Payment records: money that customers paid outside of Stripe, reported to it."""

from ..world import World
from .common import metadata, need

REPORT = {
    "amount_requested", "customer_details", "customer_presence", "description", "guaranteed",
    "initiated_at", "metadata", "outcome", "payment_method_details", "processor_details",
}  # fmt: skip


def report(world: World, params: dict) -> dict:
    """POST /v1/payment_records/report_payment"""
    need(params, "amount_requested", "initiated_at", "payment_method_details")
    currency = params["amount_requested"]["currency"]
    value = int(params["amount_requested"]["value"])
    guaranteed = value if params.get("outcome") == "guaranteed" else 0
    customer = params.get("customer_details") or {}
    processor = params.get("processor_details") or {"type": "custom"}
    method = params["payment_method_details"]
    values = {
        "amount": value,
        "amount_authorized": guaranteed,
        "amount_canceled": 0,
        "amount_failed": 0,
        "amount_guaranteed": guaranteed,
        "amount_refunded": 0,
        "amount_requested": value,
    }
    record = {
        "id": world.ids.new("pr"),
        "object": "payment_record",
        **{name: {"currency": currency, "value": values[name]} for name in values},
        "application": None,
        "created": world.now,
        "customer_details": {
            name: customer.get(name) for name in ("customer", "email", "name", "phone")
        },
        "customer_presence": params.get("customer_presence"),
        "description": params.get("description"),
        "latest_payment_attempt_record": None,
        "livemode": False,
        "metadata": metadata(params),
        "payment_method_details": {
            "billing_details": None,
            "custom": {
                "display_name": method.get("custom", {}).get("display_name", "Bank transfer"),
                "type": None,
            },
            "payment_method": None,
            "type": "custom",
        },
        "processor_details": {
            "custom": {"payment_reference": processor.get("custom", {}).get("payment_reference")},
            "type": "custom",
        },
        "reported_by": "self",
        "shipping_details": None,
    }
    return world.create(record)


def retrieve(world: World, params: dict, record_id: str) -> dict:
    """GET /v1/payment_records/:id"""
    return world.get("payment_record", record_id)


ROUTES = [
    ("POST", "/v1/payment_records/report_payment", report, REPORT),
    ("GET", "/v1/payment_records/:id", retrieve, set()),
]
