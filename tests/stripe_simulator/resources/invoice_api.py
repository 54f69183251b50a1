"""Requests about invoices."""

from .. import invoicing, payments, revisions
from ..clock import DAY
from ..errors import declined
from ..world import World
from .common import assign, merge_metadata, need, refuse
from .coupon import redeem_all
from .tax_rate_lookup import tax_rates

EDITABLE = ("auto_advance", "description", "effective_at", "footer", "number")
CREATE = {
    "collection_method", "currency", "customer", "days_until_due", "default_payment_method",
    "default_tax_rates", "discounts", "due_date", "from_invoice", "metadata",
    "pending_invoice_items_behavior", "subscription", *EDITABLE,
}  # fmt: skip


def create(world: World, params: dict) -> dict:
    """POST /v1/invoices: a draft; takes waiting items when asked to include them."""
    if params.get("from_invoice"):
        return revisions.begin(world, params["from_invoice"]["invoice"])
    need(params, "customer")
    customer = world.refer("customer", "customer", params["customer"])
    subscription = None
    if params.get("subscription"):
        subscription = world.refer("subscription", "subscription", params["subscription"])
    currency = params.get("currency") or customer["currency"] or "usd"
    rates = tax_rates(world, params.get("default_tax_rates"))
    fields = {
        "auto_advance": False,
        **params,
        "currency": currency.lower(),
        "default_tax_rates": rates,
    }
    fields["discounts"] = redeem_all(world, params.get("discounts"), customer["id"])
    invoice = invoicing.draft(world, customer, reason="manual", subscription=subscription, **{
        name: fields[name] for name in fields if name not in ("customer", "subscription")
    })  # fmt: skip
    if params.get("days_until_due"):
        world.due_after[invoice["id"]] = params["days_until_due"] * DAY
    if params.get("pending_invoice_items_behavior", "exclude") == "include":
        invoicing.take_pending(world, invoice, subscription and subscription["id"])
    if invoice["auto_advance"]:
        invoicing.schedule_finalization(world, invoice)
    invoicing.announce(world, invoice)
    return invoice


def update(world: World, params: dict, invoice_id: str) -> dict:
    """POST /v1/invoices/:id"""
    invoice = world.get("invoice", invoice_id)
    with world.updating(invoice, "invoice.updated"):
        assign(invoice, params, *EDITABLE)
        merge_metadata(invoice, params)
    return invoice


def _in_status(world: World, invoice_id: str, action: str, *statuses: str) -> dict:
    invoice = world.get("invoice", invoice_id)
    if invoice["status"] not in statuses:
        refuse(f"You can't {action} an invoice that is {invoice['status']}.",
               code="invoice_not_editable")  # fmt: skip
    return invoice


def finalize(world: World, params: dict, invoice_id: str) -> dict:
    """POST /v1/invoices/:id/finalize"""
    invoice = _in_status(world, invoice_id, "finalize", "draft")
    if params.get("auto_advance", invoice["auto_advance"]):
        invoicing.finalize_and_collect(world, invoice)
    else:
        invoicing.finalize(world, invoice)
    return invoice


def pay(world: World, params: dict, invoice_id: str) -> dict:
    """POST /v1/invoices/:id/pay"""
    invoice = _in_status(world, invoice_id, "pay", "draft", "open", "uncollectible")
    if invoice["status"] == "draft":
        invoicing.finalize(world, invoice)
    if params.get("payment_method"):
        invoice["default_payment_method"] = params["payment_method"]
    if params.get("paid_out_of_band"):
        payments.cancel(world, invoice, "automatic")
        invoicing.settle(world, invoice, out_of_band=True)
    elif invoice["status"] != "paid":
        _charge(world, invoice)
    return invoice


def _charge(world: World, invoice: dict) -> None:
    charge = invoicing.collect(world, invoice)
    if charge is None:
        refuse("Cannot charge a customer that has no active card", code="resource_missing")
    if charge["status"] == "failed":
        raise declined(charge, world.get("payment_intent", charge["payment_intent"]))


def void(world: World, params: dict, invoice_id: str) -> dict:
    """POST /v1/invoices/:id/void"""
    invoice = _in_status(world, invoice_id, "void", "open", "uncollectible")
    invoicing.void(world, invoice)
    return invoice


def mark_uncollectible(world: World, params: dict, invoice_id: str) -> dict:
    """POST /v1/invoices/:id/mark_uncollectible"""
    invoice = _in_status(world, invoice_id, "mark as uncollectible", "open")
    invoicing.mark_uncollectible(world, invoice)
    return invoice


def send(world: World, params: dict, invoice_id: str) -> dict:
    """POST /v1/invoices/:id/send: finalise if needed and send it to the customer."""
    invoice = _in_status(world, invoice_id, "send", "draft", "open")
    if invoice["status"] == "draft":
        invoicing.finalize(world, invoice)
    world.emit("invoice.sent", invoice)
    return invoice


def delete(world: World, params: dict, invoice_id: str) -> dict:
    """DELETE /v1/invoices/:id: drafts only."""
    invoice = _in_status(world, invoice_id, "delete", "draft")
    world.store.remove(invoice)
    world.emit("invoice.deleted", invoice)
    return {"id": invoice_id, "object": "invoice", "deleted": True}


ROUTES = [
    ("POST", "/v1/invoices", create, CREATE),
    ("POST", "/v1/invoices/:id", update, {"metadata", *EDITABLE}),
    ("POST", "/v1/invoices/:id/finalize", finalize, {"auto_advance"}),
    ("POST", "/v1/invoices/:id/pay", pay, {"off_session", "paid_out_of_band", "payment_method"}),
    ("POST", "/v1/invoices/:id/void", void, set()),
    ("POST", "/v1/invoices/:id/mark_uncollectible", mark_uncollectible, set()),
    ("POST", "/v1/invoices/:id/send", send, set()),
    ("DELETE", "/v1/invoices/:id", delete, set()),
]
