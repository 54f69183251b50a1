"""Replay: a preview that leaves nothing behind, then the same work once."""

from datetime import timedelta
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..canonical import MissingDependency, NeedsHuman, OutOfScope
from ..models import billing_replay_apply, billing_replay_preview
from ..models.rehearsal import rehearse
from .common import ConnectorCase


def become_partner(handler, batch):
    """A small handler: every customer becomes or updates a partner, once."""
    links = handler._get_links(batch, "customer", batch.by_object())
    for external_id, changes in batch.by_object().items():
        change = changes[-1]
        link = links.get(external_id)
        if link:
            partner = handler.env["res.partner"].browse(link.res_id)
            if partner.name != change.record.name:
                partner.name = change.record.name
                handler._trace([(change, partner, "updated")])
            continue
        partner = handler.env["res.partner"].create({"name": change.record.name})
        handler._bind(batch, "customer", [(change, external_id, partner)])
        handler._trace([(change, partner, "created")])


class ReplayCase(ConnectorCase):
    def park(self, count=2, **outcome):
        """Events that are parked until `mend`."""
        parked = NeedsHuman("unmapped_tax", "Map tax rate txr_1", key="txr_1", **outcome)
        self.handle_with(lambda _handler, batch: batch.reject(list(batch), parked))
        events = self.receive(
            *(self.event(obj=self.customer(f"cus_{n}", name=f"Name {n}")) for n in range(count))
        )
        self.process(events)
        return events

    def mend(self):
        self.handle_with(become_partner)

    def replay(self, **values):
        return self.env["saas.billing.replay"].create(
            {"connection_id": self.connection.id, **values}
        )

    def replay_of(self, events):
        action = events.action_replay()
        return self.env["saas.billing.replay"].browse(action["res_id"])

    def run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("saas_billing_connector.cron_replay").method_direct_trigger()
        self.env.invalidate_all()

    def count_rows(self):
        """Rows of everything that processing writes."""
        tables = ["res_partner"] + [
            f"saas_billing_{name}" for name in ("event", "attempt", "issue", "link", "trace")
        ]
        self.env.flush_all()
        return {
            table: self.env.execute_query(SQL("SELECT count(*) FROM %s", SQL.identifier(table)))[0][
                0
            ]
            for table in tables
        }


