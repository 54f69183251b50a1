"""From claimed events to changes to handlers: batches across lanes, in halves where they fail."""

import logging
from datetime import UTC
from functools import partial

from odoo import SUPERUSER_ID, api, models

from ..canonical import Batch, Change, NeedsHuman, OutOfScope, Superseded, Transient
from ..canonical.serialise import dump_change, load_change
from ..providers import Ignored
from .billing_drain import is_conflict

_logger = logging.getLogger(__name__)

#: The order in which the types of one batch are handled: what is referred to comes first.
TYPE_ORDER = (
    "tax_id",
    "customer",
    "product",
    "price",
    "tax_rate",
    "coupon",
    "subscription",
    "subscription_schedule",
    "card_expiry",
    "invoice_item",
    "credit_grant",
    "credit_balance_transaction",
    "invoice",
    "charge",
    "payment",
    "credit_note",
    "refund",
    "dispute",
    "balance_transaction",
    "payout",
    "payout_contents",
)
#: How work is done in the drain: no chatter on thousands of records, the audit trail is ours.
WORK_CONTEXT = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_notrack": True,
    "mail_create_nosubscribe": True,
    "no_reset_password": True,
    "tz": "UTC",
}


class BodyReader:
    """Reads the bodies of one batch, and the rest of the lists that were cut in them.

    Once the provider cannot answer, it is not asked again: waiting for an answer holds the batch,
    and a batch may want hundreds.
    """

    def __init__(self, connection):
        self._connection = connection
        self.adapter = connection._get_adapter()
        self._reader = None
        self._outage = None

    def read_body(self, body, canonical_type):
        """(record, previous, version) of an event, its lists complete where there is a key.

        :raises Transient: where the provider cannot answer, or could not before
        """
        envelope = self.adapter.parse(body)
        if self.adapter.is_cut(envelope, canonical_type) and self._connection._has_read_key():
            self._complete(envelope, canonical_type)
        return self.adapter.normalise(envelope, canonical_type)

    def _complete(self, envelope, canonical_type):
        if self._outage:
            raise self._outage
        self._reader = self._reader or self._connection._get_reader()
        try:
            self.adapter.complete(self._reader, envelope, canonical_type)
        except Transient as outage:
            self._outage = outage
            raise


