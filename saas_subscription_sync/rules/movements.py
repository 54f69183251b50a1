"""What one change of a subscription means commercially: movements of monthly recurring revenue.

A movement depends on one event alone (the snapshot before and the snapshot after), so that any
order of delivery gives the same movements and their sum is the revenue of the newest snapshot.
"""

from dataclasses import dataclass
from decimal import Decimal

from .amounts import rounded

#: Canonical state -> stage. Revenue counts while a subscription runs or halts: it is contracted
#: until it ends, and a halted one is told apart by its state, not by its revenue.
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
COUNTED = frozenset({"running", "halted"})

#: (stage before, stage after) -> kind for every item; pairs that are missing move nothing.
STAGE_KINDS = {
    ("none", "running"): "new",
    ("none", "halted"): "new",
    ("before", "running"): "new",
    ("before", "halted"): "new",
    ("running", "halted"): "pause",
    ("halted", "running"): "resume",
    ("running", "ended"): "churn",
    ("halted", "ended"): "churn",
    ("ended", "running"): "reactivation",
    ("ended", "halted"): "reactivation",
}
DELETED = "deleted"


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


def is_counted(status):
    """Whether items of a subscription in this canonical state count towards MRR."""
    return STAGES[status] in COUNTED


def movements(previous, record, event_type, decimals):
    """Movements that one event brings.

    :param previous: canonical subscription before, or None where the event does not tell
    :param record: canonical subscription after
    :param event_type: the provider's event type; only its last word is used
    :param decimals: by currency code, decimals that amounts are rounded to
    """
    before, after = _stage_before(previous, record, event_type), STAGES[record.status]
    old = {item.external_id: item for item in (previous or record).items if before != "none"}
    new = {item.external_id: item for item in record.items}
    found = []
    for item_id in sorted(old.keys() | new.keys()):
        movement = _movement(old.get(item_id), new.get(item_id), before, after, decimals)
        if movement:
            found.append(movement)
    return found


def _stage_before(previous, record, event_type):
    """The stage the subscription was in before; a deletion tells it only through its trial."""
    if previous is not None:
        return STAGES[previous.status]
    if event_type.rpartition(".")[2] != DELETED:
        return "none" if _starts(event_type) else STAGES[record.status]
    trial = record.trial
    in_trial = trial and record.ended_at and record.ended_at <= trial.end
    return "before" if in_trial or record.status == "expired" else "running"


def _starts(event_type):
    return event_type.rpartition(".")[2] == "created"


def _movement(old, new, before, after, decimals):
    item = new or old
    was = _mrr(old, decimals) if before in COUNTED else Decimal(0)
    now = _mrr(new, decimals) if after in COUNTED else Decimal(0)
    kind = STAGE_KINDS.get((before, after)) or _kind_within(old, new, before, after, was, now)
    if not kind:
        return None
    return Movement(
        item_id=item.external_id,
        kind=kind,
        before=was,
        after=now,
        quantity_before=old.quantity if old and before != "none" else Decimal(0),
        quantity_after=new.quantity if new else Decimal(0),
        price_before=old.price_id if old else None,
        price_after=new.price_id if new else None,
    )


def _kind_within(old, new, before, after, was, now):
    """Kind of a change of terms while revenue counts, or None."""
    if before not in COUNTED or after not in COUNTED:
        return None
    if now != was:
        return "expansion" if now > was else "contraction"
    return "plan_change" if old and new and old.price_id != new.price_id else None


def _mrr(item, decimals):
    return rounded(item.mrr, decimals[item.currency]) if item else Decimal(0)
