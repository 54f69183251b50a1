"""A version of a rule takes two people, and what was decided is kept."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, UniqueViolation

from .common import RevenueCommon


@tagged("post_install", "-at_install")
class TestRuleApproval(RevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.author, cls.accountant, cls.manager = (
            new_test_user(
                cls.env,
                f"rule_{name}",
                groups=f"saas_deferred_revenue.group_revenue_{role}",
                company_id=cls.company.id,
            )
            for name, role in (
                ("author", "manager"),
                ("accountant", "accountant"),
                ("manager", "manager"),
            )
        )
        cls.draft = cls.rule.with_user(cls.author).copy({"code": "DRAFT"})
        cls.draft.reason = "Plans are sold by the month now"

    def propose(self):
        self.draft.action_propose()
        return self.draft.with_user(self.manager)

    def test_the_rule_of_the_installation_is_approved_by_the_system(self):
        self.assertRecordValues(self.rule, [{"state": "approved", "proposed_by_id": False}])

    def test_one_proposes_and_another_manager_approves(self):
        theirs = self.propose()
        self.assertRecordValues(
            theirs, [{"state": "proposed", "proposed_by_id": self.author.id, "may_decide": True}]
        )
        self.assertIn(self.manager, self.draft.activity_ids.user_id)
        self.assertNotIn(self.author, self.draft.activity_ids.user_id)
        self.assertNotIn(self.accountant, self.draft.activity_ids.user_id)
        theirs.action_approve()
        self.assertRecordValues(theirs, [{"state": "approved", "decided_by_id": self.manager.id}])
        self.assertFalse(self.draft.activity_ids)

    def test_an_accountant_may_propose_and_not_decide(self):
        draft = self.rule.with_user(self.accountant).copy({"code": "OTHER"})
        draft.reason = "Usage is billed in arrears"
        draft.action_propose()
        self.propose()
        with self.assertRaises(AccessError):
            self.draft.with_user(self.accountant).action_approve()
        with self.assertRaisesRegex(UserError, "second person"):
            draft.action_approve()

    def test_nobody_approves_what_they_have_proposed(self):
        self.propose()
        with self.assertRaisesRegex(UserError, "second person"):
            self.draft.action_approve()
        with (
            self.assertRaises(CheckViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.draft.with_user(self.author).sudo().action_approve()

    def test_a_draft_is_proposed_before_it_is_approved(self):
        with self.assertRaisesRegex(UserError, "propose it first"):
            self.draft.with_user(self.manager).action_approve()

    def test_a_proposal_says_why(self):
        self.draft.reason = False
        with self.assertRaisesRegex(UserError, "reason"):
            self.draft.action_propose()

    def send_back(self, rule, reason):
        wizard = Form(
            self.env["saas.revenue.rule.return"]
            .with_user(rule.env.user)
            .with_context(default_rule_id=rule.id)
        )
        wizard.reason = reason
        wizard.save().action_return()

    def test_what_is_rejected_is_a_draft_again_and_the_chatter_tells_why(self):
        self.send_back(self.propose(), "Which customers?")
        self.assertEqual(self.draft.state, "draft")
        message = self.draft.message_ids[0]
        self.assertIn("Which customers?", message.body)
        self.assertEqual(message.author_id, self.manager.partner_id)
        self.assertFalse(self.draft.activity_ids)
        self.draft.method = "monthly"
        self.propose().action_approve()
        self.assertEqual(self.draft.state, "approved")

    def test_only_the_author_withdraws(self):
        theirs = self.propose()
        with self.assertRaises(UserError):
            theirs.action_withdraw()
        with self.assertRaises(AccessError):
            self.send_back(self.draft.with_user(self.accountant), "No")
        self.send_back(self.draft, "Not yet")
        self.assertRecordValues(self.draft, [{"state": "draft"}])
        self.assertIn("Not yet", self.draft.message_ids[0].body)

    def test_a_proposed_version_does_not_change(self):
        theirs = self.propose()
        for rule in (self.draft, theirs):
            with self.assertRaisesRegex(UserError, "withdraw it first"):
                rule.method = "monthly"
            with self.assertRaises(UserError):
                rule.unlink()
        self.draft.sequence = 7

    def test_nobody_writes_or_creates_a_decision(self):
        for values in ({"state": "approved"}, {"proposed_by_id": self.manager.id}):
            with self.assertRaisesRegex(UserError, "by its buttons"):
                self.draft.write(values)
            with self.assertRaisesRegex(UserError, "by its buttons"):
                self.rule.with_user(self.author).create(
                    {**self.rule.copy_data()[0], "code": "FORGED", **values}
                )

    def test_the_database_holds_two_people_and_one_version_apart(self):
        other = self.propose()
        other.action_approve()
        for error, statement in (
            (CheckViolation, "SET decided_by_id = proposed_by_id WHERE id = %s"),
            (UniqueViolation, "SET code = 'RECURRING', version = 9 WHERE id = %s"),
        ):
            with (
                self.assertRaises(error),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(f"UPDATE saas_revenue_rule {statement}", [other.id])
