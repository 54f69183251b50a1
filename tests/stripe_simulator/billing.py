"""What subscriptions bill and when: first invoice, renewals, changes, ends."""

from fractions import Fraction

from . import invoicing, pausing, proration, schedules, standing, trials
from .clock import DAY
from .lines import plan_lines
from .resources import invoiceitem
from .resources.coupon import coupon_of
from .resources.price import is_metered
from .resources.subscription import LIVE, due_items, period_end, set_period, whole_period
from .usage import usage_lines
from .world import World


def invoice_for(
    world: World, subscription: dict, reason: str, collected: tuple[int, int] | None = None
) -> dict:
    """A draft for a subscription, with its discounts, taxes and way of collecting."""
    customer = world.get("customer", subscription["customer"])
    invoice = invoicing.draft(
        world,
        customer,
        reason=reason,
        subscription=subscription,
        collected=collected,
        currency=subscription["currency"],
        collection_method=subscription["collection_method"],
        default_tax_rates=subscription["default_tax_rates"],
        discounts=subscription["discounts"],
    )
    if subscription["days_until_due"] is not None:
        world.due_after[invoice["id"]] = subscription["days_until_due"] * DAY
    return invoice


def add_plan_lines(world: World, invoice: dict, subscription: dict, items: list[dict]) -> None:
    """The lines for the current period of each item; usage is billed when it is over."""
    trial = subscription["status"] == "trialing"
    for item in licensed(items):
        current = item["current_period_start"], item["current_period_end"]
        add_plan_line(world, invoice, subscription, item, current, trial=trial)


def add_plan_line(
    world: World,
    invoice: dict,
    subscription: dict,
    item: dict,
    span: tuple[int, int],
    *,
    part: Fraction = Fraction(1),
    trial: bool = False,
) -> None:
    """The lines of an item for one period, or for the part of it that is billed."""
    for line in plan_lines(world, invoice, item, span, part=part, trial=trial):
        _add_line(world, invoice, subscription, item, line)


def _add_line(world: World, invoice: dict, subscription: dict, item: dict, line: dict) -> None:
    rates = item["tax_rates"] or subscription["default_tax_rates"]
    invoicing.add_line(world, invoice, line, [rate["id"] for rate in rates])


def licensed(items: list[dict]) -> list[dict]:
    """The items that are billed in advance."""
    return [item for item in items if not is_metered(item["price"])]


def add_usage(world: World, invoice: dict, subscription: dict, items: list[dict]) -> None:
    """What metered items used in the period that ends now; usage during a trial is free."""
    if subscription["status"] == "trialing":
        return
    for item in items:
        if is_metered(item["price"]):
            span = item["current_period_start"], min(item["current_period_end"], world.now)
            for line in usage_lines(world, invoice, subscription, item, span):
                _add_line(world, invoice, subscription, item, line)


def add_first_lines(world: World, invoice: dict, subscription: dict, *, prorate: bool) -> None:
    """All periods from the start of the subscription, which may lie in the past, to the present.

    A period that the anchor cuts short costs its share, or nothing without prorations.
    """
    if subscription["status"] == "trialing":
        add_plan_lines(world, invoice, subscription, subscription["items"]["data"])
        return
    for item in licensed(subscription["items"]["data"]):
        moment = subscription["start_date"]
        while moment <= world.now:
            start, end = whole_period(subscription, item, moment)
            part = Fraction(end - moment, end - start)
            if part == 1 or prorate:
                add_plan_line(world, invoice, subscription, item, (moment, end), part=part)
            moment = end


def add_extra_items(world: World, invoice: dict, subscription: dict, extras: list[dict]) -> None:
    """Bill invoice items that belong to this invoice only."""
    for extra in extras:
        item = world.create(extra, "invoiceitem.created")
        invoicing.take_item(world, invoice, item)


def bill_first(
    world: World,
    subscription: dict,
    extras: list[dict],
    *,
    charge: bool = True,
    prorate: bool = True,
) -> dict:
    """The invoice of a new subscription, finalised and charged at once."""
    invoice = invoice_for(world, subscription, "subscription_create")
    invoicing.take_pending(world, invoice, subscription["id"])
    add_extra_items(world, invoice, subscription, extras)
    add_first_lines(world, invoice, subscription, prorate=prorate)
    subscription["latest_invoice"] = invoice["id"]
    world.emit("customer.subscription.created", subscription)
    invoicing.announce(world, invoice)
    if charge:
        invoicing.finalize_and_collect(world, invoice)
    else:
        invoicing.finalize(world, invoice)
    drop_used_discounts(world, subscription)
    return invoice


def drop_used_discounts(world: World, subscription: dict) -> None:
    """A discount that counts once leaves the subscription after its first invoice."""
    for owner in (subscription, *subscription["items"]["data"]):
        for identifier in list(owner["discounts"]):
            discount = world.get("discount", identifier)
            ended = discount["end"] is not None and discount["end"] <= world.now
            if ended or coupon_of(world, discount)["duration"] == "once":
                with world.updating(subscription, "customer.subscription.updated"):
                    owner["discounts"].remove(identifier)
                world.emit("customer.discount.deleted", discount)


def schedule_renewal(world: World, subscription: dict) -> None:
    """Bill again when the next item is due."""
    due = period_end(subscription)
    world.agenda.add(due, renew, subscription["id"], due)


