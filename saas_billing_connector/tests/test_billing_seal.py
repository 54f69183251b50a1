"""The log as a chain: whatever is changed in SQL is found and named."""

from unittest.mock import patch

from odoo import sql_db
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ..models import billing_seal
from ..models.billing_seal import KINDS
from .common import ConnectorCase


@tagged("post_install", "-at_install")
class TestBillingSeal(ConnectorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seals = cls.env["saas.billing.seal"]
        cls.checks = cls.env["saas.billing.seal.check"]
        cls.env.cr.execute(
            "DELETE FROM saas_billing_seal_check; DELETE FROM saas_billing_seal;"
            "DELETE FROM saas_billing_seal_horizon"
        )

    def setUp(self):
        super().setUp()
        self.handle_with(
            lambda handler, batch: handler._trace(
                [(change, self.env.user.partner_id, "updated") for change in batch]
            )
        )
        self.events = self.receive(*(self.event() for _each in range(5)))
        self.process(self.events)
        self.waiting = self.receive(self.event())
        self.seal()

    def seal(self):
        """Seal all there is, as the scheduled action does once nobody else writes."""
        self.env.flush_all()
        for kind, _label in KINDS:
            horizon = self.env[f"saas.billing.{kind}"].search([], limit=1, order="id desc").id
            while self.seals._seal(kind, horizon):
                pass
        self.env.invalidate_all()

    def sql(self, statement, *values):
        self.env.cr.execute(SQL(statement, *values))
        self.env.invalidate_all()

    def check(self):
        check = self.checks.create({})
        while check._advance():
            pass
        return check

    def assertFound(self, kind, found_id, what):
        check = self.check()
        self.assertEqual(
            (check.state, check.found_kind, check.found_id, check.found_what),
            ("failed", kind, found_id, what),
        )
        return check

    def test_single_rows_are_proved_by_their_seal(self):
        unsealed = self.receive(self.event())
        first, second, *_others = self.events
        proofs = self.seals._prove("event", (self.events | unsealed).ids)
        self.assertEqual(set(proofs), set(self.events.ids))
        self.assertTrue(all(proof.is_intact for proof in proofs.values()))
        self.assertTrue(self.seals._prove("trace", first.trace_ids.ids)[first.trace_ids.id])
        self.sql("UPDATE saas_billing_event SET occurred_at = now() WHERE id = %s", first.id)
        proofs = self.seals._prove("event", self.events.ids)
        self.assertFalse(proofs[first.id].is_intact)
        self.assertTrue(proofs[second.id].is_intact)

    def test_rows_of_a_changed_seal_are_not_proved(self):
        self.sql("UPDATE saas_billing_seal SET rows_hash = 'x' WHERE kind = 'event'")
        proofs = self.seals._prove("event", self.events.ids)
        self.assertFalse(any(proof.is_intact for proof in proofs.values()))

    def test_an_untouched_log_passes(self):
        check = self.check()
        self.assertEqual(check.state, "passed")
        sealed = self.seals.search([])
        self.assertEqual(check.row_count, sum(sealed.mapped("row_count")))
        self.assertGreaterEqual(check.row_count, 16)
        self.assertEqual(check.head_hash, sealed[0].hash)

    def test_an_explanation_does_not_make_a_broken_chain_whole(self):
        self.assertEqual(self.seals._get_chain_state(), "whole")
        self.sql(
            "UPDATE saas_billing_seal SET previous_hash = 'x' WHERE id = %s",
            self.seals.search([], limit=1).id,
        )
        self.assertEqual(self.seals._get_chain_state(), "broken")
        self.check().explanation = "Known"
        self.assertEqual(self.seals._get_chain_state(), "explained")

    def test_what_changes_by_design_is_no_finding(self):
        self.process(self.waiting)
        self.events[0].action_replay()
        self.process(self.events[0])
        self.sql("UPDATE saas_billing_event SET processed_at = '2020-01-01' WHERE state = 'done'")
        self.env["saas.billing.event"]._gc_bodies()
        self.env.invalidate_all()
        self.assertTrue(self.events[1].body_removed_at)
        self.seal()
        self.assertEqual(self.check().state, "passed")

    def test_altered_columns_are_found_and_named(self):
        for table, kind, row, column in (
            ("saas_billing_event", "event", self.events[3], "external_id"),
            ("saas_billing_event", "event", self.events[2], "body_sha256"),
            ("saas_billing_attempt", "attempt", self.events[1].attempt_ids, "outcome"),
            ("saas_billing_trace", "trace", self.events[4].trace_ids, "effect"),
        ):
            with self.subTest(column=column), self.env.cr.savepoint() as savepoint:
                self.sql(
                    "UPDATE %s SET %s = 'false' WHERE id = %s",
                    SQL.identifier(table),
                    SQL.identifier(column),
                    row.id,
                )
                self.assertFound(kind, row.id, "altered")
                savepoint.rollback()

    def test_altered_content_is_found_though_only_its_digest_is_sealed(self):
        for column, value in (
            ("body", '{"id": "evt_false"}'),
            ("body", None),
            ("canonical", "{}"),
            ("canonical", None),
        ):
            with self.subTest(column=column), self.env.cr.savepoint() as savepoint:
                self.sql(
                    "UPDATE saas_billing_event SET %s = %s WHERE id = %s",
                    SQL.identifier(column),
                    value,
                    self.events[2].id,
                )
                self.assertFound("event", self.events[2].id, "altered")
                savepoint.rollback()

    def test_deleted_rows_are_found_and_named(self):
        self.sql("DELETE FROM saas_billing_event WHERE id = %s", self.waiting.id)
        self.assertFound("event", self.waiting.id, "deleted")
        trace = self.events[0].trace_ids
        self.sql("DELETE FROM saas_billing_trace WHERE id = %s", trace.id)
        self.sql("UPDATE saas_billing_seal_check SET explanation = 'Known'")
        self.assertFound("trace", trace.id, "deleted")

    def test_a_row_slipped_in_is_found_and_named(self):
        gap = self.events[0].trace_ids.id
        self.sql("DELETE FROM saas_billing_seal")
        self.sql("DELETE FROM saas_billing_trace WHERE id = %s", gap)
        self.seal()
        self.assertEqual(self.check().state, "passed")
        self.sql(
            """INSERT INTO saas_billing_trace (id, event_id, res_model, res_id, effect)
               VALUES (%s, %s, 'account.move', 7, 'posted')""",
            gap,
            self.events[1].id,
        )
        self.assertFound("trace", gap, "inserted")

    def test_a_changed_or_missing_seal_breaks_the_chain(self):
        self.receive(self.event())
        self.seal()
        first, second, *_others = self.seals.search([], order="sequence")
        with self.env.cr.savepoint() as savepoint:
            self.sql("UPDATE saas_billing_seal SET rows_hash = 'x' WHERE id = %s", first.id)
            self.assertFound("seal", first.sequence, "altered")
            savepoint.rollback()
        with self.env.cr.savepoint() as savepoint:
            self.sql("UPDATE saas_billing_seal SET leaves = '' WHERE id = %s", second.id)
            self.assertFound("seal", second.sequence, "altered")
            savepoint.rollback()
        self.sql("DELETE FROM saas_billing_seal WHERE id = %s", first.id)
        self.assertFound("seal", second.sequence, "altered")

    def test_a_seal_cannot_be_made_again_over_changed_rows_unnoticed(self):
        """Whoever seals anew changes the hash of every later seal, and of the head."""
        head = self.check().head_hash
        self.sql("DELETE FROM saas_billing_seal")
        trace = self.events.trace_ids[0]
        self.sql("UPDATE saas_billing_trace SET res_id = 0 WHERE id = %s", trace.id)
        self.seal()
        self.assertNotEqual(self.check().head_hash, head)

    def test_rows_are_sealed_once_in_batches(self):
        self.sql("DELETE FROM saas_billing_seal")
        with patch.object(billing_seal, "BATCH", 2):
            self.seal()
        seals = self.seals.search([("kind", "=", "event")], order="sequence")
        self.assertLessEqual(set(seals.mapped("row_count")), {1, 2})
        for earlier, later in zip(seals, seals[1:], strict=False):
            self.assertEqual(earlier.upper_id, later.lower_id)
        self.assertEqual(self.check().state, "passed")
        count = len(self.seals.search([]))
        self.seal()
        self.assertEqual(len(self.seals.search([])), count)

    def test_nothing_is_sealed_while_a_lower_id_may_still_appear(self):
        horizons = self.env["saas.billing.seal.horizon"]
        other = sql_db.db_connect(self.env.cr.dbname).cursor()
        try:
            # What an INSERT of another session has done before it draws its ids.
            other.execute("LOCK TABLE saas_billing_event IN ROW EXCLUSIVE MODE")
            horizons._note("event")
            self.assertFalse(horizons._get_ready("event"))
            other.rollback()
            self.assertGreaterEqual(horizons._get_ready("event"), self.waiting.id)
            # A writer that came after the horizon was noted draws higher ids.
            other.execute("LOCK TABLE saas_billing_event IN ROW EXCLUSIVE MODE")
            self.assertTrue(horizons._get_ready("event"))
        finally:
            other.close()

    def test_the_scheduled_actions_seal_and_check(self):
        self.sql("DELETE FROM saas_billing_seal")
        with self.enter_registry_test_mode():
            self.env.ref("saas_billing_connector.cron_seal").method_direct_trigger()
            self.env.ref("saas_billing_connector.cron_check_seals").method_direct_trigger()
        self.assertEqual(set(self.seals.search([]).mapped("kind")), {"event", "attempt", "trace"})
        self.assertEqual(self.checks.search([], limit=1).state, "passed")

    def test_a_finding_tells_the_responsible_once_and_turns_health_red(self):
        self.check()
        self.assertEqual(self.log_health().level, "green")
        self.sql("UPDATE saas_billing_event SET object_id = 'x' WHERE id = %s", self.events[0].id)
        failed = self.check() | self.check()
        self.assertEqual(self.log_health().level, "red")
        issue = failed.issue_id
        self.assertEqual((len(issue), issue.code), (1, "log_altered"))
        self.assertEqual(len(issue.activity_ids), 1)
        self.assertIn(str(self.events[0].id), issue.title)

    def log_health(self):
        return next(each for each in self.connection._get_health_checks() if each.code == "log")

    def test_an_explained_finding_is_passed_over(self):
        self.sql("UPDATE saas_billing_event SET object_id = 'x' WHERE id = %s", self.events[0].id)
        check = self.check()
        admin = new_test_user(
            self.env, "saas_seal_admin", groups="saas_billing_connector.group_saas_admin"
        )
        check.with_user(admin).explanation = "Restored from the backup of 1 May"
        self.assertEqual(check.explained_by_id, admin)
        self.assertEqual(check.issue_id.state, "closed")
        self.assertEqual(self.check().state, "passed")
        with self.assertRaises(UserError):
            check.with_user(admin).explanation = "Another story"
        with self.assertRaises(UserError):
            check.with_user(admin).write({"state": "passed"})

    def test_a_check_goes_on_where_it_stopped(self):
        check = self.checks.create({})
        check._advance()
        self.assertEqual(self.checks._get_running(), check)
        self.assertEqual((check.state, check.sequence), ("running", 1))
        action = self.checks.action_check()
        self.assertEqual((action["res_id"], check.state), (check.id, "passed"))

    def test_seals_and_checks_cannot_be_changed_or_deleted(self):
        check = self.check()
        for record in (self.seals.search([], limit=1), check):
            for context in ({}, {"_force_unlink": True}):
                with self.assertRaises(UserError):
                    record.sudo().with_context(**context).unlink()
        with self.assertRaises(UserError):
            self.seals.search([], limit=1).sudo().write({"hash": "x"})

    def test_the_chain_is_a_constraint_of_the_database(self):
        self.env.cr.execute(
            """SELECT conname FROM pg_constraint WHERE contype = 'u'
                AND conrelid::regclass::text LIKE 'saas_billing_seal%'"""
        )
        self.assertLessEqual(
            {"saas_billing_seal_sequence_unique", "saas_billing_seal_range_unique"},
            {name for (name,) in self.env.cr.fetchall()},
        )
