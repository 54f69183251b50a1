"""Who drains: one scheduled action per worker and track, side by side on any number of nodes."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .billing_drain_claim import Share


class SaasBillingDrain(models.AbstractModel):
    _inherit = "saas.billing.drain"

    @api.model
    def _get_workers(self, track):
        """The active scheduled actions of a track, in the order that numbers their shares."""
        return self._find_workers(track, True)

    @api.model
    def _find_workers(self, track, active):
        # The condition is explicit because Settings work with `active_test` off.
        return (
            self.env["ir.cron"]
            .sudo()
            .search([("saas_drain_track", "=", track), ("active", "=", active)], order="id")
        )

    @api.model
    def _get_share(self, track):
        """The share of the scheduled action that runs; everything where none does."""
        ids = self._get_workers(track).ids
        cron_id = self.env.context.get("cron_id")
        if cron_id not in ids:
            return Share(track)
        return Share(track, ids.index(cron_id), len(ids))

    @api.model
    def _set_workers(self, track, number):
        """Have `number` scheduled actions drain a track: archived ones first, then copies."""
        if number < 1:
            raise UserError(self.env._("Each track needs at least one drain worker."))
        workers, archived = self._get_workers(track), self._find_workers(track, False)
        missing = max(number - len(workers), 0)
        archived[:missing].active = True
        for _worker in range(missing - len(archived)):
            (workers or archived)[0].copy({"active": True})
        if workers[number:]:
            workers[number:].active = False

    @api.model
    def _wake_workers(self, tracks):
        """Have the workers of some tracks run now: one statement, and a notice if it is news.

        Who was told but has not begun is not told again. A run deletes its trigger when it begins
        and holds it locked until it ends: such a trigger, passed over here, says nothing about
        events that came since.
        """
        self.env.cr.execute(
            SQL(
                """WITH told AS (
                       SELECT cron_id FROM ir_cron_trigger
                        WHERE call_at <= now() at time zone 'UTC'
                          AND cron_id IN (SELECT id FROM ir_cron
                                           WHERE saas_drain_track = ANY(%(tracks)s))
                          FOR KEY SHARE SKIP LOCKED)
                   INSERT INTO ir_cron_trigger (cron_id, call_at)
                   SELECT id, date_trunc('second', now() at time zone 'UTC') FROM ir_cron
                    WHERE active AND saas_drain_track = ANY(%(tracks)s)
                      AND id NOT IN (SELECT cron_id FROM told)""",
                tracks=list(tracks),
            ),
            log_exceptions=False,  # a lost race is tried again by whoever called
        )
        if self.env.cr.rowcount:
            self.env.cr.postcommit.add(self.env["ir.cron"]._notifydb)
