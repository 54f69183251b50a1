"""The outcome table: what becomes of an event when processing it has ended, in one place."""

import hashlib
import logging
import random
import traceback
from datetime import timedelta

from odoo import api, fields, models
from psycopg2.errors import UniqueViolation

from ..canonical import (
    MissingDependency,
    NeedsHuman,
    Outcome,
    OutOfScope,
    Superseded,
    Transient,
)
from .billing_drain import is_conflict

_logger = logging.getLogger(__name__)

#: Attempts after which an event that waits or retries is given to a person.
ATTEMPT_LIMIT = 12
BACKOFF_FIRST = 5
BACKOFF_LAST = 3600
#: How the constraints end that keep each external object once. One is violated where a concurrent
#: transaction, invisible to ours, bound or mirrored the same object.
ONCE_ONLY = "_external_unique"
#: What Odoo raises wherever a worker happens to be when its CPU time for one turn is used up.
CPU_TIME_EXCEEDED = "CPU time limit exceeded."


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
    _inherit = "saas.billing.drain"

    @api.model
    def _get_outcome(self, error):
        """What an exception means for the change that raised it.

        :raises: the exception itself where only another transaction can tell
        """
        if isinstance(error, Outcome):
            return error
        if is_conflict(error):
            raise error
        if isinstance(error, UniqueViolation) and self._is_once_only(error):
            return Transient("bound_meanwhile", "Another worker bound the object first.")
        if error.args == (CPU_TIME_EXCEEDED,):
            return Transient(
                "time_limit",
                "The worker's CPU time was used up. If this repeats, raise limit_time_cpu and"
                " limit_time_real_cron of the server.",
            )
        _logger.error("Processing a billing event failed", exc_info=error)
        return _Unexpected(error)

    @api.model
    def _is_once_only(self, error):
        return (error.diag.constraint_name or "").endswith(ONCE_ONLY)

    @api.model
    def _finish(self, connection, outcomes):
        """Record the outcome of each event: attempt, state, issue."""
        now = fields.Datetime.now()
        rows = [
            (event, self._get_values(event, outcome, now), outcome) for event, outcome in outcomes
        ]
        # Snapshots of one object that share an outcome put its money at stake once.
        for _event, values, outcome in {
            (row[0].object_id, id(row[2])): row for row in reversed(rows)
        }.values():
            if values["state"] == "parked":
                values |= self._prepare_stake(outcome)
        humans = [outcome for _event, values, outcome in rows if values["state"] == "parked"]
        issues = self._raise_issues(connection, humans)
        freed = self.env["saas.billing.issue"]
        for event, values, outcome in rows:
            issue = freed.browse()
            if values["state"] == "parked":
                issue = issues[self._get_cause(outcome)]
                values["issue_id"] = issue.id
            freed |= event.issue_id - issue
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
