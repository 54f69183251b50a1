"""Configuration in force: one person proposes, another one applies."""

from lxml import etree
from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import ConnectorCase


@tagged("post_install", "-at_install")
class TestSecondPerson(ConnectorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        admin = "saas_billing_connector.group_saas_admin"
        cls.first, cls.second = (new_test_user(cls.env, f"saas_{n}", admin) for n in ("a", "b"))
        cls.operator = new_test_user(
            cls.env, "saas_operator", "saas_billing_connector.group_saas_operator"
        )

    def setUp(self):
        super().setUp()
        self.receive(self.event())
        self.mine = self.connection.with_user(self.first)
        self.theirs = self.connection.with_user(self.second)

    def proposals(self, *states):
        found = self.env["saas.billing.proposal"].search(
            [("res_model", "=", self.connection._name), ("res_id", "=", self.connection.id)]
        )
        return found.filtered(lambda proposal: not states or proposal.state in states)

    def propose(self, **values):
        self.mine.write(values or {"timezone": "Europe/Paris"})
        return self.proposals("pending")

    # ── a write becomes a proposal ───────────────────────────────────────────────────────────

    def test_before_it_has_an_effect_it_is_changed_directly(self):
        idle = self.env["res.company"].create({"name": "Idle"})
        connection = self.connection.copy({"account": "acct_idle", "company_id": idle.id})
        self.first.company_ids += idle
        connection = connection.with_user(self.first).with_context(allowed_company_ids=idle.ids)
        connection.timezone = "Europe/Paris"
        self.assertEqual(connection.timezone, "Europe/Paris")

    def test_in_force_it_becomes_a_proposal_and_the_rest_is_written(self):
        proposal = self.propose(timezone="Europe/Paris", name="Renamed")
        self.assertEqual((self.connection.timezone, self.connection.name), ("UTC", "Renamed"))
        self.assertEqual(proposal.author_id, self.first)
        self.assertEqual(proposal.changes_text, "Accounting Time Zone: UTC → Europe/Paris")

    def test_the_form_cannot_go_around_it(self):
        with Form(self.mine) as form:
            form.timezone = "Europe/Paris"
        self.assertEqual(self.connection.timezone, "UTC")
        self.assertTrue(self.proposals("pending"))

    def test_policies_write_as_superuser(self):
        self.connection.sudo().timezone = "Europe/Paris"
        self.assertEqual(self.connection.timezone, "Europe/Paris")

    def test_an_unchanged_value_is_no_proposal(self):
        self.assertFalse(self.propose(timezone="UTC"))

    def test_who_may_not_write_may_not_propose(self):
        with self.assertRaises(AccessError):
            self.connection.with_user(self.operator).timezone = "Europe/Paris"
        self.assertFalse(self.proposals())

    def test_a_second_thought_replaces_the_first(self):
        first = self.propose()
        second = self.propose(timezone="Europe/Rome")
        self.assertEqual((first.state, second.state), ("withdrawn", "pending"))
        self.propose(timezone="UTC")
        self.assertFalse(self.proposals("pending"))

    def test_a_second_thought_of_somebody_alone_replaces_the_first_too(self):
        self.patch(
            type(self.env["saas.billing.proposal"]),
            "_get_approvers",
            lambda proposal: proposal.env["res.users"],
        )
        first = self.propose()
        self.assertEqual(self.propose(timezone="Europe/Rome").state, "pending")
        self.assertEqual(first.state, "withdrawn")

    def test_a_proposal_of_somebody_else_is_decided_first(self):
        self.propose()
        with self.assertRaisesRegex(UserError, "approve or reject"):
            self.theirs.timezone = "Europe/Rome"

    # ── deciding ─────────────────────────────────────────────────────────────────────────────

    def test_a_second_person_applies_it(self):
        proposal = self.propose()
        self.theirs.action_approve_proposal()
        self.assertEqual(self.connection.timezone, "Europe/Paris")
        self.assertEqual((proposal.state, proposal.decided_by_id), ("applied", self.second))
        self.assertIn("approved by", str(self.connection.message_ids[0].body))

    def test_nobody_approves_or_rejects_alone(self):
        proposal = self.propose()
        for action in (self.mine.action_approve_proposal, self.mine.action_reject_proposal):
            with self.assertRaisesRegex(UserError, "second person"):
                action()
        with self.assertRaises(UserError):
            proposal.with_user(self.first).write({"state": "applied"})
        with self.assertRaises(AccessError):
            proposal.with_user(self.first).create({"res_model": "x"})
        self.assertEqual((proposal.state, self.connection.timezone), ("pending", "UTC"))

    def test_the_database_too_wants_two_people(self):
        proposal = self.propose()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            proposal.write({"state": "applied", "decided_by_id": self.first.id})
            proposal.flush_recordset()

    def test_it_takes_the_role(self):
        proposal = self.propose()
        with self.assertRaises(AccessError):
            proposal.with_user(self.operator).action_approve()

    def test_it_takes_the_company(self):
        proposal = self.propose()
        other = self.env["res.company"].create({"name": "Other"})
        self.second.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        with self.assertRaises(AccessError):
            proposal.with_user(self.second).action_approve()

    def test_rejected_and_withdrawn_change_nothing(self):
        self.propose()
        self.theirs.action_reject_proposal()
        self.propose()
        self.mine.action_withdraw_proposal()
        self.assertEqual(self.connection.timezone, "UTC")
        self.assertEqual(self.proposals().mapped("state"), ["withdrawn", "rejected"])
        with self.assertRaises(UserError):
            self.proposals()[0].with_user(self.second).action_approve()

    def test_what_has_changed_since_is_not_overwritten(self):
        proposal = self.propose()
        self.connection.sudo().timezone = "Europe/Rome"
        with self.assertRaisesRegex(UserError, "since the proposal"):
            proposal.with_user(self.second).action_approve()

    # ── telling ──────────────────────────────────────────────────────────────────────────────

    def test_everybody_who_may_decide_is_asked_once(self):
        proposal = self.propose()
        asked = proposal.activity_ids.user_id
        self.assertIn(self.second, asked)
        self.assertNotIn(self.first, asked)
        self.assertNotIn(self.operator, asked)
        self.theirs.action_approve_proposal()
        self.assertFalse(proposal.activity_ids)

    def test_the_banner_says_what_each_may_do(self):
        self.propose()
        for record, decide, withdraw in ((self.mine, False, True), (self.theirs, True, False)):
            self.assertTrue(record.has_proposal)
            self.assertEqual(record.may_decide_proposal, decide)
            self.assertEqual(record.may_withdraw_proposal, withdraw)
        arch = etree.fromstring(self.theirs.get_view(view_type="form")["arch"])
        banner = arch.find(".//field[@name='proposal_table']")
        self.assertIsNotNone(banner)

    def test_the_reason_is_the_authors_and_the_history_stays(self):
        proposal = self.propose()
        proposal.with_user(self.first).reason = "We moved to Paris"
        with self.assertRaises(UserError):
            proposal.with_user(self.second).reason = "No"
        with self.assertRaises(ValidationError):
            proposal.with_user(self.first).reason = "The key is rk_live_Pasted1"
        with self.assertRaises(UserError):
            proposal.unlink()

    # ── the copy guard uses it ───────────────────────────────────────────────────────────────

    def test_a_live_connection_is_bound_anew_by_two_people(self):
        company = self.env["res.company"].create({"name": "Live"})
        (self.first | self.second).company_ids += company
        live = self.connection.copy(
            {"account": "acct_live", "livemode": True, "company_id": company.id}
        )
        self.env["ir.config_parameter"].sudo().set_param("database.uuid", "another")
        for user, stopped in ((self.first, True), (self.second, False)):
            record = live.with_user(user).with_context(allowed_company_ids=company.ids)
            if user == self.first:
                record.action_rebind()
            else:
                record.action_approve_proposal()
            live.invalidate_recordset()
            self.assertEqual(live.stopped, stopped)
