"""Reading the provider's balance: no webhook tells of its movements, so they are asked for.

Windows of creation time, as with the list of events: each page is committed with its cursor. What
an itemised payout contains is read once more, by payout. All of it goes through the inbox.
"""

from datetime import UTC, datetime, time, timedelta

from odoo import api, fields, models
from odoo.addons.saas_billing_connector.canonical import NeedsHuman, Transient
from odoo.addons.saas_billing_connector.models.billing_connection_health import (
    AMBER,
    GREEN,
    RED,
    HealthCheck,
)
from odoo.exceptions import UserError

#: How far a window reaches back into the one before.
OVERLAP = timedelta(hours=1)
#: The window's last second belongs to it.
SECOND = timedelta(seconds=1)
#: Seconds that must be left of the scheduled action's slice for another page.
TIME_RESERVE = 3


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"  # pylint: disable=consider-merging-classes-inherited

    settled_until = fields.Datetime(
        "Balance Read Until",
        readonly=True,
        copy=False,
        help="Every movement of the provider's balance up to here was read.",
    )
    settle_window_end = fields.Datetime(readonly=True, copy=False)
    settle_cursor = fields.Char(readonly=True, copy=False)
    settle_error = fields.Text(
        "Balance Not Read",
        readonly=True,
        copy=False,
        help="Why the movements of the balance could not be read the last time.",
    )

    def action_read_settlement(self):
        """Have the movements of the balance read now."""
        self.check_access("write")
        self.ensure_one()
        # Tells what to do where there is no key.
        self._get_reader()
        self._wake_settlement()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "info", "message": self.env._("The balance is being read.")},
        }

    def _wake_settlement(self):
        self.env.ref("saas_subscription_sync.cron_settlement").sudo()._trigger()

    @api.model
    def _cron_settlement(self):
        """Read what moved every connection's balance, then what its payouts contain."""
        cron, drain = self.env["ir.cron"], self.env["saas.billing.drain"]
        keyed = self.sudo().search([("read_key_ref", "!=", False)])
        todo = keyed.filtered(lambda each: each._has_read_key())
        left = cron._commit_progress(remaining=len(todo))
        unfinished = self.browse()
        for connection in todo:
            for step in (connection._read_movements, connection._read_contents):
                more = True
                while more and left > TIME_RESERVE:
                    more = drain._retrying_or(
                        connection._read_settlement, connection._note_settlement_failure, step
                    )
                    left = cron._commit_progress(0)
            drain._retrying(connection._match_settlement)
            if more:
                unfinished |= connection
            else:
                cron._commit_progress(1)
        if unfinished:
            # The slice is over, not the work: see `saas.billing.drain._cron_drain`.
            self.env.cr.postcommit.add(cron._notifydb)
            cron._commit_progress(remaining=len(unfinished))

    def _match_settlement(self):
        """Match what found its other side by now: documents, and lines of the bank."""
        worker = self.env["saas.billing.drain"]._get_worker(self)
        connection = self.with_env(worker.env)
        connection.env["saas.settlement.transaction"]._match_safely(connection)
        connection.env["saas.settlement"]._match_bank(connection)

    def _read_settlement(self, step):
        """Read one page of something; whether there is more."""
        self.ensure_one()
        try:
            return step(self._get_reader())
        except Transient as outcome:
            self.settle_error = outcome.message
        except NeedsHuman as outcome:
            if self.settle_cursor and outcome.code == "stripe_request":
                # The movement at which the window stopped is not known any more: begin it anew.
                self.write({"settle_window_end": False, "settle_cursor": False})
                return True
            self.settle_error = outcome.message
            self.env["saas.billing.issue"]._raise(self, [outcome])
        except UserError as error:
            self.settle_error = str(error)
        return False

    def _note_settlement_failure(self, _step):
        """The page could not be read for a reason that nobody foresaw; the window goes on later."""
        self.settle_error = self.env._("Unexpected: the server's log tells what happened.")
        return False

    def _get_settlement_start(self):
        """From when on movements are read: the last time, else the cut-over, else the beginning."""
        if self.settled_until:
            return (self.settled_until - OVERLAP).replace(tzinfo=UTC)
        if self.cutover_date:
            return datetime.combine(self.cutover_date, time.min, self._get_zone())
        return None

    def _read_movements(self, reader):
        """One page of what moved the balance; whether the window goes on."""
        if not self.settle_window_end:
            self.settle_window_end = self._check_account(reader).replace(tzinfo=None)
        page = reader.page(
            "balance_transaction",
            self._get_settlement_start(),
            self.settle_window_end.replace(tzinfo=UTC) + SECOND,
            self.settle_cursor or None,
        )
        self._store_settlement(page)
        values = {"settle_error": False, "settle_cursor": page.after}
        if not page.after:
            values |= {"settled_until": self.settle_window_end, "settle_window_end": False}
        self.write(values)
        return bool(page.after)

    def _get_unread_payout(self):
        return self.env["saas.settlement"].search(
            [
                ("connection_id", "=", self.id),
                ("itemised", "=", True),
                ("contents_asked_at", "=", False),
            ],
            order="id",
            limit=1,
        )

    def _read_contents(self, reader):
        """What one payout contains; whether there are more to read."""
        payout = self._get_unread_payout()
        if not payout:
            return False
        self._store_settlement(reader.contents(payout.external_id))
        payout.contents_asked_at = fields.Datetime.now()
        return True

    def _store_settlement(self, page):
        stored = self.env["saas.billing.event"].sudo()._store_imported(self, page)
        self._wake_drains(stored)

    # ── health ───────────────────────────────────────────────────────────────────────────────

    def _get_health_checks(self):
        return [*super()._get_health_checks(), self._check_health_settlement()]

    def _check_health_settlement(self):
        label = self.env._("Balance")
        if self.settle_error:
            advice = self.env._("Mend the read key; the balance is read again every 15 minutes")
            return HealthCheck("settlement", label, RED, self.settle_error, advice)
        if not self.settled_until:
            finding = self.env._("The movements of the balance have not been read yet")
            return HealthCheck("settlement", label, AMBER, finding, self.env._("Set the read key"))
        until = fields.Datetime.context_timestamp(self, self.settled_until)
        finding = self.env._("Read until %s", f"{until:%Y-%m-%d %H:%M}")
        return HealthCheck("settlement", label, GREEN, finding)
