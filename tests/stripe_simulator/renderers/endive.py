"""2026 endive: details of a status."""

SINCE = "2026-09-30"
ABSENT = frozenset()
PAUSED = {
    "subscription": {"type": "trial_end_without_payment_method"},
    "type": "subscription",
}


def subscription(obj, world):
    paused = obj["status"] == "paused"
    details = {"paused": {**PAUSED, "transitioned_at": obj["trial_end"]}} if paused else None
    return {**obj, "status_details": details}


def invoice(obj, world):
    return {**obj, "status_details": None}


CHANGES = {"invoice": invoice, "subscription": subscription}
