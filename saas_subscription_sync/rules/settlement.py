"""What a movement of the provider's balance is booked against, as tables.

Keys are canonical categories and kinds of fees. What no table names waits for a person, who says
in a settlement mapping which account it belongs to.
"""

from dataclasses import dataclass
from decimal import Decimal

#: The balance that is paid out; the others are kept apart by the provider and told for evidence.
PAYMENTS = "payments"
#: Booked by whoever books the payment, refund or dispute, against the clearing account first.
CLEARING = frozenset(
    {
        "charge",
        "charge_failure",
        "dispute",
        "dispute_reversal",
        "partial_capture_reversal",
        "refund",
        "refund_failure",
    }
)
#: On the way to the bank, back from it, or from it.
TRANSFER = frozenset({"payout", "payout_reversal", "topup", "topup_reversal"})
#: What the provider held on the cut-over date: a movement of our own.
OPENING = "opening"
#: Movements that are nothing but a fee: category -> kind of fee.
PURE_FEES = {"fee": "stripe_fee", "network_cost": "network_cost", "tax": "tax"}
#: Of these the payment intent is an identity too.
OF_CHARGES = frozenset({"charge", "charge_failure", "partial_capture_reversal"})

#: Mapping key -> purpose of the account that is made for it; others wait for a person.
DEFAULTS = {
    "fee:application_fee": "fees",
    "fee:network_cost": "fees",
    "fee:payment_method_passthrough_fee": "fees",
    "fee:stripe_fee": "fees",
    "fee:tax": "fee_tax",
    "fee:withheld_tax": "withheld_tax",
    "category:payout_minimum_balance_hold": "reserve",
    "category:payout_minimum_balance_release": "reserve",
    "category:risk_reserved_funds": "reserve",
}
#: Purpose -> (account type, first code to try)
PURPOSES = {
    "fees": ("expense", "620100"),
    "fee_tax": ("expense", "620200"),
    "withheld_tax": ("asset_current", "101480"),
    "reserve": ("asset_current", "101470"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One journal item beside the balance itself; positive where the balance grows by it.

    :ivar target: clearing, transfer, opening, or the key of a mapping
    :ivar fee: kind of the fee, or None
    """

    target: str
    amount: Decimal
    fee: str | None = None
    description: str | None = None


def parts(record):
    """What a `BalanceTransaction` is booked against; adds up to its `net`."""
    found = [] if record.category in PURE_FEES else [Part(_target(record.category), record.amount)]
    if record.category in PURE_FEES:
        kind = PURE_FEES[record.category]
        found.append(Part(f"fee:{kind}", record.amount, kind, record.description))
    found += [
        Part(f"fee:{fee.kind}", -fee.amount, fee.kind, fee.description) for fee in record.fees
    ]
    return [part for part in found if part.amount]


def _target(category):
    if category in CLEARING:
        return "clearing"
    if category == OPENING:
        return OPENING
    return "transfer" if category in TRANSFER else f"category:{category}"


def presented(record, decimals):
    """What the customer sees of a movement, signed like `amount`; None without another currency.

    The source's own amount where the rate confirms it; else the amount divided by the rate: a
    movement may concern a part of its source.

    :param decimals: of the source's currency
    """
    if not record.exchange_rate or record.source_currency in (None, record.currency):
        return None
    by_rate = record.amount / record.exchange_rate
    told = record.source_amount.copy_sign(record.amount)
    # The rate is given with few digits, and the amount it gave was rounded.
    slack = Decimal(1).scaleb(-decimals) * 2 + abs(by_rate) * Decimal("0.001")
    if abs(told - by_rate) <= slack:
        return told
    return by_rate.quantize(Decimal(1).scaleb(-decimals))


def groups(rows):
    """Sets of what belongs together: (key, member) rows that share a key or a member.

    :returns: list of lists of members, each in order of their first row
    """
    leader = {}

    def find(each):
        while leader[each] != each:
            leader[each] = leader[leader[each]]
            each = leader[each]
        return each

    members = {}
    for key, member in rows:
        for each in (("key", key), ("member", member)):
            leader.setdefault(each, each)
        leader[find(("member", member))] = find(("key", key))
        members[member] = None
    found = {}
    for member in members:
        found.setdefault(find(("member", member)), []).append(member)
    return list(found.values())
