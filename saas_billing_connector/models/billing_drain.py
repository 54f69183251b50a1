"""The drain: claims events, has them normalised and handled in batches, and records the outcome.

One transaction per claimed batch. Two scheduled actions, one per track, run side by side: posting
invoices is serialised by Odoo's numbering anyway, so what would gain from more workers is only what
must not wait behind it (see routing.py).
"""

import hashlib
import logging
import random
import time
import traceback
from datetime import UTC, timedelta

import psycopg2
from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL
from psycopg2 import errors as pg_errors

from ..canonical import (
    Batch,
    Change,
    MissingDependency,
    NeedsHuman,
    Outcome,
    OutOfScope,
    Superseded,
    Transient,
)
from ..canonical.serialise import dump_change, load_change
from ..providers.stripe import Envelope, Ignored, normalise, route_for

_logger = logging.getLogger(__name__)

#: Events per transaction. An invoice takes about five, and posting in batches is ten times as fast
#: as one by one.
BATCH_SIZE = 300
#: The order in which the types of one batch are handled: what is referred to comes first.
TYPE_ORDER = (
    "customer",
    "tax_id",
    "product",
    "price",
    "tax_rate",
    "coupon",
    "subscription",
    "subscription_schedule",
    "invoice_item",
    "credit_grant",
    "invoice",
    "credit_balance_transaction",
    "payment",
    "charge",
    "credit_note",
    "refund",
    "dispute",
    "balance_transaction",
    "payout",
)
#: Attempts after which an event that waits or retries is given to a person.
ATTEMPT_LIMIT = 12
BACKOFF_FIRST = 5
BACKOFF_LAST = 3600
#: Seconds that a drain that found work looks for more, so that not every webhook need wake it.
LINGER = 1.5
LINGER_STEP = 0.25
#: Seconds that must be left of the scheduled action's slice (Odoo gives ten) for another batch.
TIME_RESERVE = 3
#: Times one batch is tried again within a run after losing against another transaction.
CONFLICT_TRIES = 8

#: Losing against another transaction: roll back and try again, without counting an attempt.
CONFLICTS = (
    pg_errors.SerializationFailure,
    pg_errors.DeadlockDetected,
    pg_errors.LockNotAvailable,
)
#: The constraint that a concurrent transaction, invisible to ours, may have satisfied first.
LINK_CONSTRAINT = "saas_billing_link_external_unique"

#: How work is done in the drain: no chatter on thousands of records, the audit trail is ours.
WORK_CONTEXT = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_notrack": True,
    "mail_create_nosubscribe": True,
    "no_reset_password": True,
    "tz": "UTC",
}


def _is_conflict(error):
    if isinstance(error, pg_errors.UniqueViolation):
        return error.diag.constraint_name == LINK_CONSTRAINT
    return isinstance(error, CONFLICTS)


class _Unexpected(NeedsHuman):
    """Anything that nobody foresaw; the traceback goes to the attempt, never to the user."""

    def __init__(self, error):
        super().__init__(
            "unexpected",
            f"{type(error).__name__}: {error}",
            key=type(error).__name__,
        )
        self.traceback = "".join(traceback.format_exception(error))