def renew(world: World, subscription_id: str, due: int) -> None:
    """Start the next period of the items that are due, or end the subscription."""
    subscription = world.get("subscription", subscription_id)
    if subscription["schedule"]:
        schedules.proceed(world, subscription["schedule"])
    if subscription["status"] not in LIVE or period_end(subscription) != due:
        return
    if _ends(world, subscription):
        bill_last_usage(world, subscription)
        standing.end_now(world, subscription, "cancellation_requested")
    elif not trials.stops_at_end(world, subscription):
        _start_next_period(world, subscription)
        schedule_renewal(world, subscription)


def _ends(world: World, subscription: dict) -> bool:
    cancel_at = subscription["cancel_at"]
    return subscription["cancel_at_period_end"] or (
        cancel_at is not None and cancel_at <= world.now
    )


def _start_next_period(world: World, subscription: dict) -> None:
    items = due_items(world, subscription)
    started = min(item["current_period_start"] for item in items)
    with world.updating(subscription, "customer.subscription.updated"):
        invoice = invoice_for(world, subscription, "subscription_cycle", (started, world.now))
        subscription["latest_invoice"] = invoice["id"]
        invoicing.take_pending(world, invoice, subscription["id"])
        add_usage(world, invoice, subscription, items)
        if subscription["status"] == "trialing":
            subscription["status"] = "active"
        for item in items:
            set_period(world, subscription, item)
        add_plan_lines(world, invoice, subscription, items)
        _advance_or_keep(world, invoice, subscription)
        invoicing.announce(world, invoice)
        pausing.handle(world, subscription, invoice)
    drop_used_discounts(world, subscription)


def bill_last_usage(world: World, subscription: dict) -> None:
    """At the end of a subscription, usage that no invoice has billed yet."""
    items = subscription["items"]["data"]
    if not any(is_metered(item["price"]) for item in items):
        return
    started = min(item["current_period_start"] for item in items)
    invoice = invoice_for(world, subscription, "subscription_cycle", (started, world.now))
    add_usage(world, invoice, subscription, items)
    subscription["latest_invoice"] = invoice["id"]
    invoicing.announce(world, invoice)
    invoicing.finalize_and_collect(world, invoice)


def start_period_now(world: World, subscription: dict, *, prorate: bool = False) -> dict:
    """Reset the rhythm: every item starts a period now, which is billed at once."""
    items = subscription["items"]["data"]
    for item in items if prorate else ():
        proration.credit_unused(world, subscription, item, world.now)
    subscription["billing_cycle_anchor"] = world.now
    for item in items:
        set_period(world, subscription, item)
    invoice = invoice_for(world, subscription, "subscription_update")
    invoicing.take_pending(world, invoice, subscription["id"])
    add_plan_lines(world, invoice, subscription, items)
    subscription["latest_invoice"] = invoice["id"]
    invoicing.announce(world, invoice)
    invoicing.finalize_and_collect(world, invoice)
    return invoice


def _advance_or_keep(world: World, invoice: dict, subscription: dict) -> None:
    """Invoices of an unpaid subscription stay drafts; a pause of collection has its own ways."""
    if subscription["status"] == "unpaid" or subscription["pause_collection"]:
        invoice["auto_advance"] = False
    else:
        invoicing.schedule_finalization(world, invoice)


def bill_changes(world: World, subscription: dict) -> dict | None:
    """Invoice the subscription's waiting items at once; None when there are none."""
    previous = world.store.find("invoice", subscription["latest_invoice"])
    since = previous["period_end"] if previous else subscription["start_date"]
    invoice = invoice_for(world, subscription, "subscription_update", (since, world.now))
    if not invoicing.take_pending(world, invoice, subscription["id"]):
        world.store.remove(invoice)
        return None
    subscription["latest_invoice"] = invoice["id"]
    invoicing.announce(world, invoice)
    invoicing.finalize_and_collect(world, invoice)
    return invoice


def expire_incomplete(world: World, subscription_id: str) -> None:
    """A subscription whose first invoice stays unpaid for 23 hours expires."""
    subscription = world.get("subscription", subscription_id)
    if subscription["status"] != "incomplete":
        return
    with world.updating(subscription, "customer.subscription.updated"):
        subscription.update(status="incomplete_expired", ended_at=world.now)
    invoice = world.get("invoice", subscription["latest_invoice"])
    if invoice["status"] == "open":
        invoicing.void(world, invoice)


def end_at(world: World, subscription_id: str, moment: int) -> None:
    """End a subscription at the `cancel_at` that was set, if it still is."""
    subscription = world.get("subscription", subscription_id)
    if subscription["cancel_at"] == moment and subscription["ended_at"] is None:
        standing.end_now(world, subscription, "cancellation_requested")


def cancel(world: World, subscription: dict, *, prorate: bool, invoice_now: bool) -> None:
    """End a subscription now, crediting unused time only when asked."""
    if prorate:
        for item in subscription["items"]["data"]:
            proration.credit_unused(world, subscription, item, world.now)
    if invoice_now:
        bill_last_usage(world, subscription)
    standing.end_now(world, subscription, "cancellation_requested")
    if invoice_now:
        bill_changes(world, subscription)


def extra_item(world: World, subscription: dict, price: dict, **fields: object) -> dict:
    """An invoice item for `add_invoice_items`."""
    return invoiceitem.build(
        world,
        subscription["customer"],
        price["currency"],
        fields.pop("amount"),
        subscription=subscription["id"],
        **fields,
    )
