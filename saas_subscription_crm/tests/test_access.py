"""A plain salesperson sees subscriptions, and neither their books nor their events."""

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user

from .common import CrmCase


class TestAccess(CrmCase):
    def setUp(self):
        super().setUp()
        self.lead = self.create_lead()
        self.subscription = self.tell(kind="created")

    def test_the_opportunity_shows_the_subscriptions(self):
        with Form(self.lead.with_user(self.seller)) as form:
            self.assertEqual(form.saas_subscription_count, 1)
        [row] = self.lead.with_user(self.seller).saas_subscription_ids
        self.assertEqual((row.products, row.state, row.mrr), ("Team plan", "active", 100.0))
        self.assertEqual(row.opportunity_id, self.lead)
        action = self.lead.with_user(self.seller).action_open_saas_subscriptions()
        self.assertEqual(
            self.env[action["res_model"]].with_user(self.seller).search(action["domain"]), row
        )

    def test_the_customers_form_opens(self):
        with Form(self.customer.with_user(self.seller)) as form:
            self.assertEqual(form.saas_standing, "customer")

    def test_no_accounting_rights_come_with_it(self):
        for model in (
            "saas.subscription",
            "saas.subscription.change",
            "saas.billing.connection",
            "saas.billing.event",
            "account.move",
            "account.payment",
        ):
            self.assertFalse(self.env[model].with_user(self.seller).has_access("read"), model)

    def test_nothing_can_be_changed(self):
        row = self.lead.with_user(self.seller).saas_subscription_ids
        for operation in ("write", "create", "unlink"):
            self.assertFalse(row.has_access(operation))
        with self.assertRaises(AccessError):
            row.state = "cancelled"

    def test_another_company_sees_nothing(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "stranger",
            "sales_team.group_sale_salesman_all_leads",
            company_id=elsewhere.id,
            company_ids=elsewhere.ids,
        )
        self.assertFalse(self.env["saas.crm.subscription"].with_user(stranger).search([]))

    def test_who_sells_nothing_sees_nothing(self):
        clerk = new_test_user(self.env, "clerk", "base.group_user", company_id=self.company.id)
        self.assertFalse(self.env["saas.crm.subscription"].with_user(clerk).has_access("read"))
        with Form(self.customer.with_user(clerk)) as form:
            self.assertNotIn("saas_standing", form._view["fields"])
