"""What one change of a subscription means commercially: movements of monthly recurring revenue.

A movement depends on one event alone (the snapshot before and the snapshot after), so that any
order of delivery gives the same movements. What events do not tell is found by `chain`.
"""

from dataclasses import dataclass
from decimal import Decimal

from .amounts import rounded

#: Canonical state -> stage. Revenue counts while a subscription runs; nothing is billed for a
#: halted one, which may go on.
STAGES = {
    "incomplete": "before",
    "trialing": "before",
    "active": "running",
    "past_due": "running",
    "cancelling": "running",
    "paused": "halted",
    "suspended": "halted",
    "cancelled": "ended",
    "expired": "ended",
}
#: (stage before, stage after) -> kind for every item; pairs that are missing move nothing.
STAGE_KINDS = {
    ("none", "running"): "new",
    ("before", "running"): "new",
    ("running", "halted"): "pause",
    ("halted", "running"): "resume",
    ("running", "ended"): "churn",
    ("ended", "running"): "reactivation",
}
CREATED, DELETED, IMPORTED = "created", "deleted", "imported"


@dataclass(frozen=True, slots=True)
class Movement:
    """One item's movement; amounts are per month in the item's currency, rounded to it."""

    item_id: str
    kind: str
    before: Decimal
    after: Decimal
    quantity_before: Decimal
    quantity_after: Decimal
    price_before: str | None
    price_after: str | None


def stage_of(record):
    """The stage that a canonical subscription is in."""
    if record.status == "paused" and _never_paid(record):
        return "before"
    return STAGES[record.status]


def _never_paid(record):
    """Whether it was paused when its trial ended, so that it never began to count.

    No period goes beyond the trial then. The reason is not asked: before Stripe could pause on
    request, its versions know that one reason only.
    """
    trial = record.trial
    periods = [item.period for item in record.items if item.period]
    return bool(trial) and all(period.end <= trial.end for period in periods)


def worth(record, item, decimals):
    """MRR of an item of `record`, rounded to its currency; nothing unless it runs."""
    counted = item and stage_of(record) == "running"
    return rounded(item.mrr, decimals[item.currency]) if counted else Decimal(0)


def is_silent(event_type, previous):
    """Whether an event shows a state without telling what was before.

    An object that was read instead of sent, and a deletion: it shows a cancelled subscription,
    not whether that had run.
    """
    return previous is None and _happened(event_type) in (IMPORTED, DELETED)


def movements(previous, record, event_type, decimals):
    """Movements that one event tells.

    :param previous: canonical subscription before, or None where the event does not tell
    :param record: canonical subscription after
    :param event_type: the provider's event type; only its last word is used
    :param decimals: by currency code, decimals that amounts are rounded to
    """
    if is_silent(event_type, previous):
        return []
    starts = previous is None and _happened(event_type) == CREATED
    before = None if starts else previous or record
    old = {item.external_id: item for item in before.items} if before else {}
    new = {item.external_id: item for item in record.items}
    return [
        movement
        for item_id in sorted(old.keys() | new.keys())
        for movement in _item_movements(
            before, record, old.get(item_id), new.get(item_id), decimals
        )
    ]


def _happened(event_type):
    return event_type.rpartition(".")[2]


def _item_movements(before, after, old, new, decimals):
    item = new or old
    was = worth(before, old, decimals) if before else Decimal(0)
    now = worth(after, new, decimals)
    return [
        Movement(
            item_id=item.external_id,
            kind=kind,
            before=was if moves else now,
            after=now,
            quantity_before=old.quantity if old else Decimal(0),
            quantity_after=new.quantity if new else Decimal(0),
            price_before=old.price_id if old else None,
            price_after=new.price_id if new else None,
        )
        for kind, moves in _kinds(before, after, old, new, was, now)
    ]


def _kinds(before, after, old, new, was, now):
    """(kind, whether it moves revenue) of what happened to one item."""
    stages = stage_of(before) if before else "none", stage_of(after)
    if stages != ("running", "running"):
        kind = STAGE_KINDS.get(stages)
        return [(kind, True)] if kind else []
    kinds = []
    if now != was:
        kinds.append(("expansion" if now > was else "contraction", True))
    elif old and new and old.price_id != new.price_id:
        kinds.append(("plan_change", True))
    if new and bool(before.pause_collection) != bool(after.pause_collection):
        # The service goes on and so does its worth: only the collection of money halts.
        kinds.append(("pause" if after.pause_collection else "resume", False))
    return kinds
