"""How payments, failures and endings move a subscription's status."""

from .world import World

RECOVERABLE = ("incomplete", "past_due", "unpaid")


def subscription_of(world: World, invoice: dict) -> dict | None:
    """The subscription that an invoice bills."""
    parent = invoice["parent"]
    if parent is None:
        return None
    return world.store.find("subscription", parent["subscription_details"]["subscription"])


def after_payment(world: World, invoice: dict) -> None:
    """A subscription is active again when none of its invoices is open."""
    subscription = subscription_of(world, invoice)
    if subscription is None or subscription["status"] not in RECOVERABLE:
        return
    field = "parent.subscription_details.subscription"
    invoices = world.store.where("invoice", field, subscription["id"])
    if any(each["status"] == "open" for each in invoices):
        return
    with world.updating(subscription, "customer.subscription.updated"):
        subscription["status"] = "active"


def while_processing(world: World, invoice: dict) -> None:
    """A debit on its way is enough for a new subscription to start."""
    subscription = subscription_of(world, invoice)
    if subscription is not None and subscription["status"] == "incomplete":
        with world.updating(subscription, "customer.subscription.updated"):
            subscription["status"] = "active"


def after_failure(world: World, invoice: dict, *, last: bool) -> None:
    """A failed renewal makes the subscription past due; the last failure ends or suspends it."""
    subscription = subscription_of(world, invoice)
    if subscription is None or subscription["status"] not in ("active", "past_due"):
        return
    _move(world, subscription, world.settings.after_dunning if last else "past_due")


def after_due_date(world: World, invoice: dict, outcome: str) -> None:
    """An overdue invoice makes its subscription past due, and later unpaid or cancelled."""
    subscription = subscription_of(world, invoice)
    if subscription is None or subscription["status"] not in ("active", "past_due"):
        return
    _move(world, subscription, outcome)


def _move(world: World, subscription: dict, outcome: str) -> None:
    if outcome == "canceled":
        end_now(world, subscription, "payment_failed")
        return
    with world.updating(subscription, "customer.subscription.updated"):
        subscription["status"] = outcome


def end_now(world: World, subscription: dict, reason: str) -> None:
    """End a subscription at this moment."""
    subscription.update(status="canceled", ended_at=world.now)
    subscription["canceled_at"] = subscription["canceled_at"] or world.now
    subscription["cancellation_details"]["reason"] = reason
    world.emit("customer.subscription.deleted", subscription)