@tagged("post_install", "-at_install")
class TestBillingReplayPreview(ReplayCase):
    def test_preview_tells_what_would_come_and_leaves_nothing(self):
        events = self.park(2)
        self.mend()
        before = self.count_rows()
        replay = self.replay_of(events)
        self.assertEqual(self.count_rows(), before)
        self.assertEqual(set(events.mapped("state")), {"parked"})
        self.assertEqual((replay.state, replay.add_count, replay.apply_count), ("ready", 2, 2))
        self.assertEqual(replay.effect_ids.mapped("name"), ["Name 0", "Name 1"])
        self.assertEqual(set(replay.effect_ids.mapped("label")), {"Contact"})
        self.assertEqual(replay.line_ids.mapped("state_after"), ["done", "done"])

    def test_what_the_books_hold_is_skipped_with_a_reason(self):
        self.mend()
        events = self.receive(self.event())
        self.process(events)
        replay = self.replay_of(events)
        self.assertEqual((replay.skip_count, replay.apply_count), (1, 0))
        self.assertIn("the books hold it already", replay.line_ids.reason)

    def test_a_change_shows_before_and_after(self):
        self.mend()
        events = self.receive(self.event())
        self.process(events)
        partner = self.env["res.partner"].browse(self.env["saas.billing.link"].search([]).res_id)
        partner.name = "Changed by hand"
        replay = self.replay_of(events)
        self.assertEqual((replay.change_count, replay.apply_count), (1, 1))
        self.assertIn("Name: Changed by hand → Ada", replay.effect_ids.details)
        self.assertEqual(partner.name, "Changed by hand")

    def test_each_outcome_has_its_result(self):
        for outcome, result, worth in (
            (OutOfScope("nothing to do"), "skip", True),
            (MissingDependency("customer", "cus_9"), "wait", True),
            (NeedsHuman("other", "Mend the other"), "park", False),
        ):
            with self.subTest(result):
                events = self.park(1)
                self.handle_with(lambda _h, batch, o=outcome: batch.reject(list(batch), o))
                line = self.replay_of(events).line_ids
                self.assertEqual((line.result, line.reason), (result, outcome.message))
                self.assertEqual(line.to_apply, worth)

    def test_scope_by_period_type_and_state(self):
        self.park(3)
        events = self.env["saas.billing.event"].search([], order="id")
        middle = events[1].occurred_at
        replay = self.replay(date_from=middle, date_to=events[2].occurred_at, which="parked")
        replay.action_preview()
        self.assertEqual(replay.line_ids.event_id, events[1])
        replay.write({"date_from": False, "date_to": False, "event_type": "invoice."})
        self.assertEqual((replay.state, replay.event_count), ("draft", 0))
        replay.action_preview()
        self.assertEqual(replay.event_count, 0)
        replay.write({"event_type": "customer.", "which": "ignored"})
        replay.action_preview()
        self.assertEqual(replay.event_count, 0)

    def test_a_cause_brings_what_waits_behind_it(self):
        parked = self.park(1)
        waiting = MissingDependency("customer", "cus_0")
        self.handle_with(lambda _h, batch: batch.reject(list(batch), waiting))
        behind = self.receive(self.event(obj=self.customer("cus_7")))
        self.process(behind)
        issue = parked.issue_id
        self.assertEqual(issue.waiting_count, 1)
        self.assertEqual(issue._get_waiting_behind(), behind)
        self.mend()
        issue.action_replay()
        self.assertEqual(issue.replay_ids.line_ids.event_id, parked | behind)

    def test_large_scopes_are_previewed_in_slices_of_whole_lanes(self):
        self.park(3)
        extra = self.receive(self.event(obj=self.customer("cus_1", name="Newer")))
        self.process(extra)
        self.mend()
        slices = []
        rehearse_slice = type(self.env["saas.billing.replay"])._rehearse

        def remember(replay, lines):
            slices.append(lines.mapped("lane"))
            return rehearse_slice(replay, lines)

        self.patch(type(self.env["saas.billing.replay"]), "_rehearse", remember)
        with patch.object(billing_replay_preview, "SLICE", 2):
            replay = self.replay(which="parked")
            replay.action_preview()
            self.assertEqual((replay.state, replay.previewed_count), ("previewing", 0))
            self.run_cron()
        self.assertEqual(slices, [["cus_0"], ["cus_1", "cus_1"], ["cus_2"]])
        self.assertEqual((replay.state, replay.progress, replay.add_count), ("ready", 100, 3))

    @mute_logger("odoo.addons.saas_billing_connector.models.billing_drain")
    def test_a_preview_that_nobody_foresaw_stops_no_other_one(self):
        self.park(2)
        self.mend()
        with patch.object(billing_replay_preview, "SLICE", 1):
            broken, whole = self.replay(which="parked"), self.replay(which="parked")
            (broken | whole).action_preview()
            rehearse_slice = type(broken)._rehearse

            def fail(replay, lines):
                if replay == broken:
                    raise ZeroDivisionError
                return rehearse_slice(replay, lines)

            self.patch(type(broken), "_rehearse", fail)
            self.run_cron()
        self.assertEqual((broken.state, whole.state), ("cancelled", "ready"))

    def test_a_preview_promises_nothing_for_the_commit(self):
        events = self.park(1)

        def promise(handler, batch):
            handler.env.cr.postcommit.add(lambda: None)
            handler.env.cr.precommit.add(lambda: None)
            handler.env["saas.billing.drain"]._wake_workers(["service"])
            become_partner(handler, batch)

        self.handle_with(promise)
        self.env.cr.flush()
        queues = [getattr(self.env.cr, name) for name in ("precommit", "postcommit")]
        before = [len(queue) for queue in queues]
        triggers = self.env["ir.cron.trigger"].search_count([])
        self.replay_of(events)
        self.assertEqual([len(queue) for queue in queues], before)
        self.assertEqual(self.env["ir.cron.trigger"].search_count([]), triggers)

    def test_a_rehearsal_leaves_no_server_cache(self):
        connection = self.connection
        self.assertEqual(connection._get_endpoint("made-up"), None)
        with rehearse(self.env):
            connection.webhook_token = "made-up"
            self.env.flush_all()
            self.assertTrue(connection._get_endpoint("made-up"))
        self.assertEqual(connection._get_endpoint("made-up"), None)
        self.assertNotEqual(connection.webhook_token, "made-up")

    def test_query_count_of_a_slice_does_not_grow_with_its_events(self):
        """All but the handler's own work costs the same for 5 events as for 25."""
        counts = []
        for count in (5, 5, 25):
            events = self.park(count)
            self.handle_with(lambda _handler, batch: None)
            replay = self.env["saas.billing.replay"].create({"connection_id": self.connection.id})
            replay._add_lines(events._as_query())
            replay._start_preview()
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            replay._preview_slice()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertEqual(counts[1], counts[2])


