"""Invoice payments: which payment intent pays which invoice, and how much of it."""

from ..world import World


def build(world: World, invoice: dict, intent: dict) -> dict:
    """The open default payment of an invoice."""
    return {
        "id": world.ids.new("inpay"),
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": intent["amount"],
        "created": world.now,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }


ROUTES = []
