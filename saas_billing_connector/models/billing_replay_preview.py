"""The preview of a replay: the drain's own work, done in a savepoint and taken back.

Slices are whole lanes, so that what belongs to one customer is seen together, and every slice is a
transaction of its own: nothing stays locked longer than by one batch of the drain.
"""

import hashlib
import json

from odoo import api, fields, models
from odoo.tools import SQL

from .rehearsal import rehearse

#: Events per slice. A slice holds the locks of its work until it is rolled back.
SLICE = 100
#: Seconds that must be left of the scheduled action's slice for another slice of ours.
TIME_RESERVE = 3
#: Columns that differ without meaning anything.
NOISE = frozenset({"id", "create_uid", "create_date", "write_uid", "write_date"})
FINAL_STATES = ("done", "superseded")


class SaasBillingReplay(models.Model):
    _inherit = "saas.billing.replay"

    def action_preview(self):
        """Find out what replaying would do; at once if it is little, else in the background."""
        self._check_operator()
        self.check_access("write")
        for replay in self.sudo():
            replay._start_preview()
            if replay.event_count > SLICE:
                self.env.ref("saas_billing_connector.cron_replay").sudo()._trigger()
                continue
            while replay.state == "previewing":
                replay._preview_slice()

    def _start_preview(self):
        self._check_unapplied()
        self._discard_preview()
        if self.scope != "selection":
            self._add_lines(self.env["saas.billing.event"]._search(self._get_domain()))
        self.write(
            {
                "state": "previewing",
                "previewed_by_id": self.env.uid,
                "watch": self._get_watch(),
            }
        )

    @api.model
    def _cron_replay(self):
        """Preview and apply what is too much for a click, a slice of each replay in turn."""
        cron = self.env["ir.cron"]
        drain = self.env["saas.billing.drain"]
        steps = {"previewing": "_preview_slice", "applying": "_apply_slice"}
        left = cron._commit_progress(remaining=1)
        while left > TIME_RESERVE and (running := self._get_running()):
            for replay in running:
                # Somebody may have cancelled it meanwhile.
                if step := steps.get(replay.state):
                    drain._retrying_or(getattr(replay, step), replay._note_failure)
            left = cron._commit_progress(len(running))
        remaining = len(self._get_running())
        if remaining:
            self.env.ref("saas_billing_connector.cron_replay").sudo()._trigger()
        cron._commit_progress(remaining=remaining)

    def _note_failure(self):
        """The slice failed for a reason that nobody foresaw: tell whoever waits for it."""
        self.write({"state": "cancelled"})
        (self.applied_by_id or self.previewed_by_id)._bus_send(
            "simple_notification",
            {
                "type": "danger",
                "sticky": True,
                "title": self.display_name,
                "message": self.env._("Unexpected: the server's log tells what happened."),
            },
        )

    @api.model
    def _get_running(self):
        return self.search([("state", "in", ("previewing", "applying"))], order="id")

    # ── one slice ────────────────────────────────────────────────────────────────────────────

    def _preview_slice(self):
        """Preview the next whole lanes; the number of events."""
        self.ensure_one()
        lines = self._get_next_lines()
        if not lines:
            self.write({"state": "ready", "previewed_at": fields.Datetime.now()})
            return 0
        findings = self._rehearse(lines)
        self._store_findings(lines, findings)
        return len(lines)

    def _get_next_lines(self):
        rows = self.env.execute_query(
            SQL(
                """SELECT id, lane FROM saas_billing_replay_line
                    WHERE replay_id = %s AND result IS NULL
                    ORDER BY lane, event_id LIMIT %s""",
                self.id,
                SLICE + 1,
            )
        )
        if len(rows) > SLICE:
            cut = rows.pop()[1]
            # The lane that does not fit waits for the next slice, unless it would never fit.
            rows = [row for row in rows if row[1] != cut] or rows
        return self.env["saas.billing.replay.line"].browse(row[0] for row in rows)

    def _rehearse(self, lines):
        """Do the work of `lines` and take it back.

        :returns: dict with the state and message by event id, effects and postings
        """
        drain = self.env["saas.billing.drain"]._get_worker(self.connection_id)
        connection = self.connection_id.with_env(drain.env)
        events = lines.event_id.sorted("id").with_env(drain.env)
        marks = self._get_marks()
        with rehearse(self.env):
            if decision := self._get_decision():
                decision._grant_in_preview()
            outcomes = drain._get_outcomes(connection, events)
            drain.env.flush_all()
            findings = self._collect(drain, outcomes, marks)
        self._compare(findings)
        return findings

    @api.model
    def _get_observed_tables(self):
        """Tables whose new rows the preview looks at."""
        return ["saas_billing_trace"]

    def _get_marks(self):
        """The newest row of each observed table; ours will be newer, and no one else's appear."""
        marks = {}
        for table in self._get_observed_tables():
            query = SQL("SELECT COALESCE(max(id), 0) FROM %s", SQL.identifier(table))
            [(marks[table],)] = self.env.execute_query(query)
        return marks

    # ── what happened ────────────────────────────────────────────────────────────────────────

    def _collect(self, drain, outcomes, marks):
        """Look at what the rehearsal has done, before it is taken back."""
        now = fields.Datetime.now()
        ended = {}
        for event, outcome in outcomes:
            state = drain._get_values(event, outcome, now)["state"]
            ended[event.id] = (state, outcome.message if outcome else False)
        created, touched = self._get_touched(ended, marks)
        created += self._collect_created(marks)
        return {
            "ended": ended,
            "created": self._describe(created),
            "touched": touched,
            "after": self._read_rows(touched),
            "postings": self._collect_postings(marks),
        }

    def _get_touched(self, ended, marks):
        """Records that the events created, and those that they may have changed.

        :returns: list of (event id, model, record id), and dict of event id by (model, record id)
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT event_id, res_model, res_id, max(id) > %(mark)s,
                          bool_or(effect = 'created' AND id > %(mark)s)
                     FROM saas_billing_trace WHERE event_id = ANY(%(events)s)
                    GROUP BY event_id, res_model, res_id
                    UNION ALL
                   SELECT event_id, res_model, res_id, false, false
                     FROM saas_billing_link WHERE event_id = ANY(%(events)s)""",
                mark=marks["saas_billing_trace"],
                events=list(ended),
            )
        )
        born = {(model, record) for _event, model, record, _new, is_born in rows if is_born}
        created = [(event, model, record) for event, model, record, _new, yes in rows if yes]
        # What several events touch is told of the one that touched it now, else of the latest.
        rows.sort(key=lambda row: (row[3], ended[row[0]][0] == "done", row[0]))
        touched = {
            (model, record): event
            for event, model, record, _new, _born in rows
            if (model, record) not in born
        }
        return created, touched

    def _collect_created(self, marks):
        """Records that came into being without an entry in the audit trail; addons add theirs.

        :returns: list of (event id or None, model, record id)
        """
        return []

    def _collect_postings(self, marks):
        """Journal items that came into being; addons that keep books fill it.

        :returns: list of values of `saas.billing.replay.posting` with `event_id`, which may be None
        """
        return []

    def _describe(self, created):
        """(event id, kind of record, name) of each new record, while it can be read."""
        by_model = {}
        for _event, model, record in created:
            by_model.setdefault(model, []).append(record)
        names = {}
        for model, ids in by_model.items():
            for record in self.env[model].browse(ids):
                names[model, record.id] = (self._get_label(record), record.display_name)
        return [(event, *names[model, record]) for event, model, record in created]

    @api.model
    def _get_label(self, record):
        """What a reader calls a record of this kind."""
        return self.env["ir.model"]._get(record._name).name

    # ── before and after ─────────────────────────────────────────────────────────────────────

    def _read_rows(self, touched):
        """The stored columns of records, by (model, id): one statement per model."""
        by_model = {}
        for model, record in touched:
            by_model.setdefault(model, []).append(record)
        found = {}
        for model, ids in by_model.items():
            table = SQL.identifier(self.env[model]._table)
            query = SQL("SELECT t.id, to_jsonb(t) FROM %s t WHERE t.id = ANY(%s)", table, ids)
            found |= {(model, row[0]): row[1] for row in self.env.execute_query(query)}
        return found

    def _compare(self, findings):
        """Turn what was touched into what would change, now that all is as before."""
        after = findings.pop("after")
        changed = []
        before = self._read_rows(after)
        for (model, record_id), event in findings.pop("touched").items():
            old, new = before.get((model, record_id)), after.get((model, record_id))
            if old and new and (details := self._get_details(self.env[model], old, new)):
                record = self.env[model].browse(record_id)
                changed.append((event, self._get_label(record), record.display_name, details))
        findings["changed"] = changed

    def _get_details(self, model, old, new):
        """One line per field that differs: label, before, after."""
        lines = []
        for name, value in new.items():
            field = model._fields.get(name)
            if not field or name in NOISE or old.get(name) == value:
                continue
            label = field._description_string(self.env) or name
            pair = [self._format(field, each) for each in (old.get(name), value)]
            lines.append(f"{label}: {pair[0]} → {pair[1]}")
        return "\n".join(lines)

    def _format(self, field, value):
        """A stored value as a reader knows it."""
        if value is None or value is False and field.type != "boolean":
            return "–"
        if field.type == "many2one":
            record = self.env[field.comodel_name].browse(value).exists()
            return record.display_name or self.env._("a new record")
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if isinstance(value, dict):
            return str(value.get(self.env.lang) or next(iter(value.values()), "–"))
        return str(value)

    # ── keep it ──────────────────────────────────────────────────────────────────────────────

    def _store_findings(self, lines, findings):
        line_ids = {line.event_id.id: line.id for line in lines}
        effects = [
            {"line_id": line_ids.get(event), "kind": "created", "label": label, "name": name}
            for event, label, name in findings["created"]
        ]
        effects += [
            {
                "line_id": line_ids.get(event),
                "kind": "updated",
                "label": label,
                "name": name,
                "details": details,
            }
            for event, label, name, details in findings["changed"]
        ]
        postings = [
            {"line_id": line_ids.get(posting.pop("event_id")), **posting}
            for posting in findings["postings"]
        ]
        self.env["saas.billing.replay.effect"].create(
            [{"replay_id": self.id, **values} for values in effects]
        )
        self.env["saas.billing.replay.posting"].create(
            [{"replay_id": self.id, **values} for values in postings]
        )
        self._store_results(lines, findings["ended"], effects)

    def _store_results(self, lines, ended, effects):
        added = {each["line_id"] for each in effects if each["kind"] == "created"}
        changed = {each["line_id"] for each in effects if each["kind"] == "updated"}
        rows = []
        for line in lines:
            state = line.event_id.state
            state_after, reason = ended[line.event_id.id]
            result = self._get_result(state_after, line.id in added, line.id in changed)
            if result == "skip" and not reason:
                reason = self.env._(
                    "Nothing to add or change: the books hold it already, or another event of the"
                    " same object brings it."
                )
            to_apply = self._is_worth_applying(result, state, state_after)
            rows.append(SQL("%s", (line.id, result, state, state_after, reason or None, to_apply)))
        self.env.cr.execute(
            SQL(
                """UPDATE saas_billing_replay_line line
                      SET result = found.result, state_before = found.state_before,
                          state_after = found.state_after, reason = found.reason,
                          to_apply = found.to_apply
                     FROM (VALUES %s) AS found
                          (id, result, state_before, state_after, reason, to_apply)
                    WHERE line.id = found.id""",
                SQL(", ").join(rows),
            )
        )
        lines.invalidate_recordset()
        self.invalidate_recordset()

    @api.model
    def _get_result(self, state_after, adds, changes):
        """What a reader is told of one event."""
        if state_after in ("waiting", "retry"):
            return "wait"
        if state_after == "parked":
            return "park"
        if adds:
            return "add"
        return "change" if changes else "skip"

    @api.model
    def _is_worth_applying(self, result, state, state_after):
        """Whether processing the event again gains anything: effects, or leaving its state.

        What is settled is left alone where it would only be parked or wait.
        """
        if result in ("add", "change"):
            return True
        return state not in FINAL_STATES and state_after not in ("parked", state)

    # ── still true? ──────────────────────────────────────────────────────────────────────────

    def _get_watched(self):
        """What decides how events are booked: model → (domain, field names); addons add theirs."""
        connection = self.connection_id
        tracked = [
            name for name, field in connection._fields.items() if getattr(field, "tracking", False)
        ]
        return {connection._name: ([("id", "=", connection.id)], tracked)}

    def _get_watch(self):
        """A fingerprint by model of what `_get_watched` names."""
        watch = {}
        for model, (domain, names) in self._get_watched().items():
            records = self.env[model].with_context(active_test=False)
            rows = records.search_read(domain, names, order="id", load=None)
            text = json.dumps(rows, sort_keys=True, default=str)
            watch[model] = hashlib.sha256(text.encode()).hexdigest()
        return watch

    @api.depends("state", "watch", "previewed_at")
    def _compute_stale_reason(self):
        for replay in self:
            reasons = replay.sudo()._get_stale_reasons() if replay.state == "ready" else []
            replay.stale_reason = "\n".join(reasons) or False

    def _get_stale_reasons(self):
        """What changed since the preview, a sentence each."""
        reasons = [
            self.env._("%s changed.", self.env["ir.model"]._get(model).name)
            for model, fingerprint in self._get_watch().items()
            if (self.watch or {}).get(model) != fingerprint
        ]
        if moved := self._count_moved():
            reasons.append(self.env._("%s events of it were processed since.", moved))
        if self.scope != "selection" and (new := self._count_new()):
            reasons.append(self.env._("%s more events belong to it now.", new))
        if others := self._count_others():
            reasons.append(
                self.env._("%s other events of the same objects were processed since.", others)
            )
        return reasons

    def _count_moved(self):
        """Events that are not where they were; to wait in vain again is no news."""
        [(count,)] = self.env.execute_query(
            SQL(
                """SELECT count(*) FROM saas_billing_replay_line line
                     JOIN saas_billing_event event ON event.id = line.event_id
                    WHERE line.replay_id = %s
                      AND (event.state != line.state_before
                           OR event.state NOT IN ('waiting', 'retry')
                              AND event.processed_at > %s)""",
                self.id,
                self.previewed_at,
            )
        )
        return count

    def _count_new(self):
        lines = self.env["saas.billing.replay.line"]._search([("replay_id", "=", self.id)])
        known = lines.subselect("event_id")
        return self.env["saas.billing.event"].search_count(
            [*self._get_domain(), ("id", "not in", known)]
        )

    def _count_others(self):
        [(count,)] = self.env.execute_query(
            SQL(
                """SELECT count(DISTINCT other.id) FROM saas_billing_replay_line line
                     JOIN saas_billing_event event ON event.id = line.event_id
                     JOIN saas_billing_event other
                       ON other.object_id = event.object_id
                      AND other.connection_id = event.connection_id
                    WHERE line.replay_id = %(replay)s AND other.processed_at > %(since)s
                      AND NOT EXISTS (SELECT FROM saas_billing_replay_line own
                                       WHERE own.replay_id = %(replay)s
                                         AND own.event_id = other.id)""",
                replay=self.id,
                since=self.previewed_at,
            )
        )
        return count
