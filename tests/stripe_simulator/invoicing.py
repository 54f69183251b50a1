"""The life of an invoice: draft, finalised, paid, void or uncollectible."""

from . import credits, discounts, payments, revisions, standing, totals
from .lines import period
from .resources import customer_balance
from .resources.invoice import build
from .resources.invoiceitem import pending_for, to_line
from .world import World

PAYABLE = ("open", "uncollectible")


def draft(
    world: World,
    customer: dict,
    *,
    reason: str,
    subscription: dict | None = None,
    collected: tuple[int, int] | None = None,
    **fields: object,
) -> dict:
    """A new draft without lines, not announced yet.

    `collected` is the window for collecting items, which Stripe calls the invoice's period.
    """
    start, end = collected or (world.now, world.now)
    invoice = build(world, customer, reason, subscription, period(start, end), fields)
    world.lines[invoice["id"]] = []
    return world.create(invoice)


def add_line(world: World, invoice: dict, line: dict, rates: list[str]) -> None:
    """Append a line with its tax rates."""
    world.lines[invoice["id"]].append(line)
    world.line_rates[line["id"]] = rates


def take_pending(world: World, invoice: dict, subscription_id: str | None) -> int:
    """Move the customer's waiting items onto the invoice; returns how many there were."""
    items = pending_for(world, invoice, subscription_id)
    for item in items:
        take_item(world, invoice, item)
    return len(items)


def take_item(world: World, invoice: dict, item: dict) -> None:
    """Bill one invoice item on a draft."""
    line = to_line(world, invoice, item)
    rates = [rate["id"] for rate in item["tax_rates"] or invoice["default_tax_rates"]]
    add_line(world, invoice, line, rates)
    item["invoice"] = invoice["id"]
    world.item_lines[item["id"]] = invoice["id"], line["id"]
    world.store.link("invoiceitem", "invoice", invoice["id"], item["id"])


def announce(world: World, invoice: dict) -> None:
    """Total the draft, remember what it charges for each item, and tell the world about it."""
    totals.recalculate(world, invoice)
    for line in world.lines[invoice["id"]]:
        _remember_debit(world, line)
    world.emit("invoice.created", invoice)


def _remember_debit(world: World, line: dict) -> None:
    """What a later proration would credit: the amount after discounts of an item's period.

    The lines of several tiers count together; usage is never prorated.
    """
    details = line["parent"] and line["parent"]["subscription_item_details"]
    if not details or line["amount"] < 0 or credits.bills_usage(world, line):
        return
    debit = {
        "amount": line["amount"] - discounts.discounted(line),
        "start": line["period"]["start"],
        "end": line["period"]["end"],
        "invoice_item": details["invoice_item"],
        "invoice": line["invoice"],
        "lines": [line["id"]],
    }
    same = ("start", "end", "invoice_item", "invoice")
    known = world.debits.get(details["subscription_item"])
    if known and not debit["invoice_item"] and all(known[name] == debit[name] for name in same):
        debit["amount"] += known["amount"]
        debit["lines"] = [*known["lines"], *debit["lines"]]
    world.debits[details["subscription_item"]] = debit


def finalize(world: World, invoice: dict) -> None:
    """Number the invoice and open it; nothing to pay means paid at once."""
    customer = world.get("customer", invoice["customer"])
    if invoice["from_invoice"]:
        revisions.replace(world, invoice)
    totals.recalculate(world, invoice, final=True)
    with world.updating(invoice, "invoice.updated"):
        _open(world, invoice, customer)
        _apply_balance(world, invoice, customer)
        world.emit("invoice.finalized", invoice)
    if invoice["due_date"]:
        world.agenda.add(invoice["due_date"], fall_due, invoice["id"])
    if invoice["amount_due"] == 0:
        settle(world, invoice)
    elif invoice["collection_method"] == "charge_automatically":
        payments.prepare(world, invoice)


def fall_due(world: World, invoice_id: str) -> None:
    """The due date of an invoice passes; a sent one was not paid."""
    invoice = world.get("invoice", invoice_id)
    if invoice["status"] == "open" and invoice["collection_method"] == "send_invoice":
        world.emit("invoice.overdue", invoice)
        standing.after_due_date(world, invoice, "past_due")
        due = world.now + world.settings.overdue_limit
        world.agenda.add(due, stay_overdue, invoice_id)


