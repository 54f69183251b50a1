"""The versions before acacia, in their oldest shape: no credit grants, one discount, plans."""

from ..resources.common import list_object
from . import acacia
from .tools import without

SINCE = "2020-08-27"
ABSENT = acacia.ABSENT | {
    "billing.credit_balance_transaction.created",
    "billing.credit_grant.created",
    "billing.credit_grant.updated",
}


def invoice(obj, world):
    return {
        **_without_repeated_discounts(obj, "total_pretax_credit_amounts"),
        "rendering_options": None,
    }


def line_item(obj, world):
    return {
        **_without_repeated_discounts(obj, "pretax_credit_amounts"),
        "plan": plan(obj["price"]),
    }


def _without_repeated_discounts(obj, name):
    """An added field shows up in every version when grants pay; else it only repeats discounts."""
    granted = any(each["type"] == "credit_balance_transaction" for each in obj[name])
    absent = () if granted else (name,)
    return without(obj, "automatically_finalizes_at", *absent)


def credit_note(obj, world):
    return without(obj, "pretax_credit_amounts")


def subscription(obj, world):
    return without(obj, "discounts")


def subscription_item(obj, world):
    return {**without(obj, "discounts"), "plan": plan(obj["price"])}


def plan(price):
    """A recurring price as the plan that it once was."""
    if not price or not price["recurring"]:
        return None
    recurring = price["recurring"]
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": price["billing_scheme"],
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": price["metadata"],
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": price["tiers_mode"],
        "usage_type": recurring["usage_type"],
    }


def payment_intent(obj, world):
    charges = world.store.where("charge", "payment_intent", obj["id"])
    listed = list_object(charges, f"/v1/charges?payment_intent={obj['id']}")
    return {**without(obj, "latest_charge"), "charges": listed}


def charge(obj, world):
    refunds = world.store.where("refund", "charge", obj["id"])
    return {**obj, "refunds": list_object(refunds, f"/v1/charges/{obj['id']}/refunds")}


def payout(obj, world):
    return without(obj, "payout_method", "trace_id")


def balance_transaction(obj, world):
    return without(obj, "balance_type")


CHANGES = {
    "balance_transaction": balance_transaction,
    "charge": charge,
    "credit_note": credit_note,
    "credit_note_line_item": credit_note,
    "invoice": invoice,
    "line_item": line_item,
    "payment_intent": payment_intent,
    "payout": payout,
    "subscription": subscription,
    "subscription_item": subscription_item,
}
