"""Revisions: an open invoice replaced by a corrected one."""

from . import invoicing, standing
from .changes import plain_copy
from .errors import StripeError
from .world import World


def begin(world: World, original_id: str) -> dict:
    """A draft with the lines of an open invoice, to be corrected before it is finalised."""
    original = world.refer("from_invoice[invoice]", "invoice", original_id)
    if original["status"] != "open":
        raise StripeError("Only open invoices can be revised.", param="from_invoice")
    draft = invoicing.draft(
        world,
        world.get("customer", original["customer"]),
        reason=original["billing_reason"],
        subscription=standing.subscription_of(world, original),
        collected=(original["period_start"], original["period_end"]),
        auto_advance=False,
        collection_method=original["collection_method"],
        currency=original["currency"],
        default_tax_rates=original["default_tax_rates"],
        discounts=original["discounts"],
        due_date=original["due_date"],
    )
    draft["from_invoice"] = {"action": "revision", "invoice": original_id}
    for line in world.lines[original_id]:
        copy = {**plain_copy(line), "id": world.ids.new("il"), "invoice": draft["id"]}
        invoicing.add_line(world, draft, copy, world.line_rates[line["id"]])
    invoicing.announce(world, draft)
    return draft


def replace(world: World, invoice: dict) -> None:
    """The revision is final: what it revises is void."""
    original = world.get("invoice", invoice["from_invoice"]["invoice"])
    with world.updating(original, "invoice.updated"):
        original["latest_revision"] = invoice["id"]
    if original["status"] in invoicing.PAYABLE:
        invoicing.void(world, original)
