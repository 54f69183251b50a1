"""The company's revenue settings, once there is revenue to defer, take two people."""

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .common import RevenueCommon


@tagged("post_install", "-at_install")
class TestSecondPerson(RevenueCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.settings, cls.manager, cls.accountant = (
            new_test_user(cls.env, f"second_{name}", groups=groups, company_id=cls.company.id)
            for name, groups in (
                ("settings", "base.group_system,account.group_account_manager"),
                ("manager", "saas_deferred_revenue.group_revenue_manager"),
                ("accountant", "saas_deferred_revenue.group_revenue_accountant"),
            )
        )

    def switch_off(self):
        with Form(self.env["res.config.settings"].with_user(self.settings)) as form:
            form.saas_revenue_auto_post = False
        form.record.execute()
        return self.env["saas.billing.proposal"].search(
            [("res_model", "=", "res.company"), ("res_id", "=", self.company.id)]
        )

    def test_before_anything_is_deferred_settings_apply_at_once(self):
        self.assertFalse(self.switch_off())
        self.assertFalse(self.company.saas_revenue_auto_post)

    def test_settings_are_proposed_and_a_revenue_manager_decides(self):
        self.post_invoice("2025-01-01", self.prepare_line(90, "2025-01-01", "2025-04-01"))
        proposal = self.switch_off()
        self.assertTrue(self.company.saas_revenue_auto_post)
        self.assertIn(self.manager, proposal.activity_ids.user_id)
        with self.assertRaises(AccessError):
            proposal.with_user(self.accountant).action_approve()
        proposal.with_user(self.manager).action_approve()
        self.assertFalse(self.company.saas_revenue_auto_post)
