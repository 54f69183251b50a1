"""Stripe's `card` (or `source`) of a customer, as the event that it is about to expire shows it."""

from ....canonical import CardExpiry
from ..fields import owner, require


def normalise(obj):
    return CardExpiry(external_id=require(obj, "id"), customer_id=owner(obj))
