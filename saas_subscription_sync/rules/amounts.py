"""Exact arithmetic on money: fitting a currency, splitting a total, finding a unit price."""

from decimal import ROUND_HALF_UP, Decimal

#: Decimals of a unit price; Stripe's `unit_amount_decimal` has as many.
PRICE_DECIMALS = 12
#: Decimals that Odoo keeps of a quantity by default ("Product Unit").
QUANTITY_DECIMALS = 2


def step(decimals):
    """The smallest amount of that many decimals: 0.01 for 2."""
    return Decimal(1).scaleb(-decimals)


def fits(amount, decimals):
    """Whether `amount` can be held exactly with that many decimals."""
    return amount == amount.quantize(step(decimals), rounding=ROUND_HALF_UP)


def rounded(amount, decimals):
    """`amount` rounded half away from zero."""
    return amount.quantize(step(decimals), rounding=ROUND_HALF_UP)


def unit_price(amount, quantity):
    """(quantity, unit price) whose product is exactly `amount`.

    The biller's quantity is kept where it can be; otherwise one unit at the whole amount, because
    the amount is what was billed and the quantity only explains it.
    """
    if quantity and fits(quantity, QUANTITY_DECIMALS):
        price = rounded(amount / quantity, PRICE_DECIMALS)
        if price * quantity == amount:
            return quantity, price
    return Decimal(1), amount


def allocate(total, weights, decimals):
    """Split `total` in proportion to `weights`, exact to the last unit.

    Cumulated shares are rounded, so that no share is off by more than one unit and the shares add
    up to `total`. Weights that add up to nothing leave everything with the last one.
    """
    whole = sum(weights, Decimal(0))
    shares, passed, given = [], Decimal(0), Decimal(0)
    for index, weight in enumerate(weights):
        passed += weight
        last = index == len(weights) - 1
        upto = total if last else rounded(total * passed / whole, decimals) if whole else given
        shares.append(upto - given)
        given = upto
    return shares
