"""The Stripe balance: every movement of money on it, with its fees."""

from fractions import Fraction

from . import fees, settlement
from .clock import midnight
from .errors import StripeError
from .money import convert
from .resources import balance_transaction as transactions
from .world import World


def exchange_rate(world: World, currency: str) -> Fraction:
    """Settlement currency majors for one major unit of `currency`."""
    rates = world.settings.exchange_rates
    if currency not in rates:
        raise StripeError(f"Invalid currency: {currency}.", param="currency")
    return Fraction(rates[currency])


def settled(world: World, amount: int, currency: str) -> int:
    """`amount` in minor units of the currency it settles in."""
    target = world.settings.settles_in(currency)
    rate = Fraction(1) if target == currency else exchange_rate(world, currency)
    return convert(amount, currency, target, rate)


def record_charge(world: World, charge: dict, kind: str = "charge", wait: int = 0) -> dict:
    """The balance transaction of a charge: positive, less the fee; later by `wait` seconds."""
    amount = settled(world, charge["amount"], charge["currency"])
    currency = world.settings.settles_in(charge["currency"])
    fee_details = fees.of_charge(world.settings, amount, currency)
    return record(world, charge, kind, amount, fee_details, wait=wait)


def record_refund(world: World, refund: dict, kind: str = "refund") -> dict:
    """The balance transaction of a refund: negative; the fee of the charge is not returned."""
    return record(world, refund, kind, -settled(world, refund["amount"], refund["currency"]), [])


def record(
    world: World,
    source: dict,
    kind: str,
    amount: int,
    fee_details: list[dict],
    *,
    category: str | None = None,
    description: str | None = None,
    wait: int = 0,
) -> dict:
    """A movement that `source` causes, available after the settlement delay."""
    currency = world.settings.settles_in(source["currency"])
    rate = None
    if source["currency"] != currency:
        rate = float(exchange_rate(world, source["currency"]))
    return _add(
        world,
        kind=kind,
        amount=amount,
        currency=currency,
        fees=fee_details,
        source=source["id"],
        description=description or source.get("description"),
        available_on=midnight(world.now) + world.settings.settlement_delay + wait,
        exchange_rate=rate,
        category=category,
    )


def record_at_once(
    world: World,
    kind: str,
    amount: int,
    currency: str,
    description: str | None,
    source: str | None = None,
) -> dict:
    """A movement without fee that counts immediately: Stripe's own fees, returned payouts."""
    return _add(
        world,
        kind=kind,
        amount=amount,
        currency=currency,
        fees=[],
        source=source,
        description=description,
        available_on=world.now,
        exchange_rate=None,
    )


def _add(world: World, **fields: object) -> dict:
    transaction = world.create(transactions.build(world, **fields))
    settlement.await_payout(world, transaction)
    return transaction


def charge_fee(
    world: World, amount: int, description: str = "Billing - Usage Fee", currency: str | None = None
) -> dict:
    """A fee that belongs to no charge, followed by the tax on it."""
    currency = currency or world.settings.settlement_currency
    transaction = record_at_once(world, "stripe_fee", -amount, currency, description)
    for entry in fees.taxed(world.settings, amount, currency, description)[1:]:
        record_at_once(world, "tax_fee", -entry["amount"], currency, entry["description"])
    return transaction


def hold_reserve(world: World, amount: int, currency: str | None = None) -> dict:
    """Stripe keeps part of the balance back because of risk."""
    return _move_reserve(world, "reserve_hold", amount, currency)


def release_reserve(world: World, amount: int, currency: str | None = None) -> dict:
    """Money kept back returns to the balance."""
    return _move_reserve(world, "reserve_release", -amount, currency)


def _move_reserve(world: World, kind: str, amount: int, currency: str | None) -> dict:
    """Two entries, from one balance to the other; `amount` is what the reserve grows by."""
    currency = currency or world.settings.settlement_currency
    mirror = transactions.build(
        world,
        kind=kind,
        amount=amount,
        currency=currency,
        fees=[],
        source=None,
        description=None,
        available_on=world.now,
        exchange_rate=None,
        balance_type=transactions.RESERVED,
    )
    world.create(mirror)
    return record_at_once(world, kind, -amount, currency, None)


def balance_of(world: World) -> dict:
    """The Balance object: what is available and what is still pending, by currency."""
    settings = world.settings
    currencies = (settings.settlement_currency, *settings.own_settlement)
    available, pending = dict.fromkeys(currencies, 0), dict.fromkeys(currencies, 0)
    for identifier in world.unsettled:
        transaction = world.get("balance_transaction", identifier)
        side = available if transaction["available_on"] <= world.now else pending
        side[transaction["currency"]] += transaction["net"]
    return {
        "object": "balance",
        "available": [_amount(*each) for each in available.items()],
        "livemode": False,
        "pending": [_amount(*each) for each in pending.items()],
    }


def _amount(currency: str, amount: int) -> dict:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}