def stay_overdue(world: World, invoice_id: str) -> None:
    """Nobody paid long after the due date."""
    invoice = world.get("invoice", invoice_id)
    if invoice["status"] == "open":
        standing.after_due_date(world, invoice, world.settings.after_overdue)


def _open(world: World, invoice: dict, customer: dict) -> None:
    sequence = customer["next_invoice_sequence"]
    customer["next_invoice_sequence"] = sequence + 1
    with world.updating(customer, "customer.updated"):
        customer["currency"] = customer["currency"] or invoice["currency"]
    due_days = world.due_after.pop(invoice["id"], None)
    invoice.update(
        number=invoice["number"] or f"{customer['invoice_prefix']}-{sequence:04d}",
        status="open",
        automatically_finalizes_at=None,
        due_date=invoice["due_date"] or (due_days and world.now + due_days),
        effective_at=invoice["effective_at"] or world.now,
        customer_address=customer["address"],
        customer_email=customer["email"],
        customer_name=customer["name"],
        customer_phone=customer["phone"],
        customer_tax_exempt=customer["tax_exempt"],
        customer_tax_ids=[
            {"type": each["type"], "value": each["value"]}
            for each in world.store.where("tax_id", "customer", customer["id"])
        ],
        hosted_invoice_url=f"https://invoice.stripe.com/i/{invoice['id']}",
        invoice_pdf=f"https://pay.stripe.com/invoice/{invoice['id']}/pdf",
        webhooks_delivered_at=world.now,
    )
    invoice["status_transitions"]["finalized_at"] = world.now


def _apply_balance(world: World, invoice: dict, customer: dict) -> None:
    """Spend the customer's credit; a negative total becomes credit, a tiny one waits as debt."""
    starting = customer["balance"]
    due = invoice["total"] + starting
    applied = {"currency": invoice["currency"], "invoice": invoice["id"]}
    customer_balance.change(
        world, customer, min(due, 0) - starting, kind="applied_to_invoice", **applied
    )
    if _is_too_small(world, invoice):
        customer_balance.change(world, customer, due, kind="invoice_too_small", **applied)
        invoice.update(amount_due=0, amount_remaining=0)
    invoice["ending_balance"] = customer["balance"]


def _is_too_small(world: World, invoice: dict) -> bool:
    automatic = invoice["collection_method"] == "charge_automatically"
    return automatic and 0 < invoice["amount_due"] < world.settings.minimum_charge


def settle(world: World, invoice: dict, *, attempts: int = 0, out_of_band: bool = False) -> None:
    """Mark an open invoice as paid in full, after so many more attempts to charge it."""
    remaining = invoice["amount_remaining"]
    with world.updating(invoice, "invoice.updated"):
        invoice["amount_paid"] += remaining
        invoice["attempt_count"] += attempts
        invoice["amount_paid_off_stripe"] += remaining if out_of_band else 0
        invoice.update(
            status="paid",
            amount_remaining=0,
            attempted=True,
            auto_advance=False,
            next_payment_attempt=None,
        )
        invoice["status_transitions"]["paid_at"] = world.now
    world.attempts.pop(invoice["id"], None)
    world.emit("invoice.paid", invoice)
    if not out_of_band:
        world.emit("invoice.payment_succeeded", invoice)
    standing.after_payment(world, invoice)


def credit_intent(world: World, intent: dict) -> None:
    """Count a payment intent that succeeded towards the invoices it is attached to."""
    for payment in world.store.where("invoice_payment", "payment.payment_intent", intent["id"]):
        if payment["status"] == "open":
            credit(world, payment, intent["amount_received"])


