"""Stripe's `subscription_schedule` and its phases."""

from ....canonical import Period, PhaseItem, SchedulePhase, SubscriptionSchedule
from ..fields import instant, owner, ref, require
from ..money import number

#: When a schedule stopped driving its subscription, whichever way.
ENDINGS = ("canceled_at", "completed_at", "released_at")


def normalise(obj):
    ended = next((obj[name] for name in ENDINGS if obj.get(name) is not None), None)
    return SubscriptionSchedule(
        external_id=require(obj, "id"),
        customer_id=owner(obj),
        subscription_id=ref(obj.get("subscription")) or obj.get("released_subscription"),
        status=require(obj, "status"),
        end_behavior=obj.get("end_behavior"),
        phases=tuple(_phase(phase) for phase in require(obj, "phases")),
        ended_at=instant(ended),
    )


def _phase(obj):
    return SchedulePhase(
        period=Period(instant(require(obj, "start_date")), instant(require(obj, "end_date"))),
        items=tuple(_item(item) for item in require(obj, "items")),
        trial_end=instant(obj.get("trial_end")),
    )


def _item(obj):
    quantity = obj.get("quantity")
    return PhaseItem(
        price_id=ref(require(obj, "price")), quantity=None if quantity is None else number(quantity)
    )
