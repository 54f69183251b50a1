"""Access follows the state, the policy, people and time, at once and with its history."""

from datetime import UTC, datetime

from freezegun import freeze_time
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user

from . import factory
from .common import SyncCase

NOW = "2026-03-10 12:00:00"
LATE_AT = datetime(2026, 3, 9, 12, tzinfo=UTC)
OPERATOR = "saas_billing_connector.group_saas_operator"


@freeze_time(NOW)
class TestSubscriptionAccess(SyncCase):
    def setUp(self):
        super().setUp()
        self.deliver(factory.customer(), factory.product(), factory.price())
        self.active = factory.subscription()
        self.late = factory.subscription(status="past_due")
        self.deliver(self.change(self.active, kind="created"))
        self.subscription = self.bound("subscription", "sub_1")

    def later(self, record, previous=None, days=0, **values):
        """A change that happened `days` after the payment was late."""
        second = (LATE_AT - factory.YEAR_START).total_seconds() + days * 86400
        return self.change(record, previous=previous, second=int(second), **values)

    def fall_late(self):
        (change,) = self.deliver(self.later(self.late, self.active))
        return change

    def rows(self):
        """Changes of access, the newest first."""
        return self.subscription.access_ids.sorted("number", reverse=True)

    def history(self):
        return [(row.access_before, row.access, row.reason) for row in self.rows()]

    def test_every_state_has_an_access(self):
        expected = {
            "incomplete": "suspended",
            "trialing": "granted",
            "active": "granted",
            "cancelling": "granted",
            "paused": "suspended",
            "suspended": "suspended",
            "cancelled": "ended",
            "expired": "ended",
        }
        for state, access in expected.items():
            with self.subTest(state):
                self.deliver(factory.subscription(f"sub_{state}", status=state))
                subscription = self.bound("subscription", f"sub_{state}")
                self.assertEqual((subscription.access, subscription.access_until), (access, False))

    def test_late_payment_has_grace_from_the_moment_it_was_late(self):
        change = self.fall_late()
        self.assertRecordValues(
            self.subscription,
            [
                {
                    "access": "grace",
                    "access_until": datetime(2026, 3, 16, 12),
                    "past_due_since": datetime(2026, 3, 9, 12),
                }
            ],
        )
        row = self.rows()[0]
        self.assertEqual((row.event_id, row.until), (change.event, datetime(2026, 3, 16, 12)))
        self.assertEqual(
            self.history(), [("granted", "grace", "state"), (False, "granted", "state")]
        )

    def test_grace_ends_by_time_and_access_comes_back_by_payment(self):
        self.fall_late()
        cron = self.env.ref("saas_subscription_sync.cron_access")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(self.subscription.access, "grace")
        with freeze_time("2026-03-16 12:00:30"), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.subscription.invalidate_recordset()
        self.assertEqual(self.subscription.access, "suspended")
        self.assertEqual(self.history()[0], ("grace", "suspended", "time"))
        self.deliver(self.later(self.active, self.late, days=8))
        self.assertEqual(self.history()[0], ("suspended", "granted", "state"))

    def test_any_order_and_repetition_gives_the_same_grace(self):
        early = self.later(self.late, self.active)
        renamed = self.later(self.late, days=0.5)
        for order in ((early, renamed), (renamed, early), (renamed, renamed, early, early)):
            with self.subTest(), self.env.cr.savepoint() as savepoint:
                for change in order:
                    self.deliver(change)
                self.assertEqual(self.subscription.access_until, datetime(2026, 3, 16, 12))
                savepoint.rollback()
            self.env.invalidate_all()

    def test_repetition_and_older_events_change_no_access(self):
        change = self.fall_late()
        before = self.history()
        self.deliver(change)
        self.deliver(self.change(self.active, kind="created", second=0))
        self.assertEqual(self.history(), before)

    def test_policy_of_the_connection(self):
        self.fall_late()
        self.connection.grace_days = 0
        self.assertEqual(self.history()[0], ("grace", "suspended", "policy"))
        self.connection.grace_days = 30
        self.assertEqual(self.subscription.access, "grace")
        unpaid = factory.subscription("sub_2", status="suspended")
        paused = factory.subscription("sub_3", status="paused", pause_reason="pause_requested")
        incomplete = factory.subscription("sub_4", status="incomplete")
        self.connection.write(
            {
                "unpaid_access": "ended",
                "paused_access": "granted",
                "incomplete_access": "granted",
            }
        )
        self.deliver(unpaid, paused, incomplete)
        self.assertEqual(
            [self.bound("subscription", f"sub_{n}").access for n in (2, 3, 4)],
            ["ended", "granted", "granted"],
        )

    def test_pause_of_collection_leaves_access(self):
        self.deliver(
            self.later(factory.subscription(pause_collection="void"), previous=self.active)
        )
        self.assertEqual(self.subscription.access, "granted")

    def test_a_person_decides_with_a_reason_and_takes_it_back(self):
        user = new_test_user(
            self.env,
            "decider",
            OPERATOR,
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.deliver(self.later(factory.subscription(status="suspended"), previous=self.active))
        self.assertEqual(self.subscription.access, "suspended")
        subscription = self.subscription.with_user(user)
        wizard = Form(
            self.env["saas.subscription.access.decision"]
            .with_user(user)
            .with_context(**subscription.action_open_decide_access()["context"])
        )
        wizard.access = "granted"
        wizard.until = "2026-03-20 00:00:00"
        wizard.reason = "Promised to pay by Friday"
        wizard.save().action_decide()
        row = self.rows()[0]
        self.assertEqual(
            (row.access, row.reason, row.note, row.user_id),
            ("granted", "person", "Promised to pay by Friday", user),
        )
        # Further events leave the decision alone.
        self.deliver(self.later(factory.subscription(status="suspended"), days=0.5))
        self.assertEqual(self.subscription.access, "granted")
        subscription.action_follow_policy()
        self.assertEqual(self.subscription.access, "suspended")
        self.assertFalse(self.subscription.access_override)

    def test_a_decision_runs_out(self):
        self.deliver(self.later(factory.subscription(status="suspended"), previous=self.active))
        self.subscription._decide_access("granted", datetime(2026, 3, 12), "Holiday")
        with freeze_time("2026-03-12 00:00:01"), self.enter_registry_test_mode():
            self.env.ref("saas_subscription_sync.cron_access").method_direct_trigger()
        self.subscription.invalidate_recordset()
        self.assertEqual(self.history()[0], ("granted", "suspended", "time"))
        self.assertFalse(self.subscription.access_override)

    def test_decisions_ask_for_the_role_and_for_sense(self):
        reader = new_test_user(
            self.env,
            "reader",
            "saas_billing_connector.group_saas_auditor",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with self.assertRaises(AccessError):
            self.subscription.with_user(reader)._decide_access("granted", False, "Because")
        with self.assertRaises(UserError):
            self.subscription._decide_access("granted", datetime(2026, 3, 1), "Too late")

    def test_history_is_append_only_and_counted(self):
        row = self.subscription.access_ids.sudo()
        with self.assertRaises(UserError):
            row.access = "ended"
        with self.assertRaises(UserError):
            row.unlink()
        self.env.cr.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conname = 'saas_subscription_access_number_unique'"
        )
        self.assertEqual(self.env.cr.fetchall(), [("UNIQUE (subscription_id, number)",)])

    def test_changes_are_ordinary_writes_for_automation(self):
        """What automation rules hook on: a write of stored fields through the ORM."""
        written = []
        model = self.env.registry["saas.subscription"]
        original = model.write

        def write(records, vals):
            written.append(vals)
            return original(records, vals)

        self.patch(model, "write", write)
        self.fall_late()
        fields = {name for vals in written for name in vals}
        self.assertLessEqual({"state", "access", "access_until"}, fields)
        self.assertTrue(
            all(
                self.subscription._fields[name].store
                for name in ("access", "state", "mrr", "failed_attempts", "next_attempt_at")
            )
        )

    def test_due_grace_is_found_by_its_index(self):
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'saas_subscription_%access_due%'"
        )
        self.assertIn("access_until IS NOT NULL", self.env.cr.fetchone()[0])

    def test_access_tells_the_step_not_each_record(self):
        """The scheduled action takes as many statements for many as for few."""

        def count(number, prefix):
            for n in range(number):
                self.deliver(
                    factory.subscription(f"{prefix}{n}", factory.item(f"{prefix}i{n}")),
                )
            self.deliver(
                *(
                    self.later(
                        factory.subscription(
                            f"{prefix}{n}", factory.item(f"{prefix}i{n}"), status="past_due"
                        ),
                        previous=factory.subscription(
                            f"{prefix}{n}", factory.item(f"{prefix}i{n}")
                        ),
                    )
                    for n in range(number)
                )
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            due = self.env["saas.subscription"].sudo()
            due = due.search([("access_until", "<=", datetime(2026, 4, 1))])
            due.with_context(tracking_disable=True)._refresh_access("time")
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        with freeze_time("2026-04-01"):
            few, many = count(2, "few_"), count(20, "many_")
        self.assertLessEqual(many, few + 6)
