"""Stripe's `billing.credit_grant`."""

from ....canonical import CreditGrant
from ..fields import instant, owner, require
from ..money import from_minor


def money(obj):
    """(amount, currency) of an `amount` object."""
    monetary = require(obj, "monetary")
    currency = require(monetary, "currency").upper()
    return from_minor(require(monetary, "value"), currency), currency


def normalise(obj):
    amount, currency = money(require(obj, "amount"))
    return CreditGrant(
        external_id=require(obj, "id"),
        customer_id=owner(obj),
        category=require(obj, "category"),
        amount=amount,
        currency=currency,
        name=obj.get("name") or None,
        effective_at=instant(obj.get("effective_at")),
        expires_at=instant(obj.get("expires_at")),
        voided_at=instant(obj.get("voided_at")),
    )
