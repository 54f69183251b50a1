"""Payouts: when the balance goes to the bank account, and what may happen on the way."""

from collections import defaultdict

from .clock import DAY, add_months, from_unix, midnight, to_unix
from .errors import StripeError
from .resources import balance_transaction as transactions
from .resources import payout as payouts
from .world import World

FAILURES = {
    "account_closed": "The bank account has been closed.",
    "could_not_process": "The bank could not process this payout.",
    "no_account": "The bank account could not be located.",
}


def _next_midnight(moment: int) -> int:
    return midnight(moment + DAY - 1)


def _next_monday(moment: int) -> int:
    day = _next_midnight(moment)
    return day + (-from_unix(day).weekday() % 7) * DAY


def _next_first(moment: int) -> int:
    day = from_unix(_next_midnight(moment))
    return to_unix(day if day.day == 1 else add_months(day.replace(day=1), 1))


PAYOUT_DAYS = {"daily": _next_midnight, "weekly": _next_monday, "monthly": _next_first}
"""The first payout at or after a moment; with manual payouts there is none."""


def await_payout(world: World, transaction: dict) -> None:
    """Keep a balance transaction for the first payout after it is available."""
    world.unsettled.append(transaction["id"])
    available_on = transaction["available_on"]
    plan = PAYOUT_DAYS.get(world.settings.payout_interval)
    for moment, task in ((available_on, mature), (plan and plan(available_on), pay_out)):
        if moment is not None and (moment, task.__name__) not in world.settlement_days:
            world.settlement_days.add((moment, task.__name__))
            world.agenda.add(moment, task)


def mature(world: World) -> list[dict]:
    """Pending money becomes available; returns all that is."""
    waiting = [world.get("balance_transaction", identifier) for identifier in world.unsettled]
    available = [entry for entry in waiting if entry["available_on"] <= world.now]
    for transaction in available:
        transaction["status"] = "available"
    return available


def pay_out(world: World) -> None:
    """The automatic payout of all that is available, one for each currency."""
    by_currency = defaultdict(list)
    for transaction in mature(world):
        by_currency[transaction["currency"]].append(transaction)
    for currency, entries in by_currency.items():
        total = sum(entry["net"] for entry in entries)
        if total > 0 or (total < 0 and world.settings.debit_negative_balances):
            _pay_out(world, currency, total, entries)


def _pay_out(world: World, currency: str, total: int, entries: list[dict]) -> None:
    """A negative total is drawn from the bank account."""
    payout = payouts.build(world, total, currency, automatic=True)
    own = _own_transaction(world, payout)
    taken = {entry["id"] for entry in entries}
    world.unsettled = [each for each in world.unsettled if each not in taken]
    for transaction in (*entries, own):
        world.store.link("balance_transaction", "payout", payout["id"], transaction["id"])
    _dispatch(world, payout)


def _own_transaction(world: World, payout: dict) -> dict:
    """The payout's own entry, which takes its amount out of the balance."""
    own = transactions.build(
        world,
        kind="payout",
        amount=-payout["amount"],
        currency=payout["currency"],
        fees=[],
        source=payout["id"],
        description=payout["description"],
        available_on=world.now,
        exchange_rate=None,
    )
    payout["balance_transaction"] = own["id"]
    return world.create(own)


def pay_out_manually(world: World, payout: dict) -> None:
    """Send a payout that was asked for; its balance transactions cannot be told apart."""
    _own_transaction(world, payout)
    world.unsettled.append(payout["balance_transaction"])
    _dispatch(world, payout)


def _dispatch(world: World, payout: dict) -> None:
    world.create(payout, "payout.created")
    sent = world.now + world.settings.payout_submission
    if payout["status"] == "pending":
        world.agenda.add(sent, submit, payout["id"])
    world.agenda.add(sent + world.settings.payout_travel, arrive, payout["id"])


def submit(world: World, payout_id: str) -> None:
    """A pending payout goes to the bank; from now on it cannot be cancelled."""
    payout = world.get("payout", payout_id)
    if payout["status"] == "pending":
        with world.updating(payout, "payout.updated"):
            payout["status"] = "in_transit"


def arrive(world: World, payout_id: str) -> None:
    """The payout reaches the bank, which takes it or not, and its contents can be listed."""
    payout = world.get("payout", payout_id)
    if payout["status"] != "in_transit":
        return
    if world.next_payout_failures:
        fail(world, payout_id, world.next_payout_failures.pop(0))
        return
    with world.updating(payout, "payout.updated"):
        payout["status"] = "paid"
        if payout["automatic"]:
            payout["reconciliation_status"] = "completed"
    world.emit("payout.paid", payout)
    if payout["automatic"]:
        world.emit("payout.reconciliation_completed", payout)


def fail(world: World, payout: str, code: str = "account_closed") -> dict:
    """The bank returns a payout, perhaps days after it counted as paid."""
    found = world.refer("payout", "payout", payout)
    if found["status"] not in ("in_transit", "paid"):
        raise StripeError(f"The payout {payout} is {found['status']}.", param="payout")
    completes = found["reconciliation_status"] == "in_progress"
    with world.updating(found, "payout.updated"):
        found.update(status="failed", failure_code=code, failure_message=FAILURES[code])
        if completes:
            found["reconciliation_status"] = "completed"
        _return_money(world, found, "payout_failure", "STRIPE PAYOUT FAILURE")
    world.emit("payout.failed", found)
    if completes:
        world.emit("payout.reconciliation_completed", found)
    return found


def fail_next(world: World, code: str = "account_closed") -> dict:
    """Let the bank refuse the next payout that arrives."""
    world.next_payout_failures.append(code)
    return {"code": code, "message": FAILURES[code]}


def cancel(world: World, payout: dict) -> None:
    """Call a pending payout back."""
    with world.updating(payout, "payout.updated"):
        payout["status"] = "canceled"
        _return_money(world, payout, "payout_cancel", "STRIPE PAYOUT CANCELED")
    world.emit("payout.canceled", payout)


def _return_money(world: World, payout: dict, kind: str, description: str) -> None:
    entry = transactions.build(
        world,
        kind=kind,
        amount=payout["amount"],
        currency=payout["currency"],
        fees=[],
        source=payout["id"],
        description=description,
        available_on=world.now,
        exchange_rate=None,
    )
    payout["failure_balance_transaction"] = world.create(entry)["id"]
    await_payout(world, entry)