@tagged("post_install", "-at_install")
class TestBillingReplayApply(ReplayCase):
    def test_apply_sends_what_has_an_effect_through_the_drain(self):
        events = self.park(2)
        issue = events.issue_id
        self.mend()
        replay = self.replay_of(events)
        replay.action_apply()
        self.assertEqual(replay.state, "applied")
        self.assertEqual((replay.applied_by_id, replay.outstanding_count), (self.env.user, 2))
        self.assertEqual(set(events.mapped("state")), {"pending"})
        self.process(events)
        replay.invalidate_recordset()
        self.assertEqual((issue.state, replay.outstanding_count), ("closed", 0))

    def test_replaying_everything_twice_adds_nothing(self):
        self.mend()
        events = self.receive(*(self.event(obj=self.customer(f"cus_{n}")) for n in range(3)))
        self.process(events)
        books = self.count_rows()
        for _time in range(2):
            replay = self.replay(which="processed")
            replay.action_preview()
            self.assertEqual((replay.skip_count, replay.apply_count), (3, 0))
            replay.action_apply()
            self.assertEqual(set(events.mapped("state")), {"done"})
        self.assertEqual(self.count_rows(), books)
        # Even what the preview leaves out does nothing when it is processed all the same.
        events._requeue()
        self.process(events)
        after = self.count_rows()
        after.pop("saas_billing_attempt"), books.pop("saas_billing_attempt")
        self.assertEqual(after, books)

    def test_apply_needs_a_preview(self):
        replay = self.replay()
        with self.assertRaisesRegex(UserError, "Preview the replay first"):
            replay.action_apply()

    def test_what_changed_since_the_preview_is_told(self):
        events = self.park(2)
        self.mend()
        issue = events.issue_id
        issue.action_replay()
        replay = issue.replay_ids
        self.assertFalse(replay.stale_reason)
        self.connection.timezone = "Europe/Berlin"
        replay.invalidate_recordset()
        self.assertIn("Billing Connection changed", replay.stale_reason)
        with self.assertRaisesRegex(UserError, "no longer holds"):
            replay.action_apply()
        replay.action_preview()
        self.assertFalse(replay.stale_reason)
        self.process(events[0])
        replay.invalidate_recordset()
        self.assertIn("1 events of it were processed since", replay.stale_reason)

    def test_waiting_in_vain_again_is_no_change(self):
        waiting = MissingDependency("customer", "cus_9")
        self.handle_with(lambda _handler, batch: batch.reject(list(batch), waiting))
        events = self.receive(self.event())
        self.process(events)
        replay = self.replay_of(events)
        replay.previewed_at -= timedelta(seconds=10)
        self.process(events)
        replay.invalidate_recordset()
        self.assertFalse(replay.stale_reason)

    def test_new_events_of_the_cause_make_the_preview_stale(self):
        events = self.park(1)
        events.issue_id.action_replay()
        self.park(1)
        replay = events.issue_id.replay_ids
        self.assertIn("1 more events belong to it now", replay.stale_reason)

    def test_previewing_a_cause_again_makes_no_second_replay(self):
        issue = self.park(1).issue_id
        self.assertEqual(issue.action_replay()["res_id"], issue.action_replay()["res_id"])
        self.assertEqual(issue.replay_count, 1)

    def test_apply_in_slices(self):
        self.park(3)
        self.mend()
        replay = self.replay(which="parked")
        replay.action_preview()
        with patch.object(billing_replay_apply, "SLICE", 2):
            replay.action_apply()
            self.assertEqual((replay.state, replay.outstanding_count), ("applying", 2))
            self.run_cron()
        self.assertEqual((replay.state, replay.outstanding_count), ("applied", 3))

    def test_an_applied_replay_is_evidence(self):
        events = self.park(1)
        self.mend()
        replay = self.replay_of(events)
        replay.action_apply()
        with self.assertRaises(UserError):
            replay.which = "ignored"
        with self.assertRaises(UserError):
            replay.unlink()
        with self.assertRaises(UserError):
            replay.action_preview()
        self.assertTrue(replay.line_ids.applied)

    def test_what_was_applied_before_it_was_cancelled_is_evidence_too(self):
        events = self.park(4)
        self.mend()
        replay = self.replay_of(events)
        with patch.object(billing_replay_apply, "SLICE", 2):
            replay.action_apply()
        replay.action_cancel()
        for change in (replay.action_preview, lambda: replay.write({"which": "ignored"})):
            with self.assertRaisesRegex(UserError, "was applied"):
                change()


