"""Movements of subscriptions: what each event tells, and what follows from their order.

The rules are `rules.movements` (one event) and `rules.chain` (all that is known of an item). A row
that an event tells is a node of its item's chain; so is a glimpse that had something to add.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal

from odoo import models

from ..rules.amounts import rounded
from ..rules.chain import CHURN, EXCHANGE, OPENING, Node, settle
from ..rules.movements import is_silent, movements, worth
from .subscription import naive

ENDED = ("cancelled", "expired")


def _decimal(value):
    return Decimal(str(value))


@dataclass(slots=True)
class Chain:
    """What is known of one item, while a batch is handled."""

    item: object
    nodes: dict
    booked: dict
    moments: dict
    told: set
    revisions: Counter

    def add(self, node, moment):
        """Take a node; what an event tells wins over a glimpse of the same version."""
        known = self.nodes.get(node.version)
        if known is None or known.before is None:
            self.nodes[node.version] = node
            self.moments[node.version] = moment


class SaasBillingHandlerSubscription(models.AbstractModel):
    _inherit = "saas.billing.handler.subscription"

    def _keep_movements(self, batch, changes, subscriptions, items, resolved):
        """Add the movements that the changes tell, and those that make them all add up."""
        rates = self._get_rates(batch)
        chains = self._get_chains(items)
        by_subscription = defaultdict(dict)
        for chain in chains:
            by_subscription[chain.item.subscription_id][chain.item.external_id] = chain
        causes = {subscriptions[change.record.external_id].id: change for change in changes}
        rows = []
        for change in changes:
            own = by_subscription[subscriptions[change.record.external_id]]
            rows += self._tell(change, own, resolved, rates)
            self._glimpse(change, own, resolved, rates)
        decimals = batch.connection.company_id.currency_id.decimal_places
        for chain in chains:
            self._look_at_newest(chain, rates)
            settled = settle(chain.nodes.values(), chain.booked, decimals)
            cause = causes[chain.item.subscription_id.id]
            rows += [(cause, self._prepare_derived(chain, entry)) for entry in settled.entries]
            self._set(chain.item, mrr_company=float(settled.mrr_company))
        self._add_movements(batch, rows)
        self._add_up(subscriptions, items)

    def _get_rates(self, batch):
        """Company currency per unit of a currency, by (currency, day), each looked up once."""
        company, found = batch.connection.company_id, {}
        zone = batch.connection._get_zone()

        def rate(currency, moment):
            day = moment.astimezone(zone).date()
            if (currency, day) not in found:
                found[currency, day] = _decimal(
                    currency._get_conversion_rate(currency, company.currency_id, company, day)
                )
            return found[currency, day]

        return rate

    def _get_chains(self, items):
        """A chain for each item, of the rows that are there, in one query."""
        chains = {item.id: Chain(item, {}, {}, {}, set(), Counter()) for item in items.values()}
        rows = self.env["saas.subscription.change"].search(
            [("item_id", "in", list(chains))], order="id"
        )
        for row in rows:
            self._read_row(chains[row.item_id.id], row)
        return list(chains.values())

    def _read_row(self, chain, row):
        moment = row.occurred_at.replace(tzinfo=UTC)
        before, after = _decimal(row.mrr_before), _decimal(row.mrr_after)
        rate = _decimal(row.company_rate)
        if not row.derived:
            chain.told.add((row.event_id.id, row.kind))
            chain.add(Node(row.version, rate, before, after), moment)
            return
        key = row.version, row.kind
        chain.revisions[key] += 1
        amount, company = chain.booked.get(key, (Decimal(0), Decimal(0)))
        chain.booked[key] = (
            amount + _decimal(row.mrr_delta),
            company + _decimal(row.mrr_delta_company),
        )
        if row.kind != EXCHANGE:
            chain.add(Node(row.version, rate, None, after, row.kind), moment)

    # ── what the changes say ─────────────────────────────────────────────────────────────────

    def _tell(self, change, chains, resolved, rates):
        """Take the movements of one event into their chains; (change, values) of new ones.

        :param chains: those of the subscription, by the items' external ids
        """
        decimals, rows = self._get_decimals(resolved), []
        for movement in movements(change.previous, change.record, change.type, decimals):
            chain = chains[movement.item_id]
            rate = rates(chain.item.currency_id, change.occurred_at)
            node = Node(change.version, rate, movement.before, movement.after)
            chain.add(node, change.occurred_at)
            if (change.event.id, movement.kind) not in chain.told:
                chain.told.add((change.event.id, movement.kind))
                rows.append((change, self._prepare_told(change, chain, movement, rate)))
        return rows

    def _glimpse(self, change, chains, resolved, rates):
        """Take what a snapshot shows that does not tell what was before."""
        if not is_silent(change.type, change.previous):
            return
        record, decimals = change.record, self._get_decimals(resolved)
        held = {item.external_id: item for item in record.items}
        ended = record.status in ENDED
        moment = (ended and record.ended_at) or change.occurred_at
        for external_id, chain in chains.items():
            after = worth(record, held.get(external_id), decimals)
            rate = rates(chain.item.currency_id, moment)
            kind = CHURN if ended else OPENING
            chain.add(Node(change.version, rate, None, after, kind), moment)

    def _look_at_newest(self, chain, rates):
        """Take what the item is worth now, whatever was told of how it came to that."""
        item, subscription = chain.item, chain.item.subscription_id
        ended = subscription.state in ENDED
        moment = (ended and subscription.ended_at) or subscription.snapshot_at
        moment = moment.replace(tzinfo=UTC)
        kind = CHURN if ended else OPENING
        rate = rates(item.currency_id, moment)
        chain.add(Node(subscription.version, rate, None, _decimal(item.mrr), kind), moment)

    # ── rows ─────────────────────────────────────────────────────────────────────────────────

    def _prepare_told(self, change, chain, movement, rate):
        return {
            **self._prepare_row(chain, change.version, change.occurred_at, rate),
            **self._prepare_amounts(chain.item, movement.before, movement.after, rate),
            "kind": movement.kind,
            "quantity_before": float(movement.quantity_before),
            "quantity_after": float(movement.quantity_after),
            "price_before": movement.price_before,
            "price_after": movement.price_after,
        }

    def _prepare_amounts(self, item, before, after, rate):
        decimals = item.company_id.currency_id.decimal_places
        was, now = rounded(before * rate, decimals), rounded(after * rate, decimals)
        return {
            "mrr_before": float(before),
            "mrr_after": float(after),
            "mrr_delta": float(after - before),
            "mrr_before_company": float(was),
            "mrr_after_company": float(now),
            "mrr_delta_company": float(now - was),
        }

    def _prepare_derived(self, chain, entry):
        moment = chain.moments[entry.version]
        amounts = self._prepare_amounts(
            chain.item, entry.after - entry.delta, entry.after, entry.rate
        )
        now = _decimal(amounts["mrr_after_company"])
        return {
            **self._prepare_row(chain, entry.version, moment, entry.rate),
            **amounts,
            "mrr_before_company": float(now - entry.delta_company),
            "mrr_delta_company": float(entry.delta_company),
            "kind": entry.kind,
            "derived": True,
            "revision": chain.revisions[entry.version, entry.kind],
        }

    def _prepare_row(self, chain, version, moment, rate):
        item = chain.item
        zone = item.subscription_id.connection_id._get_zone()
        return {
            "subscription_id": item.subscription_id.id,
            "item_id": item.id,
            "version": version,
            "occurred_at": naive(moment),
            "date": moment.astimezone(zone).date(),
            "currency_id": item.currency_id.id,
            "company_rate": float(rate),
        }

    def _add_movements(self, batch, rows):
        """Create rows and trace them to the changes that caused them."""
        created = self.env["saas.subscription.change"].create(
            [{**values, "event_id": change.event.id} for change, values in rows]
        )
        pairs = zip(rows, created, strict=True)
        self._trace([(change, record, "created") for (change, _values), record in pairs])

    def _add_up(self, subscriptions, items):
        """A subscription is worth what its items are worth."""
        totals = defaultdict(lambda: (Decimal(0), Decimal(0)))
        for item in items.values():
            mrr, company = totals[item.subscription_id]
            totals[item.subscription_id] = (
                mrr + _decimal(item.mrr),
                company + _decimal(item.mrr_company),
            )
        for subscription in subscriptions.values():
            mrr, company = totals[subscription]
            self._set(subscription, mrr=float(mrr), mrr_company=float(company))

    def _set(self, record, **values):
        """Write what differs: what is as it was costs nothing."""
        values = {name: value for name, value in values.items() if record[name] != value}
        if values:
            record.write(values)
