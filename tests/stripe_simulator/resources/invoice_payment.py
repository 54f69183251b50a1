"""Invoice payments: what pays which invoice, and how much of it."""

from .. import invoicing
from ..world import World
from .common import need, refuse


def build(
    world: World, invoice: dict, payment: dict, amount: int, *, default: bool = False
) -> dict:
    """An open payment of an invoice by a payment intent or a payment record."""
    return {
        "id": world.ids.new("inpay"),
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": amount,
        "created": world.now,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": default,
        "livemode": False,
        "payment": payment,
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }


def attach(world: World, params: dict, invoice_id: str) -> dict:
    """POST /v1/invoices/:id/attach_payment: one of several payments of an open invoice."""
    invoice = world.get("invoice", invoice_id)
    if invoice["status"] not in ("open", "uncollectible"):
        refuse(f"Payments cannot be attached to an invoice that is {invoice['status']}.")
    if params.get("payment_record"):
        _attach_record(world, invoice, params["payment_record"])
    else:
        need(params, "payment_intent")
        _attach_intent(world, invoice, params["payment_intent"])
    return invoice


def _attach_intent(world: World, invoice: dict, intent_id: str) -> None:
    intent = world.refer("payment_intent", "payment_intent", intent_id)
    if intent["currency"] != invoice["currency"] or intent["customer"] != invoice["customer"]:
        refuse("The payment intent has another currency or customer than the invoice.")
    payment = {"payment_intent": intent["id"], "type": "payment_intent"}
    world.create(build(world, invoice, payment, intent["amount"]))
    if intent["status"] == "succeeded":
        invoicing.credit_intent(world, intent)


def _attach_record(world: World, invoice: dict, record_id: str) -> None:
    """Money that came outside of Stripe counts at once."""
    record = world.refer("payment_record", "payment_record", record_id)
    amount = record["amount_guaranteed"]
    if amount["currency"] != invoice["currency"] or not amount["value"]:
        refuse("The payment record has another currency than the invoice, or no payment.")
    payment = {"payment_record": record["id"], "type": "payment_record"}
    entry = world.create(build(world, invoice, payment, amount["value"]))
    invoicing.credit(world, entry, amount["value"], off_stripe=True)


ROUTES = [
    ("POST", "/v1/invoices/:id/attach_payment", attach, {"payment_intent", "payment_record"}),
]
