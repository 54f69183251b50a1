"""Stripe's `tax_rate`."""

from decimal import Decimal

from ....canonical import TaxRate
from ..reader import require


def normalise(obj):
    return TaxRate(
        external_id=require(obj, "id"),
        name=require(obj, "display_name"),
        percentage=Decimal(str(require(obj, "percentage"))),
        inclusive=bool(require(obj, "inclusive")),
        country=obj.get("country") or None,
        jurisdiction=obj.get("jurisdiction") or None,
        active=bool(obj.get("active", True)),
    )
