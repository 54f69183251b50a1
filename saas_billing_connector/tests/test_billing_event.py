"""The inbox row: stored once, never changed, never deleted."""

from odoo.exceptions import UserError
from odoo.tests import tagged

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

    def test_storing_takes_one_statement(self):
        self.receive(self.event())
        self.env["saas.billing.event"].flush_model()
        before = self.env.cr.sql_log_count
        event = self.event()
        self.receive(event)
        # the INSERT, and the search of this test's own helper
        self.assertLessEqual(self.env.cr.sql_log_count - before, 2)

    def test_replay_runs_again_without_doubling(self):
        seen = []
        self.handle_with(lambda handler, batch: seen.extend(batch))
        event = self.receive(self.event())
        self.process(event)
        event.action_replay()
        self.assertEqual(event.state, "pending")
        self.process(event)
        self.assertEqual((len(seen), event.state, len(event.attempt_ids)), (2, "done", 2))