def credit(world: World, payment: dict, amount: int, *, off_stripe: bool = False) -> None:
    """Count one payment of `amount` towards its invoice; what is too much the customer keeps."""
    invoice = world.get("invoice", payment["invoice"])
    excess = amount - invoice["amount_remaining"]
    if excess >= 0 and invoice["status"] in PAYABLE:
        settle(world, invoice, out_of_band=off_stripe)
    elif excess < 0:
        with world.updating(invoice, "invoice.updated"):
            invoice["amount_paid"] += amount
            invoice["amount_remaining"] -= amount
            invoice["amount_paid_off_stripe"] += amount if off_stripe else 0
    payments.mark_paid(world, payment, amount)
    payments.fit(world, invoice)
    if excess > 0:
        _overpay(world, invoice, excess)


def _overpay(world: World, invoice: dict, excess: int) -> None:
    with world.updating(invoice, "invoice.updated"):
        invoice["amount_overpaid"] += excess
    customer_balance.change(
        world,
        world.get("customer", invoice["customer"]),
        -excess,
        kind="invoice_overpaid",
        currency=invoice["currency"],
        invoice=invoice["id"],
    )
    world.emit("invoice.overpaid", invoice)


def collect(world: World, invoice: dict) -> dict | None:
    """Try to charge an open invoice; returns the charge."""
    charge = payments.attempt(world, invoice)
    if charge is not None and charge["paid"]:
        settle(world, invoice, attempts=1)
        payments.mark_paid(world, payments.default_of(world, invoice), charge["amount"])
    elif charge is not None and charge["status"] == "pending":
        payments.register_processing(world, invoice)
    else:
        payments.register_failure(world, invoice)
    return charge


def finalize_and_collect(world: World, invoice: dict) -> None:
    """What Stripe does by itself with an invoice that it advances."""
    finalize(world, invoice)
    if invoice["status"] == "open" and invoice["collection_method"] == "charge_automatically":
        collect(world, invoice)
        schedule_retries(world, invoice)


def schedule_retries(world: World, invoice: dict) -> None:
    """Put the retries of a failed first attempt on the agenda."""
    if invoice["status"] != "open" or invoice["billing_reason"] == "subscription_create":
        return
    for offset in world.settings.dunning_offsets:
        world.agenda.add(world.now + offset, retry, invoice["id"])


def retry(world: World, invoice_id: str) -> None:
    """One scheduled retry, unless the invoice was settled in another way meanwhile."""
    invoice = world.store.find("invoice", invoice_id)
    if invoice is None or invoice["status"] != "open" or invoice["next_payment_attempt"] is None:
        return
    collect(world, invoice)


def advance_draft(world: World, invoice_id: str) -> None:
    """Finalise and charge a draft when its hour has passed."""
    invoice = world.store.find("invoice", invoice_id)
    if invoice is not None and invoice["status"] == "draft" and invoice["auto_advance"]:
        finalize_and_collect(world, invoice)


def schedule_finalization(world: World, invoice: dict) -> None:
    """Let a draft wait the usual time before it is finalised."""
    due = world.now + world.settings.finalization_delay
    invoice["automatically_finalizes_at"] = due
    world.agenda.add(due, advance_draft, invoice["id"])


def void(world: World, invoice: dict) -> None:
    """Void an open or uncollectible invoice; applied customer balance comes back."""
    with world.updating(invoice, "invoice.updated"):
        invoice.update(
            status="void", auto_advance=False, next_payment_attempt=None, amount_remaining=0
        )
        invoice["status_transitions"]["voided_at"] = world.now
    payments.cancel(world, invoice, "void_invoice")
    credits.restore(world, invoice)
    customer_balance.change(
        world,
        world.get("customer", invoice["customer"]),
        invoice["starting_balance"] - invoice["ending_balance"],
        kind="unapplied_from_invoice",
        currency=invoice["currency"],
        invoice=invoice["id"],
    )
    world.emit("invoice.voided", invoice)
    standing.after_payment(world, invoice)


def mark_uncollectible(world: World, invoice: dict) -> None:
    """Give an open invoice up; it can still be paid or voided later."""
    with world.updating(invoice, "invoice.updated"):
        invoice.update(status="uncollectible", auto_advance=False, next_payment_attempt=None)
        invoice["status_transitions"]["marked_uncollectible_at"] = world.now
    world.emit("invoice.marked_uncollectible", invoice)
