"""The drain: gives the inbox's events to their handlers, one transaction per batch.

This file is the run of one worker: what it does in which transaction, and when it stops. What
falls to it is in `billing_drain_claim`, what happens to a batch in `billing_drain_process`, what
becomes of each event in `billing_drain_outcome`, and who works at all in `billing_drain_workers`.
"""

import logging
import random
import time

import psycopg2
from odoo import api, models
from psycopg2 import errors as pg_errors

_logger = logging.getLogger(__name__)

#: Seconds that must be left of the scheduled action's slice (Odoo gives ten) for another batch.
TIME_RESERVE = 3
#: Seconds before looking again at events that another transaction holds.
HELD_PAUSE = 0.25
#: Times one step is tried again within a run after losing against another transaction.
CONFLICT_TRIES = 8

#: Losing against another transaction: roll back and try again, without counting an attempt.
CONFLICTS = (
    pg_errors.SerializationFailure,
    pg_errors.DeadlockDetected,
    pg_errors.LockNotAvailable,
)
#: Violated where a concurrent transaction, invisible to ours, opened the same issue.
ISSUE_CONSTRAINT = "saas_billing_issue_open_unique"


def is_conflict(error):
    """Whether the same work may succeed in a new transaction. Odoo retries requests, not crons."""
    if isinstance(error, pg_errors.UniqueViolation):
        return error.diag.constraint_name == ISSUE_CONSTRAINT
    return isinstance(error, CONFLICTS)


class SaasBillingDrain(models.AbstractModel):
    _name = "saas.billing.drain"
    _description = "Billing Drain"

    @api.model
    def _get_handlers(self):
        """Handler model by canonical type; addons add theirs."""
        return {}

    @api.model
    def _cron_drain(self, track):
        """Process what is due of one worker's share until nothing is left or the time is up."""
        share = self._get_share(track)
        left, worked = self.env["ir.cron"]._commit_progress(remaining=1), 0
        backlogs = self._look(share)
        while backlogs and left > TIME_RESERVE:
            done, left = self._drain_round(backlogs, share)
            worked += done
            if not done:
                # All of it is held by other transactions, such as a preview: do not spin.
                time.sleep(HELD_PAUSE)
            backlogs = self._look(share)
        if worked:
            issues = self.env["saas.billing.issue"].sudo()
            self._retrying(issues._free_stranded)
            self._retrying(issues._refresh_money)
        if backlogs:
            # The slice is over, not the work. Odoo reschedules the action but tells nobody, and
            # its workers look around only once a minute: without this a backlog would crawl.
            self.env.cr.postcommit.add(self.env["ir.cron"]._notifydb)
        self.env["ir.cron"]._commit_progress(remaining=sum(backlogs.values()))

    @api.model
    def _drain_round(self, backlogs, share):
        """One batch of each connection, so that none starves another.

        :returns: (events processed, seconds left of the slice)
        """
        total = left = 0
        for connection in backlogs:
            steps = self._drain_connection, self._drain_singly
            done = self._retrying_or(*steps, connection, share) or 0
            total += done
            left = self.env["ir.cron"]._commit_progress(done)
            if left <= TIME_RESERVE:
                break
        return total, left

    @api.model
    def _look(self, share):
        """Wake what is due again, on every track, and see what there is for this worker.

        Waking runs after the commit of every round: whoever commits last, the one that binds an
        object or the one that begins to wait for it, then sees what the other did. Waking within
        the binding transaction would miss events that begin to wait while it runs.
        """
        self._retrying(self._wake_due)
        return self._retrying(self._get_backlogs, share) or {}

    @api.model
    def _wake_due(self):
        """Make due again what waited long enough or for something that is here now."""
        tracks = self.env["saas.billing.event"].sudo()._wake()
        if tracks:
            self._wake_workers(tracks)

    @api.model
    def _drain_connection(self, connection, share):
        """Process one batch of one connection; the number of events claimed."""
        events = self._claim(connection, share)
        if events:
            self._process_events(connection, events)
        return len(events)

    @api.model
    def _drain_singly(self, connection, share):
        """The same event by event, for a batch whose outcomes could not even be recorded."""
        events = self._claim(connection, share)
        for event in events:
            self._process_singly(connection, event)
        return len(events)

    @api.model
    def _retrying_or(self, step, fallback, *arguments):
        """`_retrying`; what fails as nobody foresaw is logged and left to `fallback`.

        So it stops neither the other connections nor, by failing again and again, the action.
        """
        try:
            return self._retrying(step, *arguments)
        except Exception:
            self.env.cr.rollback()
            _logger.exception("“%s” failed; “%s” instead", step.__name__, fallback.__name__)
            return self._retrying(fallback, *arguments)

    @api.model
    def _retrying(self, step, *arguments):
        """Run one step in a transaction of its own, again if it loses against another one.

        The commit empties the caches, so that a long run needs no more memory than one batch.

        :param step: bound method
        :returns: what the step returned; None when it lost every time
        """
        for attempt in range(CONFLICT_TRIES):
            try:
                result = step(*arguments)
                self.env.cr.commit()  # pylint: disable=invalid-commit
                return result
            except psycopg2.Error as error:
                self.env.cr.rollback()
                if not is_conflict(error):
                    raise
                _logger.info("Lost a race (%s); trying again", type(error).__name__)
                time.sleep(random.uniform(0.01, 0.05) * 2**attempt)
        _logger.warning("Lost %s races in a row; left for the next run", CONFLICT_TRIES)
        return None
