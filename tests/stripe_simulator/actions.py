"""What banks, customers and Stripe itself do, which no request of the account brings about."""

from collections.abc import Callable
from dataclasses import fields, replace
from fractions import Fraction

from . import disputes, ledger, pausing, settlement
from .errors import StripeError
from .resources import refund
from .settings import Settings
from .world import World

NAMES = frozenset(field.name for field in fields(Settings))
FROM_JSON: dict[str, Callable] = {
    "dunning_offsets": tuple,
    "fee_percent": Fraction,
    "fee_tax_percent": Fraction,
    "own_settlement": tuple,
}
"""Settings that JSON cannot say; exact numbers are given as text."""


def change_settings(world: World, **changes: object) -> dict:
    """Change what the account decides for itself, such as `payout_interval`."""
    unknown = set(changes) - NAMES
    if unknown:
        raise StripeError(f"Unknown setting: {min(unknown)}.", param=min(unknown))
    typed = {name: FROM_JSON.get(name, _same)(value) for name, value in changes.items()}
    world.settings = replace(world.settings, **typed)
    return changes


def _same(value: object) -> object:
    return value


def change_exchange_rate(world: World, currency: str, rate: str) -> dict:
    """From now on one unit of `currency` is worth `rate` units of the settlement currency."""
    rates = {**world.settings.exchange_rates, currency: rate}
    world.settings = replace(world.settings, exchange_rates=rates)
    return {"currency": currency, "rate": rate}


ACTIONS: dict[str, Callable[..., dict]] = {
    "change_exchange_rate": change_exchange_rate,
    "change_settings": change_settings,
    "charge_fee": ledger.charge_fee,
    "decide_dispute": disputes.decide,
    "fail_next_payout": settlement.fail_next,
    "fail_payout": settlement.fail,
    "fail_refund": refund.fail,
    "hold_reserve": ledger.hold_reserve,
    "open_dispute": disputes.open_on,
    "pause_subscription": pausing.pause,
    "release_reserve": ledger.release_reserve,
}


def act(world: World, name: str, options: dict) -> dict:
    """Carry one action out; returns the object it is about."""
    action = ACTIONS.get(name)
    if action is None:
        raise StripeError(f"Unknown action; known are {', '.join(ACTIONS)}.", param="action")
    return action(world, **options)