@tagged("post_install", "-at_install")
class TestBillingReplaySecurity(ReplayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = "saas_billing_connector.group_saas_"
        cls.users = {
            role: new_test_user(cls.env, f"replay_{role}", groups=f"{group}{role}")
            for role in ("auditor", "operator")
        }

    def test_operators_replay_and_auditors_watch(self):
        events = self.park(1)
        self.mend()
        with self.assertRaises(UserError):
            events.with_user(self.users["auditor"]).action_replay()
        action = events.with_user(self.users["operator"]).action_replay()
        replay = self.env["saas.billing.replay"].browse(action["res_id"])
        self.assertEqual(replay.previewed_by_id, self.users["operator"])
        seen = replay.with_user(self.users["auditor"])
        seen.read()
        seen.line_ids.read()
        for refused in ("action_preview", "action_apply", "action_cancel"):
            with self.assertRaises(UserError):
                getattr(seen, refused)()
        replay.with_user(self.users["operator"]).action_apply()
        self.assertEqual(replay.applied_by_id, self.users["operator"])

    def test_nobody_writes_the_course_of_a_replay(self):
        operator = self.users["operator"]
        replay = self.replay().with_user(operator)
        with self.assertRaises(AccessError):
            replay.state = "ready"
        with self.assertRaises(AccessError):
            replay.create({"connection_id": self.connection.id, "state": "ready"})
        with self.assertRaises(AccessError):
            replay.write({"decision_model": "res.users", "decision_id": operator.id})

    def test_another_company_neither_sees_nor_replays(self):
        events = self.park(1)
        self.mend()
        replay = self.replay_of(events)
        other = self.env["res.company"].create({"name": "Other"})
        operator = self.users["operator"]
        operator.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        for record in (replay, replay.line_ids, replay.effect_ids):
            self.assertFalse(record.with_user(operator).search([("id", "in", record.ids)]))
        with self.assertRaises(AccessError):
            self.env["saas.billing.replay"].with_user(operator).create(
                {"connection_id": self.connection.id}
            )
        with self.assertRaises(AccessError):
            events.with_user(operator).action_replay()
