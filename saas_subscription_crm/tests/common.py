"""A customer with an opportunity, and a salesperson with no other role."""

from odoo.addons.saas_subscription_sync.tests import factory
from odoo.addons.saas_subscription_sync.tests.common import SyncCase
from odoo.tests import new_test_user


class CrmCase(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env,
            "seller",
            "sales_team.group_sale_salesman",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )

    def setUp(self):
        super().setUp()
        self.deliver(
            factory.customer(),
            factory.product(name="Team plan"),
            factory.price(),
            factory.tax_rate(),
        )
        self.customer = self.bound("customer", "cus_1")

    def create_lead(self, **values):
        return (
            self.env["crm.lead"]
            .sudo()
            .create(
                {
                    "name": "Team plan for a year",
                    "type": "opportunity",
                    "partner_id": self.customer.id,
                    "user_id": self.seller.id,
                    "company_id": self.company.id,
                    **values,
                }
            )
        )

    def tell(self, status="active", kind="updated", **values):
        """A newer snapshot of the subscription."""
        self.deliver(self.change(factory.subscription(status=status, **values), kind=kind))
        return self.bound("subscription", "sub_1").sudo()
