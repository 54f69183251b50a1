"""Processing events again: what, seen beforehand by whom, and when it was done.

A replay is scope → preview → apply. The preview runs the drain's own code in savepoints that are
rolled back (`billing_replay_preview.py`); applying hands the events that would have an effect to
the ordinary drain (`billing_replay_apply.py`). The record stays as evidence of who saw what.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

#: What the person who replays decides; all else follows from it.
SCOPE_FIELDS = frozenset(
    {"connection_id", "scope", "issue_id", "date_from", "date_to", "event_type", "which"}
)
FIGURES = (
    "event_count",
    "previewed_count",
    "add_count",
    "change_count",
    "skip_count",
    "wait_count",
    "park_count",
    "apply_count",
    "outstanding_count",
)
WHICH = {
    "unsettled": ("parked", "waiting", "retry"),
    "parked": ("parked",),
    "ignored": ("ignored",),
    "processed": ("done", "superseded", "ignored", "parked", "waiting", "retry"),
}
#: Days after which a preview that nobody applied is removed.
KEEP_DAYS = 30


class SaasBillingReplay(models.Model):
    _name = "saas.billing.replay"
    _description = "Replay"
    _order = "id desc"
    _check_company_auto = True

    connection_id = fields.Many2one(
        "saas.billing.connection",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self._get_default_connection(),
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    scope = fields.Selection(
        [
            ("selection", "Selected events"),
            ("issue", "A cause"),
            ("filter", "A period or the whole connection"),
        ],
        required=True,
        default="filter",
    )
    issue_id = fields.Many2one(
        "saas.billing.issue",
        check_company=True,
        index="btree_not_null",
        domain="[('connection_id', '=', connection_id)]",
        help="Replays what this cause blocks, and what waits behind that.",
    )
    decision_model = fields.Char(readonly=True)
    decision_id = fields.Many2oneReference(
        model_field="decision_model",
        string="Decision",
        readonly=True,
        help="What the preview takes for decided, and what is decided when it is applied.",
    )
    decision_name = fields.Char(string="With", compute="_compute_decision_name")
    date_from = fields.Datetime(string="From", help="When it happened. Empty: from the beginning.")
    date_to = fields.Datetime(string="Before", help="When it happened. Empty: until now.")
    event_type = fields.Char(
        string="Type of Event", help="What the type starts with, such as “invoice.”. Empty: all."
    )
    which = fields.Selection(
        [
            ("unsettled", "Parked, waiting or retrying"),
            ("parked", "Parked"),
            ("ignored", "Ignored"),
            ("processed", "All but pending"),
        ],
        string="Events",
        required=True,
        default="unsettled",
    )

    state = fields.Selection(
        [
            ("draft", "Scope"),
            ("previewing", "Previewing"),
            ("ready", "Preview"),
            ("applying", "Applying"),
            ("applied", "Applied"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
    )
    previewed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    previewed_at = fields.Datetime(readonly=True, copy=False, string="Previewed on")
    applied_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    applied_at = fields.Datetime(readonly=True, copy=False, string="Applied on")
    watch = fields.Json(
        readonly=True, copy=False, help="Fingerprints of what decides how events are booked."
    )
    stale_reason = fields.Text(
        compute="_compute_stale_reason", help="What changed since the preview."
    )

    line_ids = fields.One2many(
        "saas.billing.replay.line", "replay_id", readonly=True, string="Events"
    )
    effect_ids = fields.One2many(
        "saas.billing.replay.effect", "replay_id", readonly=True, string="Records"
    )
    balance_ids = fields.One2many("saas.billing.replay.balance", "replay_id", readonly=True)
    event_count = fields.Integer(compute="_compute_figures", string="Events in Scope")
    previewed_count = fields.Integer(compute="_compute_figures", string="Previewed")
    progress = fields.Float(compute="_compute_figures", string="Progress (%)")
    add_count = fields.Integer(compute="_compute_figures", string="Would Add")
    change_count = fields.Integer(compute="_compute_figures", string="Would Change")
    skip_count = fields.Integer(compute="_compute_figures", string="Nothing to Do")
    wait_count = fields.Integer(compute="_compute_figures", string="Would Wait")
    park_count = fields.Integer(compute="_compute_figures", string="Would Park")
    apply_count = fields.Integer(compute="_compute_figures", string="To Process")
    outstanding_count = fields.Integer(compute="_compute_figures", string="Still in the Inbox")
    summary = fields.Char(compute="_compute_summary")

    _issue_scope = models.Constraint(
        "CHECK (scope != 'issue' OR issue_id IS NOT NULL)", "Choose the issue to replay."
    )

    @api.model
    def _get_default_connection(self):
        """The only connection there is, else none."""
        connections = self.env["saas.billing.connection"].search([], limit=2)
        return connections if len(connections) == 1 else connections.browse()

    @api.depends("connection_id")
    def _compute_display_name(self):
        for replay in self:
            number = replay._origin.id
            replay.display_name = (
                self.env._("Replay %s", number) if number else self.env._("New Replay")
            )

    def _compute_decision_name(self):
        for replay in self:
            decision = replay._get_decision()
            replay.decision_name = bool(decision) and decision.display_name

    def _get_decision(self):
        """The record whose approval the preview takes for given, or None."""
        if not self.decision_model:
            return None
        return self.env[self.decision_model].browse(self.decision_id).exists()

    # ── figures ──────────────────────────────────────────────────────────────────────────────

    @api.depends("line_ids.result", "line_ids.applied", "state")
    def _compute_figures(self):
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT line.replay_id, count(*) AS event_count,
                          count(line.result) AS previewed_count,
                          count(*) FILTER (WHERE line.result = 'add') AS add_count,
                          count(*) FILTER (WHERE line.result = 'change') AS change_count,
                          count(*) FILTER (WHERE line.result = 'skip') AS skip_count,
                          count(*) FILTER (WHERE line.result = 'wait') AS wait_count,
                          count(*) FILTER (WHERE line.result = 'park') AS park_count,
                          count(*) FILTER (WHERE line.to_apply) AS apply_count,
                          count(*) FILTER (WHERE line.applied AND event.state = 'pending')
                              AS outstanding_count
                     FROM saas_billing_replay_line line
                     JOIN saas_billing_event event ON event.id = line.event_id
                    WHERE line.replay_id = ANY(%s)
                    GROUP BY line.replay_id""",
                self.ids,
            )
        )
        figures = {row.pop("replay_id"): row for row in rows}
        nothing = dict.fromkeys(FIGURES, 0)
        for replay in self:
            mine = figures.get(replay._origin.id, nothing)
            replay.update(mine)
            total = mine["event_count"]
            replay.progress = 100.0 * mine["previewed_count"] / total if total else 0.0

    @api.depends("line_ids.result", "state")
    def _compute_summary(self):
        """One sentence: how many events, which records, how much money."""
        kinds = self.env["saas.billing.replay.effect"]._read_group(
            [("replay_id", "in", self.ids), ("kind", "=", "created")],
            ["replay_id", "label"],
            ["__count"],
        )
        stakes = self._get_stakes()
        for replay in self:
            parts = [self.env._("%s events to process", replay.apply_count)]
            parts += [f"{count} × {label}" for each, label, count in kinds if each == replay]
            parts += [
                self.env._("%s at stake", currency.format(amount))
                for each, currency, amount in stakes
                if each == replay
            ]
            replay.summary = " · ".join(parts)

    def _get_stakes(self):
        """Money that applying would free: (replay, currency, amount)."""
        rows = self.env.execute_query(
            SQL(
                """SELECT replay_id, currency_id, sum(amount) FROM (
                       SELECT line.replay_id, event.stake_currency_id AS currency_id,
                              max(abs(event.stake_amount)) AS amount
                         FROM saas_billing_replay_line line
                         JOIN saas_billing_event event ON event.id = line.event_id
                        WHERE line.replay_id = ANY(%s) AND line.to_apply
                          AND line.state_before = 'parked'
                          AND event.stake_currency_id IS NOT NULL
                        GROUP BY line.replay_id, event.stake_currency_id,
                                 event.object_type, event.object_id
                   ) object
                    GROUP BY replay_id, currency_id ORDER BY replay_id, currency_id""",
                self.ids,
            )
        )
        currencies = self.env["res.currency"]
        return [
            (self.browse(replay), currencies.browse(currency), amount)
            for replay, currency, amount in rows
        ]

    # ── scope ────────────────────────────────────────────────────────────────────────────────

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                self._check_only_scope(vals)
        return super().create(vals_list)

    def write(self, vals):
        """A scope may be changed until it is applied; its preview is then void."""
        if not self.env.su:
            self._check_only_scope(vals)
        if SCOPE_FIELDS & vals.keys():
            self._check_unapplied()
            self._discard_preview()
        return super().write(vals)

    def _check_unapplied(self):
        """What was applied is evidence, even where the rest of it was cancelled."""
        if any(replay.applied_at for replay in self):
            raise UserError(self.env._("This replay was applied. Make a new one."))

    def _check_only_scope(self, vals):
        if not vals.keys() <= SCOPE_FIELDS:
            raise AccessError(self.env._("A replay's course is written by itself only."))

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_applied(self):
        if any(replay.applied_at for replay in self):
            raise UserError(self.env._("Replays that were applied are kept."))

    @api.model
    def _check_operator(self):
        if not self.env.user.has_group("saas_billing_connector.group_saas_operator"):
            raise UserError(self.env._("Replaying events needs the role Billing Operator."))

    @api.model
    def _open_for_events(self, events):
        """Preview a replay of the given events, and show it.

        :returns: window action
        """
        self._check_operator()
        events.check_access("read")
        replays = self.browse()
        for connection, group in events.grouped("connection_id").items():
            replay = self.create({"connection_id": connection.id, "scope": "selection"})
            replay.sudo()._add_lines(group._as_query())
            replay.action_preview()
            replays |= replay
        return replays._get_records_action(name=self.env._("Replay"))

    @api.model
    def _open_for_issue(self, issue, decision=None):
        """Preview a replay of what a cause blocks, and show it.

        :param decision: record whose approval mends the cause, as far as it is known
        :returns: window action
        """
        replay = self._preview_for_issue(issue, decision)
        return replay._get_records_action(name=self.env._("Replay"))

    @api.model
    def _preview_for_issue(self, issue, decision=None):
        """The previewed replay of what a cause blocks."""
        self._check_operator()
        replay = self._find_unapplied(issue, decision) or self.create(
            {"connection_id": issue.connection_id.id, "scope": "issue", "issue_id": issue.id}
        )
        if decision:
            replay.sudo().write({"decision_model": decision._name, "decision_id": decision.id})
        replay.action_preview()
        return replay

    @api.model
    def _find_unapplied(self, issue, decision):
        """One's own earlier preview of the same, which is made anew instead of another one."""
        return self.search(
            [
                ("issue_id", "=", issue.id),
                ("decision_model", "=", decision._name if decision else False),
                ("decision_id", "=", decision.id if decision else 0),
                ("create_uid", "=", self.env.uid),
                ("state", "in", ("draft", "ready")),
            ],
            limit=1,
        )

    def _get_domain(self):
        """Domain of the events in scope."""
        self.ensure_one()
        if self.scope == "selection":
            return [("id", "in", self.line_ids.event_id.ids)]
        if self.scope == "issue":
            behind = self.issue_id._get_waiting_behind()
            blocked = [("issue_id", "=", self.issue_id.id), ("state", "=", "parked")]
            return ["|", ("id", "in", behind.ids), "&", *blocked]
        domain = [
            ("connection_id", "=", self.connection_id.id),
            ("state", "in", WHICH[self.which]),
        ]
        if self.date_from:
            domain.append(("occurred_at", ">=", self.date_from))
        if self.date_to:
            domain.append(("occurred_at", "<", self.date_to))
        if self.event_type:
            domain.append(("event_type", "=like", f"{self.event_type}%"))
        return domain

    def _add_lines(self, events):
        """One line per event, with one statement.

        :param events: `Query` on the inbox
        """
        self.ensure_one()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """INSERT INTO saas_billing_replay_line
                          (replay_id, event_id, lane, state_before, to_apply, applied)
                   SELECT %s, event.id, event.lane, event.state, false, false
                     FROM saas_billing_event event
                    WHERE event.id IN %s""",
                self.id,
                events.subselect(),
            )
        )
        self.line_ids.invalidate_recordset()
        self.invalidate_recordset()

    def _discard_preview(self):
        """Forget the preview; the events of a selection stay chosen."""
        for table in ("posting", "effect"):
            self.env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE replay_id = ANY(%s)",
                    SQL.identifier(f"saas_billing_replay_{table}"),
                    self.ids,
                )
            )
        chosen = self.filtered(lambda replay: replay.scope == "selection")
        self.env.cr.execute(
            SQL(
                "DELETE FROM saas_billing_replay_line WHERE replay_id = ANY(%s)",
                (self - chosen).ids,
            )
        )
        self.env.cr.execute(
            SQL(
                """UPDATE saas_billing_replay_line line
                      SET result = NULL, state_after = NULL, reason = NULL, to_apply = false,
                          state_before = event.state
                     FROM saas_billing_event event
                    WHERE event.id = line.event_id AND line.replay_id = ANY(%s)""",
                chosen.ids,
            )
        )
        self.env.invalidate_all()
        self.sudo().write({"state": "draft", "previewed_at": False, "watch": False})

    # ── buttons ──────────────────────────────────────────────────────────────────────────────

    def action_cancel(self):
        """Give the replay up; what was applied already stays."""
        self._check_operator()
        self.check_access("write")
        running = self.filtered(lambda replay: replay.state not in ("applied", "cancelled"))
        running.sudo().write({"state": "cancelled"})

    def action_open_lines(self):
        """What the preview says of each event."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_billing_connector.action_billing_replay_line"
        )
        return {**action, "domain": [("replay_id", "=", self.id)]}

    def action_open_effects(self):
        """Every record that would be created or changed."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_billing_connector.action_billing_replay_effect"
        )
        return {**action, "domain": [("replay_id", "=", self.id)]}

    @api.autovacuum
    def _gc_previews(self):
        """Previews that nobody applied are of no use later."""
        limit = fields.Datetime.now() - timedelta(days=KEEP_DAYS)
        old = self.search(
            [
                ("state", "in", ("draft", "ready", "cancelled")),
                ("applied_at", "=", False),
                ("write_date", "<", limit),
            ],
            limit=1000,
        )
        old.unlink()


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"

    def action_replay(self):
        """Choose which events of this connection to preview."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Replay"),
            "res_model": "saas.billing.replay",
            "view_mode": "form",
            "context": {"default_connection_id": self.id, "default_scope": "filter"},
        }
