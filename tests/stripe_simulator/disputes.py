"""The life of a dispute: opened by the customer's bank, answered or not, decided."""

from . import fees, ledger
from .errors import StripeError
from .resources import dispute as shape
from .world import World

IN_REVIEW = {"needs_response": "under_review", "warning_needs_response": "warning_under_review"}
INQUIRY = ("warning_needs_response", "warning_under_review")
OPEN = (*IN_REVIEW, *IN_REVIEW.values())
DECISIONS = {
    "winning_evidence": "won",
    "losing_evidence": "lost",
    "escalate_inquiry_evidence": "escalated",
}
"""What the bank decides by `evidence[uncategorized_text]`, as in Stripe's own test mode."""


def open_on(
    world: World,
    charge: str,
    amount: int | None = None,
    reason: str = "fraudulent",
    inquiry: bool = False,
) -> dict:
    """Let the customer's bank dispute a charge, all of it unless `amount` says less."""
    found = world.refer("charge", "charge", charge)
    amount = amount or found["amount"] - found["amount_refunded"]
    if not found["captured"] or not 0 < amount <= found["amount"]:
        raise StripeError(f"The charge {charge} cannot be disputed for {amount}.", param="amount")
    dispute = shape.build(world, found, amount, reason, inquiry=inquiry)
    if not inquiry:
        _move_funds(world, dispute, -1)
    with world.updating(found, "charge.updated"):
        found["disputed"] = True
        world.create(dispute, "charge.dispute.created")
    if not inquiry:
        world.emit("charge.dispute.funds_withdrawn", dispute)
    world.agenda.add(dispute["evidence_details"]["due_by"], expire, dispute["id"])
    return dispute


def _move_funds(world: World, dispute: dict, sign: int) -> None:
    """Take the disputed amount and a fee from the balance, or return both."""
    currency = world.settings.settles_in(dispute["currency"])
    entry = ledger.record(
        world,
        dispute,
        "adjustment",
        sign * ledger.settled(world, dispute["amount"], dispute["currency"]),
        fees.of_dispute(world.settings, currency, returned=sign > 0),
        category="dispute_reversal" if sign > 0 else "dispute",
        description=f"Chargeback {'reversal' if sign > 0 else 'withdrawal'}",
    )
    dispute["balance_transactions"].append(entry)


def submit(world: World, dispute: dict) -> None:
    """Evidence reaches the bank, which decides later if the evidence names a decision."""
    if dispute["status"] not in IN_REVIEW:
        raise StripeError("Evidence can no longer be submitted for this dispute.")
    dispute["status"] = IN_REVIEW[dispute["status"]]
    dispute["evidence_details"]["submission_count"] += 1
    decision = DECISIONS.get(dispute["evidence"]["uncategorized_text"])
    if decision:
        due = world.now + world.settings.dispute_decision
        world.agenda.add(due, decide_later, dispute["id"], decision)


def decide(world: World, dispute: str, outcome: str) -> dict:
    """Let the bank decide: won, lost, warning_closed, or escalated from an inquiry."""
    found = world.refer("dispute", "dispute", dispute)
    if found["status"] not in OPEN:
        raise StripeError(f"The dispute {dispute} is over.", param="dispute")
    if outcome == "escalated":
        _escalate(world, found)
    else:
        _close(world, found, outcome)
    return found


def decide_later(world: World, dispute_id: str, outcome: str) -> None:
    """The bank's decision on evidence, unless the dispute was over before."""
    if world.get("dispute", dispute_id)["status"] in OPEN:
        decide(world, dispute_id, outcome)


def _escalate(world: World, dispute: dict) -> None:
    """An inquiry becomes a dispute that takes the money."""
    with world.updating(dispute, "charge.dispute.updated"):
        dispute.update(status="needs_response", is_charge_refundable=False)
        dispute["payment_method_details"]["card"]["case_type"] = "chargeback"
        dispute["evidence_details"]["due_by"] = world.now + world.settings.dispute_response
        _move_funds(world, dispute, -1)
    world.emit("charge.dispute.funds_withdrawn", dispute)
    world.agenda.add(dispute["evidence_details"]["due_by"], expire, dispute["id"])


def _close(world: World, dispute: dict, outcome: str) -> None:
    """The end; an inquiry that came to nothing is closed, whoever gave in."""
    outcome = "warning_closed" if dispute["status"] in INQUIRY else outcome
    returns = outcome == "won"
    with world.updating(dispute, "charge.dispute.updated"):
        dispute["status"] = outcome
        if returns:
            _move_funds(world, dispute, 1)
    if returns:
        world.emit("charge.dispute.funds_reinstated", dispute)
    world.emit("charge.dispute.closed", dispute)


def accept(world: World, dispute: dict) -> None:
    """Give in."""
    if dispute["status"] not in OPEN:
        raise StripeError("This dispute is already closed.", code="dispute_already_closed")
    _close(world, dispute, "lost")


def expire(world: World, dispute_id: str) -> None:
    """A dispute that nobody answered in time is lost."""
    dispute = world.get("dispute", dispute_id)
    if dispute["status"] in IN_REVIEW and dispute["evidence_details"]["due_by"] <= world.now:
        dispute["evidence_details"]["past_due"] = True
        _close(world, dispute, "lost")
