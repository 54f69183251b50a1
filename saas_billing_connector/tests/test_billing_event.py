"""The inbox row: stored once, never changed, never deleted."""

import hashlib

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..canonical.serialise import load_change
from .common import ConnectorCase


@tagged("post_install", "-at_install")
class TestBillingEvent(ConnectorCase):
    def test_what_was_received_cannot_be_changed(self):
        event = self.receive(self.event())
        for values in ({"body": "{}"}, {"event_type": "x"}, {"external_id": "evt_x"}):
            with self.assertRaises(UserError):
                event.write(values)

    def test_an_event_cannot_be_deleted(self):
        with self.assertRaises(UserError):
            self.receive(self.event()).unlink()

    def test_events_of_an_unknown_api_version_can_be_found(self):
        known, unknown = self.receive(
            self.event(), self.event(api_version="2099-01-01.zinnia")
        ).mapped("version_unknown")
        self.assertEqual((known, unknown), (False, True))
        found = self.env["saas.billing.event"].search([("version_unknown", "=", True)])
        self.assertEqual(found.mapped("api_version"), ["2099-01-01.zinnia"])

    @mute_logger("odoo.sql_db")
    def test_no_path_through_the_orm_changes_or_deletes_evidence(self):
        self.handle_with(
            lambda handler, batch: handler._trace(
                [(change, self.env.user.partner_id, "updated") for change in batch]
            )
        )
        event = self.receive(self.event())
        self.process(event)
        for record, field in (
            (event, "external_id"),
            (event.attempt_ids, "outcome"),
            (event.trace_ids, "res_model"),
        ):
            record = record.sudo()
            for change in (
                lambda: setattr(record, field, "x"),  # noqa: B023
                lambda: record.web_save({field: "x"}, {}),  # noqa: B023
                lambda: record.unlink(),  # noqa: B023
                # what Odoo passes when a module is uninstalled, and anybody could
                lambda: record.with_context(_force_unlink=True).unlink(),  # noqa: B023
            ):
                with self.assertRaises(UserError):
                    change()
        with self.assertRaises(IntegrityError):
            self.connection.unlink()

    def test_once_only_is_a_constraint_of_the_database(self):
        self.env.cr.execute(
            """SELECT conname FROM pg_constraint WHERE contype = 'u'
                AND conrelid::regclass::text LIKE 'saas_billing%'"""
        )
        names = {name for (name,) in self.env.cr.fetchall()}
        self.assertLessEqual(
            {
                "saas_billing_event_event_unique",
                "saas_billing_link_external_unique",
                "saas_billing_trace_effect_unique",
                "saas_billing_connection_account_unique",
                "saas_billing_connection_token_unique",
            },
            names,
        )
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'saas_billing_issue_open_unique'"
        )
        self.assertIn("UNIQUE", self.env.cr.fetchone()[0])

    def test_the_same_event_again_is_a_duplicate_whatever_its_bytes(self):
        first = self.event(pending_webhooks=2)
        self.receive(first)
        for again in (
            first,
            dict(reversed(first.items())),
            first | {"pending_webhooks": 1},
            first | {"api_version": "2025-03-31.basil", "data": {"object": self.customer(x=1)}},
        ):
            self.assertFalse(self.receive(again).conflict_of_id)
        self.assertFalse(self.conflicts_of(first))

    def conflicts_of(self, event):
        return self.env["saas.billing.event"].search(
            [("conflict_of_id.external_id", "=", event["id"])]
        )

    def test_an_id_used_again_with_other_content_is_kept_once_and_parked(self):
        self.handle_with(lambda _handler, batch: None)
        first = self.event()
        other = first | {"data": {"object": self.customer(name="Eve")}}
        original = self.receive(first)
        for _delivery in range(2):
            self.receive(other)
        conflict = self.conflicts_of(first)
        self.assertEqual(len(conflict), 1)
        self.assertRegex(conflict.external_id, rf"^{first['id']}~[0-9a-f]{{12}}$")
        self.assertIn("Eve", conflict.body)
        self.process(original | conflict)
        self.assertEqual((original.state, conflict.state), ("done", "parked"))
        self.assertEqual(
            (conflict.issue_id.code, conflict.issue_id.key), ("id_conflict", first["id"])
        )
        self.assertIn(first["id"], conflict.issue_id.title)

    def test_a_conflict_is_set_aside_by_a_person(self):
        first = self.event()
        original = self.receive(first)
        self.receive(first | {"data": {"object": self.customer(name="Eve")}})
        conflict = self.conflicts_of(first)
        self.process(conflict)
        issue = conflict.issue_id
        with self.assertRaises(UserError):
            original.action_set_aside()
        conflict.action_set_aside()
        self.assertEqual((conflict.state, issue.state), ("ignored", "closed"))
        self.assertEqual(conflict.attempt_ids[0].code, "set_aside")
        self.assertIn(self.env.user.name, conflict.error_message)

    def test_what_was_read_is_shown_with_what_it_was_before(self):
        self.handle_with(lambda _handler, batch: None)
        changed = self.event("customer.updated")
        changed["data"]["previous_attributes"] = {"name": "Augusta"}
        event = self.receive(changed)
        self.assertFalse(event.canonical_table)
        self.process(event)
        for text in ("Ada", "Augusta", "External id", "cus_1"):
            self.assertIn(text, event.canonical_table)

    def test_storing_takes_one_statement(self):
        self.receive(self.event())
        self.env["saas.billing.event"].flush_model()
        before = self.env.cr.sql_log_count
        event = self.event()
        self.receive(event)
        # the INSERT, and the search of this test's own helper
        self.assertLessEqual(self.env.cr.sql_log_count - before, 2)

    def test_what_was_read_is_kept_with_its_digest_on_every_attempt(self):
        self.handle_with(lambda _handler, batch: None)
        changed = self.event("customer.updated")
        changed["data"]["previous_attributes"] = {"name": "Augusta"}
        events = self.receive(self.event(), changed)
        self.process(events)
        canonical_type, record, previous, version = load_change(events[1].canonical)
        self.assertEqual(canonical_type, "customer")
        self.assertEqual((record.name, previous.name), ("Ada", "Augusta"))
        self.assertIn(changed["id"], version)
        for event in events:
            digest = hashlib.sha256(event.canonical.encode()).hexdigest()
            self.assertEqual(event.attempt_ids.canonical_sha256, digest)

    def test_replay_runs_again_without_doubling(self):
        seen = []
        self.handle_with(lambda handler, batch: seen.extend(batch))
        event = self.receive(self.event())
        self.process(event)
        event._requeue()
        self.assertEqual(event.state, "pending")
        self.process(event)
        self.assertEqual((len(seen), event.state, len(event.attempt_ids)), (2, "done", 2))
