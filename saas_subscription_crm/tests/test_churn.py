"""How a customer stands is seen on the customer and on the opportunity."""

from odoo.addons.saas_subscription_sync.tests import factory

from .common import CrmCase


class TestChurn(CrmCase):
    def see(self, record):
        """The record as the salesperson sees it now."""
        record.invalidate_recordset()
        return record.with_user(self.seller)

    def test_from_trial_to_churn(self):
        lead = self.create_lead()
        self.assertFalse(self.see(self.customer).saas_standing)
        for status, standing in (
            ("trialing", "trial"),
            ("active", "customer"),
            ("past_due", "at_risk"),
            ("cancelling", "at_risk"),
        ):
            self.tell(status)
            with self.subTest(status=status):
                self.assertEqual(self.see(self.customer).saas_standing, standing)
                self.assertEqual(self.see(lead).saas_standing, standing)
        self.tell("cancelled", ended_at=factory.at(5))
        self.assertEqual(self.see(self.customer).saas_standing, "churned")
        self.assertEqual(str(self.see(lead).saas_churned_at), "2026-05-01 00:00:00")

    def test_churn_is_told_on_the_opportunity_once(self):
        lead = self.create_lead()
        self.tell(kind="created")
        self.tell("cancelled", ended_at=factory.at(5))
        self.tell("cancelled", ended_at=factory.at(5))
        told = lead.message_ids.filtered(lambda message: "has ended" in message.body)
        self.assertEqual(len(told), 1)

    def test_history_is_not_told_as_news(self):
        lead = self.create_lead()
        self.tell("cancelled", ended_at=factory.at(5))
        self.assertFalse(lead.message_ids.filtered(lambda message: "ended" in message.body))
        self.assertEqual(self.see(lead).saas_standing, "churned")

    def test_one_that_runs_outweighs_one_that_ended(self):
        self.tell("cancelled", ended_at=factory.at(5))
        self.deliver(factory.subscription("sub_2", factory.item("si_2")))
        customer = self.see(self.customer)
        self.assertEqual(customer.saas_standing, "customer")
        self.assertFalse(customer.saas_churned_at)
        self.assertEqual(customer.saas_crm_subscription_count, 2)

    def test_filters_find_them(self):
        self.tell("cancelled", ended_at=factory.at(5))
        lead = self.create_lead()
        other = self.create_lead(partner_id=self.env["res.partner"].create({"name": "New"}).id)
        leads = self.env["crm.lead"].with_user(self.seller)
        own = [("id", "in", (lead + other).ids)]
        self.assertEqual(leads.search([*own, ("saas_standing", "=", "churned")]).ids, lead.ids)
        self.assertEqual(leads.search([*own, ("saas_standing", "=", False)]).ids, other.ids)
        partners = self.env["res.partner"].with_user(self.seller)
        churned = partners.search([("saas_standing", "=", "churned")])
        self.assertIn(self.customer.id, churned.ids)
