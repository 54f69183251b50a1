"""From an envelope to a canonical record, and to the record before the change where it is told."""

import copy

from ...canonical import InvalidData
from .normalisers import (
    balance_transaction,
    card_expiry,
    charge,
    coupon,
    credit_balance_transaction,
    credit_grant,
    credit_note,
    customer,
    dispute,
    invoice,
    invoice_item,
    payment,
    payout,
    price,
    product,
    refund,
    subscription,
    subscription_schedule,
    tax_rate,
)
from .readers import upgrade
from .version import version_of

#: canonical type -> function from Stripe's object, in the newest shape, to the canonical record
NORMALISERS = {
    "balance_transaction": balance_transaction.normalise,
    "card_expiry": card_expiry.normalise,
    "charge": charge.normalise,
    "coupon": coupon.normalise,
    "credit_balance_transaction": credit_balance_transaction.normalise,
    "credit_grant": credit_grant.normalise,
    "credit_note": credit_note.normalise,
    "customer": customer.normalise,
    "dispute": dispute.normalise,
    "invoice": invoice.normalise,
    "invoice_item": invoice_item.normalise,
    "payment": payment.normalise,
    "payout": payout.normalise,
    "payout_contents": payout.normalise_contents,
    "price": price.normalise,
    "product": product.normalise,
    "refund": refund.normalise,
    "subscription": subscription.normalise,
    "subscription_schedule": subscription_schedule.normalise,
    "tax_id": customer.normalise_tax_id,
    "tax_rate": tax_rate.normalise,
}

#: What reading a garbled object may raise; anything else is a fault of ours.
GARBLED = (ArithmeticError, AttributeError, KeyError, OSError, TypeError, ValueError)


def normalise_object(canonical_type, obj, api_version=None):
    """The canonical record of one Stripe object.

    :param api_version: the version the object is rendered at; without one, see `readers.families`
    :raises InvalidData: when the object lacks or contradicts what booking needs
    """
    try:
        return NORMALISERS[canonical_type](upgrade(canonical_type, obj, api_version))
    except InvalidData:
        raise
    except GARBLED as error:
        raise InvalidData(
            f"Stripe's {obj.get('object')} {obj.get('id')} cannot be read: {error!r}.",
            key=f"{canonical_type}.shape",
        ) from error


def normalise(envelope, canonical_type):
    """(record, previous record or None, version) of an event.

    The previous snapshot exists only for `*.updated` events: the changed attributes put back, in
    the event's own shape, before either snapshot is upgraded.
    """
    obj = _complete(envelope)
    record = normalise_object(canonical_type, obj, envelope.api_version)
    previous = None
    if envelope.previous_attributes:
        before = _merge(obj, envelope.previous_attributes)
        previous = normalise_object(canonical_type, before, envelope.api_version)
    version = version_of(envelope.type, envelope.created_at, envelope.external_id)
    return record, previous, version


def _complete(envelope):
    """The object with what only the event around it tells.

    Stripe shows a deleted object as it was, and a charge that took days without the moment at
    which it succeeded.
    """
    obj = envelope.obj
    if envelope.type.endswith(".deleted"):
        return {**obj, "deleted": True}
    if envelope.type == "charge.succeeded":
        return {**obj, "succeeded_at": int(envelope.created_at.timestamp())}
    return obj


def _merge(current, previous):
    """`current` with the attributes of `previous` put back; arrays come whole, objects in part."""
    merged = copy.copy(current)
    for name, value in previous.items():
        if isinstance(value, dict) and isinstance(current.get(name), dict):
            merged[name] = _merge(current[name], value)
        else:
            merged[name] = value
    return merged