class SaasBillingDrain(models.AbstractModel):
    _inherit = "saas.billing.drain"

    @api.model
    def _process_events(self, connection, events):
        """Coalesce, normalise, handle and finish claimed events of one connection."""
        worker = self._get_worker(connection)
        connection, events = connection.with_env(worker.env), events.with_env(worker.env)
        worker._finish(connection, worker._get_outcomes(connection, events))

    @api.model
    def _process_singly(self, connection, event):
        """Process one event; if its outcome cannot be recorded, park it with that as its cause."""
        try:
            with self.env.cr.savepoint():
                self._process_events(connection, event)
        except Exception as error:
            worker = self._get_worker(connection)
            event = event.with_env(worker.env)
            worker._finish(connection.with_env(worker.env), [(event, self._get_outcome(error))])

    @api.model
    def _get_worker(self, connection):
        """The drain in the environment that work for `connection` is done in."""
        return self.with_user(SUPERUSER_ID).with_context(
            **WORK_CONTEXT, allowed_company_ids=connection.company_id.ids
        )

    @api.model
    def _get_outcomes(self, connection, events):
        """Do the work of events; (event, outcome) of each, recorded nowhere yet."""
        older = self._coalesce(connection, events)
        outcomes = self._handle(connection, events.browse(older))
        return outcomes + [
            (event, self._get_shared(outcome))
            for newest, outcome in outcomes
            for event in older[newest.id]
        ]

    # ── coalescing ───────────────────────────────────────────────────────────────────────────

    @api.model
    def _coalesce(self, connection, events):
        """Of several snapshots of one object only the newest need be read, where it tells all.

        Decided on columns: the bodies of the others stay in the database.

        :returns: dict of event id → older events that it stands for
        """
        adapter, handlers = connection._get_adapter(), self._get_handlers()
        objects = {}
        for event in events:
            route = adapter.route_for(event.event_type, event.api_version)
            canonical_type = getattr(route, "canonical_type", None)
            handler = handlers.get(canonical_type)
            tells_all = handler and self.env[handler]._newest_tells_all
            coalesces = tells_all and not event.conflict_of_id
            key = (canonical_type, event.object_id) if coalesces else event.id
            objects.setdefault(key, []).append(event)
        older = {}
        for snapshots in objects.values():
            if len(snapshots) > 1:
                snapshots.sort(key=partial(self._get_version, adapter))
            older[snapshots[-1].id] = snapshots[:-1]
        return older

    @api.model
    def _get_version(self, adapter, event):
        return adapter.version_of(event.event_type, event.occurred_at, event.external_id)

    @api.model
    def _get_shared(self, outcome):
        """The outcome of older snapshots, which ends as the newest did unless that was applied."""
        return outcome or Superseded("A newer snapshot of this object was applied instead.")

    # ── normalising and handling ─────────────────────────────────────────────────────────────

    @api.model
    def _handle(self, connection, events):
        """Have events normalised and handled by type; list of (event, outcome)."""
        by_type, outcomes = self._normalise(connection, events)
        handlers = self._get_handlers()
        for canonical_type in sorted(by_type, key=TYPE_ORDER.index):
            batch = Batch(connection, by_type[canonical_type])
            if handler := handlers.get(canonical_type):
                self._run_batch(self.env[handler], batch)
            else:
                batch.reject(batch, OutOfScope(f"No installed addon handles a {canonical_type}."))
            for change in batch.changes:
                # Flushed with the outcome: one statement for the batch.
                change.event.canonical = dump_change(
                    canonical_type, change.record, change.previous, change.version
                )
                outcomes.append((change.event, change.outcome))
        return outcomes

    @api.model
    def _normalise(self, connection, events):
        """Split events into changes by canonical type, and outcomes of those that end here."""
        by_type, outcomes, reader = {}, [], BodyReader(connection)
        for event in events:
            if event.conflict_of_id:
                outcomes.append((event, self._get_conflict(event)))
                continue
            route = reader.adapter.route_for(event.event_type, event.api_version)
            if isinstance(route, Ignored):
                outcomes.append((event, OutOfScope(route.reason)))
                continue
            try:
                change = self._prepare_change(reader, event, route.canonical_type)
            except Exception as error:
                outcomes.append((event, self._get_outcome(error)))
            else:
                by_type.setdefault(route.canonical_type, []).append(change)
        return by_type, outcomes

    @api.model
    def _get_conflict(self, event):
        """Which of two events under one id is right, nobody but a person can say."""
        original = event.conflict_of_id.external_id
        return NeedsHuman(
            "id_conflict",
            self.env._(
                "Event %s arrived again with other content. Both are kept, only the first was"
                " processed. Compare them, and ask the provider which is right.",
                original,
            ),
            key=original,
        )

    @api.model
    def _prepare_change(self, reader, event, canonical_type):
        if event.body_removed_at:
            record, previous, version = self._read_kept(event, canonical_type)
        else:
            record, previous, version = reader.read_body(event.body, canonical_type)
        return Change(
            event=event,
            external_id=event.external_id,
            type=f"{canonical_type}.{reader.adapter.happened(event.event_type)}",
            occurred_at=event.occurred_at.replace(tzinfo=UTC),
            record=record,
            previous=previous,
            version=version,
        )

    @api.model
    def _read_kept(self, event, canonical_type):
        """What was read before the retention policy removed the body."""
        kept = load_change(event.canonical) if event.canonical else (None,)
        if kept[0] != canonical_type:
            raise NeedsHuman(
                "body_removed",
                self.env._(
                    "The bodies of these events were removed by the retention policy before a"
                    " %s was read from them. Import the objects from the provider instead.",
                    canonical_type,
                ),
                key=canonical_type,
            )
        return kept[1:]

    @api.model
    def _run_batch(self, handler, batch):
        """Handle a batch in a savepoint; if that fails, its halves, down to single changes.

        So a bad change among hundreds costs a few repetitions and stops nobody else.
        """
        rejected = {change: change.outcome for change in batch.changes}
        try:
            with self.env.cr.savepoint():
                handler._process(batch)
            return
        except Exception as error:
            if is_conflict(error):
                raise
            for change in batch.changes:
                change.outcome = rejected[change]
            if len(batch) > 1:
                _logger.info("A batch of %s failed (%s); in halves", handler._name, error)
                changes = list(batch)
                middle = len(changes) // 2
                for half in (changes[:middle], changes[middle:]):
                    self._run_batch(handler, Batch(batch.connection, half))
                return
            batch.reject(list(batch), self._get_outcome(error))
