"""The Stripe balance: every movement of money, its fee, and the payouts that empty it."""

from fractions import Fraction

from .clock import midnight
from .errors import StripeError
from .money import convert, half_up
from .resources import balance_transaction as transactions
from .resources import payout as payouts
from .world import World


def exchange_rate(world: World, currency: str) -> Fraction:
    """Settlement currency majors for one major unit of `currency`."""
    rates = world.settings.exchange_rates
    if currency not in rates:
        raise StripeError(f"Invalid currency: {currency}.", param="currency")
    return Fraction(rates[currency])


def settled(world: World, amount: int, currency: str) -> int:
    """`amount` in minor units of the settlement currency."""
    target = world.settings.settlement_currency
    return convert(amount, currency, target, exchange_rate(world, currency))


def fee_of(world: World, amount: int) -> int:
    """Stripe's fee for a charge of `amount`, both in the settlement currency."""
    return half_up(amount * world.settings.fee_percent / 100) + world.settings.fee_fixed


def record_charge(world: World, charge: dict) -> dict:
    """The balance transaction of a successful charge: positive, less the fee."""
    amount = settled(world, charge["amount"], charge["currency"])
    return _record(world, charge, "charge", amount, fee_of(world, amount))


def record_refund(world: World, refund: dict) -> dict:
    """The balance transaction of a refund: negative; the fee of the charge is not returned."""
    return _record(
        world, refund, "refund", -settled(world, refund["amount"], refund["currency"]), 0
    )


def _record(world: World, source: dict, kind: str, amount: int, fee: int) -> dict:
    available_on = midnight(world.now) + world.settings.settlement_delay
    rate = None
    if source["currency"] != world.settings.settlement_currency:
        rate = float(exchange_rate(world, source["currency"]))
    transaction = transactions.build(
        world,
        kind=kind,
        amount=amount,
        fee=fee,
        source=source["id"],
        description=source.get("description"),
        available_on=available_on,
        exchange_rate=rate,
    )
    world.create(transaction)
    world.unsettled.append(transaction["id"])
    _plan_payout(world, available_on)
    return transaction


def _plan_payout(world: World, day: int) -> None:
    if day not in world.payout_days:
        world.payout_days.add(day)
        world.agenda.add(day, pay_out)


def pay_out(world: World) -> None:
    """The daily automatic payout of all that is available; nothing when that is not positive."""
    available = [
        world.get("balance_transaction", identifier)
        for identifier in world.unsettled
        if world.get("balance_transaction", identifier)["available_on"] <= world.now
    ]
    total = sum(transaction["net"] for transaction in available)
    if total <= 0:
        return
    payout = payouts.build(world, total, automatic=True)
    own = _own_transaction(world, payout)
    taken = {transaction["id"] for transaction in available}
    world.unsettled = [each for each in world.unsettled if each not in taken]
    for transaction in (*available, own):
        transaction["status"] = "available"
        world.store.link("balance_transaction", "payout", payout["id"], transaction["id"])
    world.create(payout, "payout.created")
    world.agenda.add(world.now + world.settings.payout_travel, arrive, payout["id"])


def _own_transaction(world: World, payout: dict) -> dict:
    """The payout's own entry, which takes its amount out of the balance."""
    own = transactions.build(
        world,
        kind="payout",
        amount=-payout["amount"],
        fee=0,
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
    world.create(payout, "payout.created")
    world.agenda.add(world.now + world.settings.payout_travel, arrive, payout["id"])


def arrive(world: World, payout_id: str) -> None:
    """The payout reaches the bank, and its contents can be listed."""
    payout = world.get("payout", payout_id)
    with world.updating(payout, "payout.updated"):
        payout["status"] = "paid"
        if payout["automatic"]:
            payout["reconciliation_status"] = "completed"
    world.emit("payout.paid", payout)
    if payout["automatic"]:
        world.emit("payout.reconciliation_completed", payout)


def balance_of(world: World) -> dict:
    """The Balance object: what is available and what is still pending."""
    available = pending = 0
    for identifier in world.unsettled:
        transaction = world.get("balance_transaction", identifier)
        if transaction["available_on"] <= world.now:
            available += transaction["net"]
        else:
            pending += transaction["net"]
    return {
        "object": "balance",
        "available": [_amount(world, available)],
        "livemode": False,
        "pending": [_amount(world, pending)],
    }


def _amount(world: World, amount: int) -> dict:
    currency = world.settings.settlement_currency
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}
