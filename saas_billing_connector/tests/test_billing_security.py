"""Who may do what, and in which company."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..canonical import NeedsHuman
from .common import ConnectorCase

MODELS = ("connection", "event", "attempt", "issue", "link", "trace")


@tagged("post_install", "-at_install")
class TestBillingSecurity(ConnectorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = "saas_billing_connector.group_saas_"
        cls.users = {
            role: new_test_user(cls.env, f"saas_{role}", groups=f"{group}{role}")
            for role in ("auditor", "operator", "admin")
        }
        cls.stranger = new_test_user(cls.env, "saas_stranger", groups="base.group_user")

    def parked(self):
        outcome = NeedsHuman("cause", "Mend it")
        self.handle_with(lambda _handler, batch: batch.reject(list(batch), outcome))
        event = self.receive(self.event())
        self.process(event)
        return event

    def test_every_role_reads_and_a_stranger_does_not(self):
        for model in MODELS:
            for user in self.users.values():
                self.env[f"saas.billing.{model}"].with_user(user).search([], limit=1).read()
            with self.assertRaises(AccessError):
                self.env[f"saas.billing.{model}"].with_user(self.stranger).search([])

    def test_nobody_creates_or_changes_evidence(self):
        event = self.parked()
        for user in self.users.values():
            for record in (event, event.attempt_ids):
                with self.assertRaises(UserError):
                    record.with_user(user).write({"create_uid": user.id})
                with self.assertRaises(UserError):
                    record.with_user(user).unlink()
            with self.assertRaises(AccessError):
                self.env["saas.billing.trace"].with_user(user).create({"event_id": event.id})

    def test_replay_needs_the_operator(self):
        event = self.parked()
        for record in (event, event.issue_id):
            with self.assertRaises(UserError):
                record.with_user(self.users["auditor"]).action_replay()
            action = record.with_user(self.users["operator"]).action_replay()
            self.assertEqual(action["res_model"], "saas.billing.replay")

    def test_only_the_administrator_configures(self):
        for role in ("auditor", "operator"):
            with self.assertRaises(AccessError):
                self.connection.with_user(self.users[role]).name = "Mine"
        self.connection.with_user(self.users["admin"]).name = "Ours"

    def test_only_the_administrator_names_owners_of_issues(self):
        owners = self.env["saas.billing.issue.owner"]
        values = {
            "connection_id": self.connection.id,
            "code": "unexpected",
            "user_id": self.users["operator"].id,
        }
        for role in ("auditor", "operator"):
            with self.assertRaises(AccessError):
                owners.with_user(self.users[role]).create(values)
        owners.with_user(self.users["admin"]).create(values)

    def test_another_company_sees_nothing(self):
        event = self.parked()
        other = self.env["res.company"].create({"name": "Other"})
        user = self.users["admin"]
        user.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        for record in (self.connection, event, event.attempt_ids, event.issue_id):
            found = record.with_user(user).search([("id", "in", record.ids)])
            self.assertFalse(found, record._name)
