"""Who may see and do what, and companies apart."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from . import factory
from .common import SyncCase

MODELS = (
    "saas.subscription",
    "saas.subscription.item",
    "saas.subscription.change",
    "saas.catalog.mapping",
    "saas.tax.mapping",
    "saas.reconciliation.run",
    "saas.reconciliation.line",
)


class TestSecurity(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        companies = {"company_ids": [Command.set(cls.company.ids)], "company_id": cls.company.id}
        group = "saas_billing_connector.group_saas_"
        cls.auditor = new_test_user(cls.env, "sync_auditor", f"{group}auditor", **companies)
        cls.operator = new_test_user(cls.env, "sync_operator", f"{group}operator", **companies)
        cls.stranger = new_test_user(cls.env, "sync_stranger", "base.group_user", **companies)
        cls.other_data = cls.setup_other_company()
        cls.other = cls.other_data["company"]
        cls.other_connection = cls._create_connection("acct_other", cls.other)

    def setUp(self):
        super().setUp()
        self.deliver_catalog()

    def _draft_mapping(self):
        mapping = self.bound("price", "price_1")
        mapping.sudo().action_reset()
        return mapping

    def test_auditor_reads_and_changes_nothing(self):
        for model in MODELS:
            with self.subTest(model):
                records = self.env[model].with_user(self.auditor)
                records.search([])
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(records.has_access(operation))

    def test_strangers_see_nothing(self):
        for model in MODELS:
            with self.subTest(model), self.assertRaises(AccessError):
                self.env[model].with_user(self.stranger).search([])
        self.bound("customer", "cus_1").with_user(self.stranger).read(["name"])

    def test_only_an_operator_approves(self):
        mapping = self._draft_mapping()
        with self.assertRaises(AccessError):
            mapping.with_user(self.auditor).action_approve()
        mapping.with_user(self.operator).action_approve()
        self.assertEqual(mapping.approved_by_id, self.operator)

    def test_nobody_edits_subscriptions(self):
        for model in MODELS[:3]:
            for operation in ("write", "create", "unlink"):
                self.assertFalse(self.env[model].has_access(operation))

    def test_operator_runs_a_reconciliation(self):
        run = self.env["saas.reconciliation.run"].with_user(self.operator).create({})
        self.patch(self.env.registry["saas.reconciliation.run"], "_get_checks", lambda _self: {})
        run.action_run()
        self.assertEqual((run.state, run.executed_by_id), ("done", self.operator))
        with self.assertRaises(UserError):
            run.unlink()

    def test_nobody_writes_the_result_of_a_reconciliation(self):
        runs = self.env["saas.reconciliation.run"].with_user(self.operator)
        with self.assertRaises(AccessError):
            runs.create({"state": "done", "is_clean": True})
        run = runs.create({})
        for result in ({"state": "done"}, {"is_clean": True}, {"executed_by_id": self.env.uid}):
            with self.assertRaises(AccessError):
                run.write(result)

    def test_companies_apart(self):
        """The same external ids in two connections of two companies are two of everything."""
        self.env["account.tax"].search([("company_id", "=", self.other.id)]).active = False
        records = [
            factory.customer(),
            factory.product(),
            factory.price(),
            factory.subscription(),
            factory.invoice("in_1", factory.line("1200", subscription_id="sub_1")),
            factory.payment("pi_1", "1200"),
        ]
        changes = [self.change(each, connection=self.other_connection) for each in records]
        self.deliver(*changes, connection=self.other_connection)
        self.assertDone(*changes)
        self.deliver(records[4])
        mine = self.bound("invoice", "in_1")
        theirs = self.bound("invoice", "in_1", self.other_connection)
        self.assertEqual((mine.company_id, theirs.company_id), (self.company, self.other))
        self.assertEqual(theirs.partner_id.company_id, self.other)
        self.assertEqual(theirs.amount_residual, 0.0)
        self.assertEqual(mine.amount_residual, 1200.0)
        for model in MODELS[:4]:
            seen = self.env[model].with_user(self.auditor).search([])
            self.assertEqual(seen.company_id, self.company, model)
        self.assertEqual(
            self.other_connection.payment_journal_id.company_id,
            self.other,
        )