class SaasBillingDrain(models.AbstractModel):
    _name = "saas.billing.drain"
    _description = "Billing Drain"

    @api.model
    def _get_handlers(self):
        """Handler model by canonical type; addons add theirs."""
        return {}

    @api.model
    def _get_cron(self, track):
        """The scheduled action that drains a track."""
        return self.env.ref(f"saas_billing_connector.cron_drain_{track}").sudo()

    # ── claim ────────────────────────────────────────────────────────────────────────────────

    @api.model
    def _cron_drain(self, track):
        """Process what is due of one track until nothing is left or the time is up."""
        cron = self.env["ir.cron"]
        found_at = time.monotonic()
        left = cron._commit_progress(remaining=self._count_due(track))
        worked = False
        while left > TIME_RESERVE:
            done = sum(
                self._retrying(self._drain_connection, connection, track)
                for connection in self._get_due_connections(track)
            )
            woken = self._retrying(self._wake_others, track)
            left = cron._commit_progress(done)
            if done or woken:
                found_at, worked = time.monotonic(), True
            elif not worked or time.monotonic() - found_at > LINGER:
                break
            else:
                time.sleep(LINGER_STEP)
        remaining = self._count_due(track)
        if remaining:
            # The slice is over, not the work. Odoo reschedules the action but tells nobody, and its
            # workers look around only once a minute: without this a backlog would crawl.
            self._get_cron(track)._trigger()
        cron._commit_progress(remaining=remaining)

    @api.model
    def _get_due_domain(self, track):
        return [
            ("track", "=", track),
            ("connection_id.active", "=", True),
            ("connection_id.stopped", "=", False),
            "|",
            ("state", "=", "pending"),
            "&",
            ("state", "in", ("retry", "waiting")),
            ("next_attempt_at", "<=", fields.Datetime.now()),
        ]

    @api.model
    def _count_due(self, track):
        return self.env["saas.billing.event"].sudo().search_count(self._get_due_domain(track))

    @api.model
    def _get_due_connections(self, track):
        """Connections with work; each gets one batch per round, so that none starves another."""
        groups = (
            self.env["saas.billing.event"]
            .sudo()
            ._read_group(self._get_due_domain(track), ["connection_id"])
        )
        return [connection for (connection,) in groups]

    @api.model
    def _retrying(self, step, *arguments):
        """Run one step in a transaction of its own, again if it loses against another one.

        :param step: bound method that returns a number
        :returns: what the step returned; 0 when it lost every time
        """
        for attempt in range(CONFLICT_TRIES):
            try:
                result = step(*arguments)
                self.env.cr.commit()  # pylint: disable=invalid-commit
                return result
            except psycopg2.Error as error:
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
                if not _is_conflict(error):
                    raise
                _logger.info("Lost a race (%s); trying again", type(error).__name__)
                time.sleep(random.uniform(0.01, 0.05) * 2**attempt)
        return 0

    @api.model
    def _drain_connection(self, connection, track):
        """Process one batch of one connection; the number of events claimed."""
        events = self._claim(connection, track)
        if events:
            self._process_events(connection, events)
        return len(events)

    @api.model
    def _wake_others(self, track):
        """Make waiting events pending whose object is bound by now; how many there were.

        Runs after the commit of every round, on both tracks: whoever commits last, the one that
        binds or the one that begins to wait, then sees what the other did. Waking within the
        binding transaction would miss events that begin to wait while it runs.
        """
        woken = self.env["saas.billing.event"].sudo()._wake_bound()
        for other in set(woken) - {track}:
            self._get_cron(other)._trigger()
        return len(woken)

    @api.model
    def _claim(self, connection, track):
        """Lock the oldest due events of a connection; rows locked by others are passed over."""
        self.env.cr.execute(
            SQL(
                """SELECT id FROM saas_billing_event
                    WHERE track = %s AND connection_id = %s
                      AND (state = 'pending' OR (state IN ('retry', 'waiting')
                                                 AND next_attempt_at <= now() at time zone 'UTC'))
                    ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED""",
                track,
                connection.id,
                BATCH_SIZE,
            )
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        return self.env["saas.billing.event"].sudo().browse(ids)

    # ── process ──────────────────────────────────────────────────────────────────────────────

    @api.model
    def _process_events(self, connection, events):
        """Normalise, handle and finish claimed events of one connection."""
        company = connection.company_id
        worker = self.with_user(SUPERUSER_ID).with_context(
            **WORK_CONTEXT, allowed_company_ids=company.ids
        )
        connection = connection.with_env(worker.env)
        by_type, outcomes = worker._normalise(connection, events.with_env(worker.env))
        handlers = worker._get_handlers()
        for canonical_type in sorted(by_type, key=TYPE_ORDER.index):
            batch = Batch(connection, by_type[canonical_type])
            if handler := handlers.get(canonical_type):
                worker._run_batch(worker.env[handler], batch)
            else:
                batch.reject(batch, OutOfScope(f"No installed addon handles a {canonical_type}."))
            for change in batch.changes:
                # Flushed with the outcome: one statement for the batch.
                change.event.canonical = dump_change(
                    canonical_type, change.record, change.previous, change.version
                )
                outcomes.append((change.event, change.outcome))
        worker._finish(connection, outcomes)

    @api.model
    def _normalise(self, connection, events):
        """Split events into changes by canonical type, and outcomes of those that end here."""
        by_type, outcomes = {}, []
        for event in events:
            if event.conflict_of_id:
                outcomes.append((event, self._get_conflict(event)))
                continue
            route = route_for(event.event_type, event.api_version)
            if isinstance(route, Ignored):
                outcomes.append((event, OutOfScope(route.reason)))
                continue
            try:
                change = self._prepare_change(connection, event, route.canonical_type)
            except Outcome as outcome:
                outcomes.append((event, outcome))
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
    def _prepare_change(self, connection, event, canonical_type):
        read = self._read_kept if event.body_removed_at else self._read_body
        record, previous, version = read(connection, event, canonical_type)
        return Change(
            event=event,
            external_id=event.external_id,
            type=event.event_type,
            occurred_at=event.occurred_at.replace(tzinfo=UTC),
            record=record,
            previous=previous,
            version=version,
        )

    @api.model
    def _read_body(self, connection, event, canonical_type):
        envelope = Envelope.parse(event.body)
        inner = envelope.obj.get("lines")
        if isinstance(inner, dict) and inner.get("has_more") and connection.read_key_ref:
            connection._get_reader().complete(canonical_type, envelope.obj)
        return normalise(envelope, canonical_type)

    @api.model
    def _read_kept(self, _connection, event, canonical_type):
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
            if isinstance(error, psycopg2.Error) and _is_conflict(error):
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
            outcome = error if isinstance(error, Outcome) else self._get_outcome(error)
            batch.reject(list(batch), outcome)

    @api.model
    def _get_outcome(self, error):
        _logger.error("Processing a billing event failed", exc_info=error)
        return _Unexpected(error)

    # ── finish: the outcome table ────────────────────────────────────────────────────────────

    @api.model
    def _finish(self, connection, outcomes):
        """Record the outcome of each event: attempt, state, issue."""
        now = fields.Datetime.now()
        rows = [
            (event, self._get_values(event, outcome, now), outcome) for event, outcome in outcomes
        ]
        humans = [outcome for _event, values, outcome in rows if values["state"] == "parked"]
        issues = self._raise_issues(connection, humans)
        freed = self.env["saas.billing.issue"]
        for event, values, outcome in rows:
            if values["state"] == "parked":
                values["issue_id"] = issues[self._get_cause(outcome)].id
            elif event.issue_id:
                freed |= event.issue_id
        self.env["saas.billing.attempt"].create(
            [self._prepare_attempt(event, values, outcome) for event, values, outcome in rows]
        )
        self._write_grouped(rows)
        freed._close_if_cleared()
        self.env["saas.billing.metric"]._count(
            (connection.id, "outcome", self._get_outcome_label(values), 1)
            for _event, values, _outcome in rows
        )

    @api.model
    def _get_outcome_label(self, values):
        """The state and, where it says more, the code: `done`, `parked:unmapped_tax`."""
        state, code = values["state"], values["error_code"]
        return f"{state}:{code}" if code and code != state else state

    @api.model
    def _get_values(self, event, outcome, now):
        """Event values for an outcome; this is the outcome table of docs/architecture.md."""
        tries = event.attempts + 1
        values = {
            "state": "done",
            "attempts": tries,
            "processed_at": now,
            "next_attempt_at": False,
            "waiting_on": False,
            "error_code": outcome.code if outcome else False,
            "error_message": outcome.message if outcome else False,
        }
        if isinstance(outcome, Superseded):
            values["state"] = "superseded"
        elif isinstance(outcome, OutOfScope):
            values["state"] = "ignored"
        elif isinstance(outcome, (Transient, MissingDependency)) and tries < ATTEMPT_LIMIT:
            waiting = isinstance(outcome, MissingDependency)
            values["state"] = "waiting" if waiting else "retry"
            values["waiting_on"] = outcome.key if waiting else False
            values["next_attempt_at"] = now + self._get_backoff(tries)
        elif outcome:
            values["state"] = "parked"
            values |= self._prepare_stake(outcome)
        return values

    @api.model
    def _prepare_stake(self, outcome):
        """Money that the parked event holds up, as far as the outcome tells it."""
        amount = getattr(outcome, "amount", None)
        if amount is None:
            return {}
        currency = self.env["res.currency"].with_context(active_test=False)
        currency = currency.search([("name", "=", outcome.currency)], limit=1)
        return {"stake_amount": float(amount), "stake_currency_id": currency.id}

    @api.model
    def _get_backoff(self, tries):
        """Time to the next attempt: doubling, with jitter so that a crowd spreads out."""
        seconds = min(BACKOFF_LAST, BACKOFF_FIRST * 2 ** (tries - 1))
        return timedelta(seconds=seconds * random.uniform(0.5, 1))

    @api.model
    def _get_cause(self, outcome):
        return outcome.code, getattr(outcome, "key", "")

    @api.model
    def _raise_issues(self, connection, outcomes):
        causes = {
            self._get_cause(outcome): NeedsHuman(
                outcome.code, outcome.message, key=getattr(outcome, "key", "")
            )
            for outcome in outcomes
        }
        if not causes:
            return {}
        return self.env["saas.billing.issue"]._raise(connection, list(causes.values()))

    @api.model
    def _prepare_attempt(self, event, values, outcome):
        return {
            "event_id": event.id,
            "outcome": values["state"],
            "code": values["error_code"],
            "message": values["error_message"],
            "traceback": getattr(outcome, "traceback", False),
            "canonical_sha256": event.canonical
            and hashlib.sha256(event.canonical.encode()).hexdigest(),
        }

    @api.model
    def _write_grouped(self, rows):
        """One write per distinct set of values; a batch usually has very few."""
        grouped = {}
        for event, values, _outcome in rows:
            key = tuple(sorted(values.items(), key=lambda item: item[0]))
            grouped.setdefault(key, self.env["saas.billing.event"])
            grouped[key] |= event
        for key, events in grouped.items():
            events.write(dict(key))
