"""Two kinds of pause: of collection, where invoices go on, and of the subscription itself."""

from . import billing, invoicing, proration
from .errors import StripeError
from .resources.subscription import set_period
from .world import World

UNPAID_LIFETIME = 23 * 3600
"""How long the invoice of a resumed subscription waits for its payment."""


def _keep_as_draft(world: World, invoice: dict) -> None:
    invoice.update(auto_advance=False, automatically_finalizes_at=None)


def _void(world: World, invoice: dict) -> None:
    _finalize(world, invoice)
    if invoice["status"] == "open":
        invoicing.void(world, invoice)


def _mark_uncollectible(world: World, invoice: dict) -> None:
    _finalize(world, invoice)
    if invoice["status"] == "open":
        invoicing.mark_uncollectible(world, invoice)


def _finalize(world: World, invoice: dict) -> None:
    invoice.update(auto_advance=False, automatically_finalizes_at=None)
    invoicing.finalize(world, invoice)


BEHAVIORS = {
    "keep_as_draft": _keep_as_draft,
    "mark_uncollectible": _mark_uncollectible,
    "void": _void,
}
"""What becomes of an invoice while collection is paused."""


def handle(world: World, subscription: dict, invoice: dict) -> None:
    """Let a new invoice of a subscription take the way that its pause prescribes."""
    paused = subscription["pause_collection"]
    if paused:
        BEHAVIORS[paused["behavior"]](world, invoice)


def pause_collection(world: World, subscription: dict, params: dict | None) -> None:
    """Start a pause of collection, or end it."""
    if not params:
        subscription["pause_collection"] = None
        return
    if params.get("behavior") not in BEHAVIORS:
        raise StripeError("Invalid pause_collection[behavior].", param="pause_collection[behavior]")
    ends = params.get("resumes_at")
    subscription["pause_collection"] = {"behavior": params["behavior"], "resumes_at": ends}
    if ends:
        world.agenda.add(ends, resume_collection, subscription["id"], ends)


def resume_collection(world: World, subscription_id: str, moment: int) -> None:
    """The pause ends by itself, if it still is the same one."""
    subscription = world.get("subscription", subscription_id)
    paused = subscription["pause_collection"]
    if paused and paused["resumes_at"] == moment:
        with world.updating(subscription, "customer.subscription.updated"):
            subscription["pause_collection"] = None


def pause(world: World, subscription: str) -> dict:
    """Pause a subscription: no invoices and no new periods until it is resumed."""
    found = world.refer("subscription", "subscription", subscription)
    with world.updating(found, "customer.subscription.updated"):
        found["status"] = "paused"
    world.emit("customer.subscription.paused", found)
    return found


def resume(world: World, subscription: dict, *, anchor: str, behavior: str) -> None:
    """Go on, with a new period from now on or in the old rhythm."""
    paid = True
    if anchor == "now":
        with world.updating(subscription, "customer.subscription.updated"):
            invoice = billing.start_period_now(world, subscription)
        paid = invoice["status"] == "paid"
        if not paid:
            due = world.now + UNPAID_LIFETIME
            world.agenda.add(due, give_up, subscription["id"], invoice["id"])
    else:
        _resume_within_period(world, subscription, behavior)
    billing.schedule_renewal(world, subscription)
    if paid:
        activate(world, subscription)


def _resume_within_period(world: World, subscription: dict, behavior: str) -> None:
    with world.updating(subscription, "customer.subscription.updated"):
        for item in subscription["items"]["data"]:
            set_period(world, subscription, item)
            if behavior != "none":
                proration.charge_remaining(world, subscription, item, world.now)
    if behavior == "always_invoice":
        billing.bill_changes(world, subscription)


def activate(world: World, subscription: dict) -> None:
    """The subscription runs again."""
    with world.updating(subscription, "customer.subscription.updated"):
        subscription["status"] = "active"
    world.emit("customer.subscription.resumed", subscription)


def give_up(world: World, subscription_id: str, invoice_id: str) -> None:
    """Nobody paid for resuming: the subscription stays paused, or runs if somebody did."""
    subscription, invoice = (
        world.get("subscription", subscription_id),
        world.get("invoice", invoice_id),
    )
    if subscription["status"] != "paused":
        return
    if invoice["status"] == "open":
        invoicing.void(world, invoice)
    elif invoice["status"] == "paid":
        activate(world, subscription)
