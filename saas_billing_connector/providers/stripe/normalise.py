"""From an envelope to a canonical record, and to the record before the change where it is told."""

import copy

from ...canonical import InvalidData
from .normalisers import (
    charge,
    credit_note,
    customer,
    invoice,
    payment,
    price,
    product,
    refund,
    subscription,
    tax_rate,
)

#: canonical type -> function from Stripe's object to the canonical record
NORMALISERS = {
    "charge": charge.normalise,
    "credit_note": credit_note.normalise,
    "customer": customer.normalise,
    "invoice": invoice.normalise,
    "payment": payment.normalise,
    "price": price.normalise,
    "product": product.normalise,
    "refund": refund.normalise,
    "subscription": subscription.normalise,
    "tax_rate": tax_rate.normalise,
}

#: Snapshots of one second sort by what the event says about the object's life.
LIFE_ORDER = {"created": "0", "deleted": "2"}


def normalise_object(canonical_type, obj):
    """The canonical record of one Stripe object.

    :raises InvalidData: when the object lacks or contradicts what booking needs
    """
    try:
        return NORMALISERS[canonical_type](obj)
    except InvalidData:
        raise
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidData(
            f"Stripe's {obj.get('object')} {obj.get('id')} cannot be read: {error!r}.",
            key=f"{canonical_type}.shape",
        ) from error


def normalise(envelope, canonical_type):
    """(record, previous record or None, version) of an event.

    The previous snapshot exists only for `*.updated` events: the changed attributes put back.
    Versions sort by time, then by life order, then by event id, so that any order of delivery
    ends with the same snapshot.
    """
    record = normalise_object(canonical_type, envelope.obj)
    previous = None
    if envelope.previous_attributes:
        before = _merge(envelope.obj, envelope.previous_attributes)
        previous = normalise_object(canonical_type, before)
    life = LIFE_ORDER.get(envelope.type.rpartition(".")[2], "1")
    version = f"{int(envelope.created_at.timestamp()):012d}.{life}.{envelope.external_id}"
    return record, previous, version


def _merge(current, previous):
    """`current` with the attributes of `previous` put back; arrays come whole, objects in part."""
    merged = copy.copy(current)
    for name, value in previous.items():
        if isinstance(value, dict) and isinstance(current.get(name), dict):
            merged[name] = _merge(current[name], value)
        else:
            merged[name] = value
    return merged
