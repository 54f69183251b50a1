"""Closing gaps: the provider's own list of events is read beside the webhooks.

A window of the list is read page by page, newest first, and each page is committed with its cursor:
whatever stops the work, it goes on at that page. The windows overlap, and what is known already is
dropped by the inbox's UNIQUE constraint.
"""

from datetime import UTC, timedelta

from markupsafe import Markup
from odoo import api, fields, models

from ..canonical import NeedsHuman, Transient
from ..providers import Route
from .billing_connection_health import AMBER, GREEN, RED, HealthCheck

#: Webhooks younger than this may still be under way.
SETTLE = timedelta(minutes=10)
#: How far a window reaches back into the one before.
OVERLAP = timedelta(hours=1)
#: Stripe forgets events after thirty days; the margin is for the time that reading takes.
KEPT = timedelta(days=30) - timedelta(hours=1)
#: What the connection's figure counts.
FIGURE_DAYS = 30
#: Seconds that must be left of the scheduled action's slice for another page.
TIME_RESERVE = 3
#: Issues that a successful reading disproves.
READING_ISSUES = ("stripe_key", "stripe_permission", "wrong_account", "wrong_mode")


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"  # pylint: disable=consider-merging-classes-inherited

    polled_until = fields.Datetime(
        "Complete Until",
        readonly=True,
        copy=False,
        help="Every event up to here was compared with Stripe's own list.",
    )
    poll_window_start = fields.Datetime(readonly=True, copy=False)
    poll_window_end = fields.Datetime(readonly=True, copy=False)
    poll_window_after = fields.Integer(readonly=True, copy=False, help="Newest event before it.")
    poll_cursor = fields.Char(readonly=True, copy=False)
    poll_error = fields.Text(
        "Gap Check Failed",
        readonly=True,
        copy=False,
        help="Why Stripe's list of events could not be read the last time.",
    )
    missed_count = fields.Integer(
        "Missed Webhooks (30 Days)",
        compute="_compute_missed_count",
        help="Events that no webhook brought and that were found in Stripe's list instead.",
    )

    def _compute_missed_count(self):
        since = fields.Datetime.now() - timedelta(days=FIGURE_DAYS)
        counts = self.env["saas.billing.event"]._read_group(
            [
                ("connection_id", "in", self.ids),
                ("source", "=", "poll"),
                ("received_at", ">=", since),
            ],
            ["connection_id"],
            ["__count"],
        )
        by_connection = {connection.id: count for connection, count in counts}
        for connection in self:
            connection.missed_count = by_connection.get(connection.id, 0)

    def action_open_missed(self):
        """Events that no webhook brought."""
        action = self.action_open_events()
        return {**action, "domain": [*action["domain"], ("source", "=", "poll")]}

    @api.model
    def _cron_poll(self):
        """Read every connection's list of events up to some minutes ago."""
        cron, drain = self.env["ir.cron"], self.env["saas.billing.drain"]
        keyed = self.sudo().search([("read_key_ref", "!=", False)])
        todo = keyed.filtered(lambda each: each._has_read_key())
        left = cron._commit_progress(remaining=len(todo))
        for connection in todo:
            more = True
            while more and left > TIME_RESERVE:
                more = drain._retrying_or(connection._poll_page, connection._note_poll_failure)
                left = cron._commit_progress(0 if more else 1)

    def _poll_page(self):
        """Read one page of the window; whether the window goes on."""
        self.ensure_one()
        try:
            reader = self._get_reader()
            if not self.poll_window_end and not self._open_window(self._check_account(reader)):
                return False
            page = reader.events(
                self.poll_window_start.replace(tzinfo=UTC),
                self.poll_window_end.replace(tzinfo=UTC),
                self.poll_cursor or None,
            )
            self._store_polled(page.objects)
        except Transient as outcome:
            self.poll_error = outcome.message
            return False
        except NeedsHuman as outcome:
            if self.poll_cursor and outcome.code == "stripe_request":
                # Stripe has forgotten the event at which the window stopped: begin it anew.
                self.write({"poll_window_end": False, "poll_cursor": False})
                return True
            self.poll_error = outcome.message
            self.env["saas.billing.issue"]._raise(self, [outcome])
            return False
        self.write({"poll_error": False, "poll_cursor": page.after})
        if page.after:
            return True
        self._close_window()
        return False

    def _note_poll_failure(self):
        """The page could not be read for a reason that nobody foresaw; the window goes on later."""
        self.poll_error = self.env._("Unexpected: the server's log tells what happened.")
        return False

    def _store_polled(self, objects):
        """Keep the events that have a use here: others are not asked of the webhook either."""
        adapter = self._get_adapter()
        wanted = [
            adapter.listed(event) for event in objects if isinstance(adapter.route_of(event), Route)
        ]
        self._wake_drains(self.env["saas.billing.event"]._store_new(self, wanted, "poll"))

    def _get_health_checks(self):
        return [*super()._get_health_checks(), self._check_health_gaps()]

    def _check_health_gaps(self):
        label = self.env._("Missed Events")
        if self.poll_error:
            advice = self.env._("Mend the read key; the list is read again every 15 minutes")
            return HealthCheck("gaps", label, RED, self.poll_error, advice)
        if not self.polled_until:
            finding = self.env._("Stripe's own list has not been read yet")
            return HealthCheck("gaps", label, AMBER, finding, self.env._("Set the read key"))
        until = fields.Datetime.context_timestamp(self, self.polled_until)
        finding = self.env._(
            "%(count)s in 30 days; compared until %(until)s",
            count=self.missed_count,
            until=f"{until:%Y-%m-%d %H:%M}",
        )
        if self.missed_count:
            advice = self.env._("They were fetched; see in Stripe why deliveries fail")
            return HealthCheck("gaps", label, AMBER, finding, advice)
        return HealthCheck("gaps", label, GREEN, finding)

    # ── windows ──────────────────────────────────────────────────────────────────────────────

    def _open_window(self, now):
        """Say which part of the list comes next; False where there is none yet.

        The first time only sets the mark: what lies before it is for an import.

        :param now: the present moment by the provider's clock
        """
        now = now.replace(tzinfo=None)
        if not self.polled_until:
            self.polled_until = now - SETTLE
            return False
        oldest = now - KEPT
        newest = self.env["saas.billing.event"].search(self._get_polled_domain(), limit=1).id
        if self.polled_until < oldest:
            self._report_gap(self.polled_until, oldest)
        self.write(
            {
                "poll_window_start": max(self.polled_until - OVERLAP, oldest),
                "poll_window_end": now - SETTLE,
                # Kept where the window begins anew: what it has found already is to be reported.
                "poll_window_after": self.poll_window_after if self.poll_window_start else newest,
                "poll_cursor": False,
            }
        )
        return True

    def _close_window(self):
        """The window was read to its end: report what no webhook had brought."""
        self._report_missed()
        self._close_reading_issues(*READING_ISSUES)
        self.write(
            {
                "polled_until": self.poll_window_end,
                "poll_window_start": False,
                "poll_window_end": False,
                "poll_window_after": False,
                "poll_cursor": False,
            }
        )

    # ── reports ──────────────────────────────────────────────────────────────────────────────

    def _report_gap(self, start, end):
        """Events that Stripe has forgotten before they were compared: only an import helps."""
        first, last = start.date(), end.date()
        outcome = NeedsHuman(
            "events_gap",
            self.env._(
                "Stripe lists events for 30 days only, and “%(name)s” was not checked for longer."
                " Run an import from %(first)s to %(last)s; this closes the issue.",
                name=self.name,
                first=first,
                last=last,
            ),
            key=f"{first}/{last}",
        )
        self.env["saas.billing.issue"]._raise(self, [outcome])

    def _get_polled_domain(self):
        """Events that polling has found."""
        return [("connection_id", "=", self.id), ("source", "=", "poll")]

    def _report_missed(self):
        groups = self.env["saas.billing.event"]._read_group(
            self._get_polled_domain() + [("id", ">", self.poll_window_after)],
            ["event_type"],
            ["__count", "occurred_at:min", "occurred_at:max"],
            order="__count desc, event_type",
        )
        if not groups:
            return
        count = sum(number for _type, number, _first, _last in groups)
        rows = Markup().join(
            Markup("<li>%s × %s</li>") % (number, event_type)
            for event_type, number, _first, _last in groups
        )
        text = self.env._(
            "%(count)s events had not arrived by webhook and were fetched from Stripe's list. They"
            " happened between %(first)s and %(last)s (UTC).",
            count=count,
            first=min(first for *_others, first, _last in groups),
            last=max(last for *_others, last in groups),
        )
        body = Markup("<p>%s</p><ul>%s</ul>") % (text, rows)
        self.message_post(body=body)
        self._remind_missed(body)

    def _remind_missed(self, note):
        """One activity for the responsible, however many windows had gaps."""
        summary = self.env._("Webhooks were missed: check the endpoint in Stripe")
        known = self.activity_ids.filtered(lambda each: each.summary == summary)
        if self.user_id and not known:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=note,
                user_id=self.user_id.id,
            )
