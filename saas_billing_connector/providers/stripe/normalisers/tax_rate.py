"""Stripe's `tax_rate`."""

from ....canonical import TaxRate
from ..fields import require
from ..money import number


def normalise(obj):
    return TaxRate(
        external_id=require(obj, "id"),
        name=require(obj, "display_name"),
        percentage=number(require(obj, "percentage")),
        inclusive=bool(require(obj, "inclusive")),
        country=obj.get("country") or None,
        jurisdiction=obj.get("jurisdiction") or None,
        active=bool(obj.get("active", True)),
        state=obj.get("state") or None,
        kind=obj.get("tax_type") or None,
    )
