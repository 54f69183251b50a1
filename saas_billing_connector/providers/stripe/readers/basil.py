"""2025-03-31 to 2025-08-27.

Clover, which it is upgraded to, moved `discount.coupon`, which we do not read: of a discount only
the id, and the amounts on the lines.
"""

SINCE = "2025-03-31"


def credit_note(obj):
    """How much came before and after payment, which versions before 2025-05-28 tell by `type`."""
    if "pre_payment_amount" in obj or "post_payment_amount" in obj:
        return obj
    total, before = obj.get("total"), obj.get("type") == "pre_payment"
    return {
        **obj,
        "pre_payment_amount": total if before else 0,
        "post_payment_amount": 0 if before else total,
    }


UPGRADES = {"credit_note": credit_note}
