"""Which of two snapshots of one object is the newer."""

from datetime import UTC

#: Snapshots of one second sort by what the last word of the event type says about the object's
#: life: what begins it comes before changes (1), what cannot be taken back comes last.
LIFE_ORDER = {
    "created": "0",
    "finalized": "0",
    "paid": "2",
    "marked_uncollectible": "2",
    "voided": "3",
    "deleted": "3",
}


def version_of(event_type, occurred_at, external_id):
    """A text that sorts snapshots of one object from old to new.

    By time, then by life order, then by event id, so that any order of delivery ends with the
    same snapshot.

    :param datetime occurred_at: in UTC, aware or naive
    """
    life = LIFE_ORDER.get(event_type.rpartition(".")[2], "1")
    seconds = int(occurred_at.replace(tzinfo=UTC).timestamp())
    return f"{seconds:012d}.{life}.{external_id}"
