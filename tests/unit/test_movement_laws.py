"""Movements of an item add up to its worth, whatever arrives, in whatever order, however often."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from saas_subscription_sync.rules.amounts import rounded
from saas_subscription_sync.rules.chain import CHURN, Node, settle

LAWS = settings(max_examples=300, deadline=None)
AMOUNTS = st.integers(0, 50000).map(lambda cents: Decimal(cents) / 100)
RATES = st.sampled_from([Decimal("0.9"), Decimal("1"), Decimal("1.0837"), Decimal("151.25")])


@st.composite
def lives(draw):
    """The nodes of an item's life: each event begins where the one before it ended."""
    nodes, stood = [], Decimal(0)
    for position in range(draw(st.integers(1, 8))):
        after, glimpse = draw(AMOUNTS), draw(st.booleans())
        version, rate = f"{position:03d}", draw(RATES)
        if glimpse:
            nodes.append(Node(version, rate, None, stood))
        else:
            nodes.append(Node(version, rate, stood, after))
            stood = after
    if draw(st.booleans()):
        nodes.append(Node("999", draw(RATES), None, Decimal(0), CHURN))
    return nodes


@st.composite
def deliveries(draw, complete):
    """(life, batches of it): in any order, with repetitions, and with gaps unless complete."""
    life = draw(lives())
    order = draw(st.permutations(life))
    if not complete:
        order = order[: draw(st.integers(1, len(order)))]
    order = [*order, *draw(st.lists(st.sampled_from(order), max_size=4))]
    batches = []
    while order:
        size = draw(st.integers(1, len(order)))
        batches.append(order[:size])
        order = order[size:]
    return life, batches


@dataclass
class Books:
    """Rows as the database would keep them, only ever added to."""

    known: dict
    entries: list

    def take(self, batch):
        """Told nodes are rows; a glimpse is kept by its entries, or while it is the newest."""
        self.known |= {node.version: node for node in batch}
        found = settle(self.known.values(), self.booked(), 2)
        self.entries += found.entries
        kept = {each.version for each in self.entries} | {max(self.known)}
        self.known = {
            version: node
            for version, node in self.known.items()
            if node.before is not None or version in kept
        }
        return found

    def booked(self):
        sums = defaultdict(lambda: (Decimal(0), Decimal(0)))
        for each in self.entries:
            amount, company = sums[each.version, each.kind]
            sums[each.version, each.kind] = amount + each.delta, company + each.delta_company
        return dict(sums)

    def totals(self):
        """Sums by day and kind that are not zero, and their total with what events told."""
        sums = {key: value for key, value in self.booked().items() if any(value)}
        told = [node for node in self.known.values() if node.before is not None]
        total = sum(value[0] for value in sums.values())
        company = sum(value[1] for value in sums.values())
        for node in told:
            total += node.after - node.before
            company += rounded(node.after * node.rate, 2) - rounded(node.before * node.rate, 2)
        return sums, total, company


@given(deliveries(complete=False))
@LAWS
def test_movements_add_up_after_every_batch(delivery):
    _life, batches = delivery
    books = Books({}, [])
    for batch in batches:
        found = books.take(batch)
        newest = books.known[max(books.known)]
        _sums, total, company = books.totals()
        assert total == found.mrr == newest.after
        assert company == found.mrr_company


@given(deliveries(complete=True))
@LAWS
def test_order_repetition_and_batches_do_not_matter(delivery):
    life, batches = delivery
    books, straight = Books({}, []), Books({}, [])
    for batch in batches:
        books.take(batch)
    straight.take(life)
    assert books.totals() == straight.totals()


@given(deliveries(complete=True))
@LAWS
def test_nothing_is_added_twice(delivery):
    life, batches = delivery
    books = Books({}, [])
    for batch in batches:
        books.take(batch)
    assert not books.take(life).entries


@given(lives())
@LAWS
def test_a_life_that_is_told_whole_needs_no_opening(life):
    books = Books({}, [])
    books.take(life)
    kinds = {each.kind for each in books.entries}
    assert kinds <= {"exchange", "churn"}
    if len({node.rate for node in life}) == 1:
        assert "exchange" not in kinds


def test_what_ended_is_worth_nothing_in_company_currency_either():
    books = Books({}, [])
    found = books.take(
        [
            Node("1", Decimal("1.1"), Decimal(0), Decimal(100)),
            Node("2", Decimal("1.3"), None, Decimal(0), CHURN),
        ]
    )
    assert [(each.kind, each.delta, each.delta_company) for each in found.entries] == [
        ("churn", Decimal(-100), Decimal(-130)),
        ("exchange", Decimal(0), Decimal(20)),
    ]
    assert (found.mrr, found.mrr_company) == (0, 0)
