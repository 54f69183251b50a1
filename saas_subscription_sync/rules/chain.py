"""What events do not tell of an item, so that its movements always add up to its worth.

The snapshots of an item form a chain, ordered by version. A *told* node says what it was worth
before and after; a *glimpse* (an import, a deletion, the newest snapshot) only what it was worth
then. Where a node does not begin with what the one before it ended with, something in between is
missing: the difference is booked on the node, as an opening, or as churn where the subscription had
ended. Where the exchange rate of two nodes differs, what stood is valued anew on the later one.

All of this is a function of the set of nodes. What is booked is that target less what was booked
before: nodes may come in any order and as often as they like, and rows are only ever added.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from .amounts import rounded

OPENING, EXCHANGE, CHURN = "opening", "exchange", "churn"
NOTHING = Decimal(0), Decimal(0)


@dataclass(frozen=True, slots=True)
class Node:
    """What one snapshot says of an item.

    :ivar version: sorts the snapshots of one subscription from old to new
    :ivar rate: company currency per unit of the item's, on the day of the snapshot
    :ivar before: MRR before; None for a glimpse, which does not tell
    :ivar after: MRR from then on
    :ivar gap_kind: what a difference from the node before counts as
    """

    version: str
    rate: Decimal
    before: Decimal | None
    after: Decimal
    gap_kind: str = OPENING

    @property
    def begins(self):
        """What it should find: a glimpse shows how it has been for a while."""
        return self.after if self.before is None else self.before


@dataclass(frozen=True, slots=True)
class Entry:
    """What is booked on a node besides what its event tells."""

    version: str
    kind: str
    delta: Decimal
    delta_company: Decimal
    after: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Settled:
    """What has to be booked, and what all movements of the item then add up to."""

    entries: tuple[Entry, ...]
    mrr: Decimal
    mrr_company: Decimal


def settle(nodes, booked, decimals):
    """Book what is missing between `nodes`.

    :param nodes: nodes of one item, told ones winning over glimpses of the same version
    :param booked: (version, kind) -> (delta, company delta) booked so far
    :param decimals: decimals of the company currency
    """
    targets, shown = defaultdict(lambda: NOTHING), {}
    stood, rate = Decimal(0), Decimal(0)
    for node in _ordered(nodes):
        begins = node.begins
        shown[node.version] = begins, node.rate
        if node.before is None and begins == stood:
            continue
        there, here = rounded(stood * rate, decimals), rounded(stood * node.rate, decimals)
        gap = rounded(begins * node.rate, decimals) - here
        targets[node.version, EXCHANGE] = Decimal(0), here - there
        targets[node.version, node.gap_kind] = begins - stood, gap
        stood, rate = node.after, node.rate
    entries = []
    for key in sorted(targets.keys() | booked.keys()):
        missing = [to - so for to, so in zip(targets[key], booked.get(key, NOTHING), strict=True)]
        if any(missing):
            entries.append(Entry(*key, *missing, *shown[key[0]]))
    return Settled(tuple(entries), stood, rounded(stood * rate, decimals))


def _ordered(nodes):
    """Nodes from old to new, one per version."""
    by_version = {}
    for node in nodes:
        known = by_version.get(node.version)
        if known is None or known.before is None:
            by_version[node.version] = node
    return [by_version[version] for version in sorted(by_version)]
