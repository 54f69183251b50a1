"""2025-09-30 to 2025-12-15.

Dahlia, which it is upgraded to, cuts `quantity` to a whole number and tells the exact one in
`quantity_decimal`.
"""

from .moves import each_item

SINCE = "2025-09-30"


def exact_quantity(obj):
    """`quantity` → `quantity_decimal`."""
    if obj.get("quantity_decimal") is not None or obj.get("quantity") is None:
        return dict(obj)
    return {**obj, "quantity_decimal": str(obj["quantity"])}


def invoice(obj):
    """Its lines."""
    return each_item(obj, "lines", exact_quantity)


UPGRADES = {"invoice": invoice, "invoice_item": exact_quantity}
