"""2026-03-25 to 2026-08-26.

Endive, which it is upgraded to, can pause a subscription for several reasons and tells which.
"""

SINCE = "2026-03-25"


def subscription(obj):
    """The only reason for which these versions pause: a trial that ended without a way to pay."""
    if obj.get("status") != "paused" or obj.get("status_details"):
        return obj
    reason = {"subscription": {"type": "trial_end_without_payment_method"}, "type": "subscription"}
    return {**obj, "status_details": {"paused": reason}}


UPGRADES = {"subscription": subscription}
