"""A subscription that becomes active finds the customer's opportunity, once."""

from unittest.mock import patch

from odoo.addons.saas_subscription_sync.tests import factory
from odoo.exceptions import UserError

from ..models.crm_lead import ACTIVITY_TYPE
from .common import CrmCase


class TestActivation(CrmCase):
    def get_proposals(self, lead):
        return lead.activity_search([ACTIVITY_TYPE])

    def test_it_is_proposed_to_the_salesperson_once(self):
        lead = self.create_lead()
        subscription = self.tell(kind="created")
        self.assertEqual(subscription.opportunity_id, lead)
        self.assertEqual(self.get_proposals(lead).user_id, self.seller)
        self.assertIn("sub_1", self.get_proposals(lead).note)
        self.assertEqual(lead.won_status, "pending")
        self.tell("trialing")
        self.tell("active")
        self.assertEqual(len(self.get_proposals(lead)), 1)

    def test_marking_it_won_does_what_was_proposed(self):
        lead = self.create_lead()
        self.tell(kind="created")
        lead.with_user(self.seller).action_set_won()
        self.assertFalse(self.get_proposals(lead))

    def test_it_is_won_by_itself_where_the_company_says_so(self):
        self.company.saas_crm_activation = "win"
        lead = self.create_lead()
        self.tell(kind="created")
        self.assertEqual(lead.won_status, "won")
        self.assertTrue(lead.message_ids.filtered(lambda message: "sub_1" in message.body))
        self.assertFalse(self.get_proposals(lead))

    def test_of_several_none_is_won_by_itself(self):
        self.company.saas_crm_activation = "win"
        unlikely, likely = self.create_lead(probability=10), self.create_lead(probability=70)
        subscription = self.tell(kind="created")
        self.assertEqual(subscription.opportunity_id, likely)
        self.assertEqual((unlikely + likely).mapped("won_status"), ["pending", "pending"])
        self.assertIn("other open opportunities", self.get_proposals(likely).note)

    def test_a_trial_wins_nothing_until_it_converts(self):
        lead = self.create_lead()
        subscription = self.tell("trialing", kind="created")
        self.assertFalse(self.get_proposals(lead))
        self.tell("active")
        self.assertEqual(subscription.opportunity_id, lead)
        self.assertTrue(self.get_proposals(lead))

    def test_left_alone_where_the_company_says_so(self):
        self.company.saas_crm_activation = "nothing"
        lead = self.create_lead()
        self.tell(kind="created")
        self.assertFalse(self.get_proposals(lead))

    def test_it_is_found_by_the_company_behind_a_contact_and_by_email(self):
        self.customer.is_company = True
        contact = self.env["res.partner"].create({"name": "Ann", "parent_id": self.customer.id})
        lead = self.create_lead(partner_id=contact.id)
        self.assertEqual(self.tell(kind="created").opportunity_id, lead)
        self.deliver(factory.customer("cus_2"))
        unnamed = self.create_lead(partner_id=False, email_from="cus_2@example.com")
        self.deliver(factory.subscription("sub_2", factory.item("si_2"), customer_id="cus_2"))
        self.assertEqual(self.bound("subscription", "sub_2").sudo().opportunity_id, unnamed)

    def test_others_are_left_alone(self):
        stranger = self.env["res.partner"].create({"name": "Somebody else"})
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        leads = (
            self.create_lead(partner_id=stranger.id)
            + self.create_lead(
                company_id=elsewhere.id,
                user_id=False,
                team_id=False,
                partner_id=False,
                email_from="cus_1@example.com",
            )
            + self.create_lead(type="lead")
        )
        lost = self.create_lead()
        lost.action_set_lost()
        subscription = self.tell(kind="created")
        self.assertFalse(subscription.opportunity_id)
        self.assertFalse(self.get_proposals(leads + lost))

    def test_a_pipeline_with_rules_of_its_own_does_not_stop_billing(self):
        self.company.saas_crm_activation = "win"
        lead = self.create_lead()
        refusal = UserError("Fill in the contract number first.")
        self.startPatcher(patch.object(type(lead), "action_set_won", side_effect=refusal))
        logger = "odoo.addons.saas_subscription_crm.models.saas_subscription"
        with self.assertLogs(logger, "WARNING"):
            subscription = self.tell(kind="created")
        self.assertEqual(subscription.state, "active")
        self.assertFalse(subscription.opportunity_id)
