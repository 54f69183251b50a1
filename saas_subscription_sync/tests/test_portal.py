"""Customers see their own subscriptions and invoices, read-only, and nobody else's."""

from lxml import html
from odoo.tests import HttpCase, new_test_user, tagged

from . import factory
from .common import SyncCase


@tagged("post_install", "-at_install")
class TestPortal(SyncCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = [
            cls._create_customer("ada", "Ada Analytics"),
            cls._create_customer("bob", "Bob's Bakery"),
        ]

    @classmethod
    def _create_customer(cls, login, name):
        """A company with a contact who may log in."""
        user = new_test_user(cls.env, login, "base.group_portal", password=login)
        company = cls.env["res.partner"].create({"name": name, "is_company": True})
        user.partner_id.parent_id = company
        return company

    def setUp(self):
        super().setUp()
        self.deliver(factory.product(name="Team plan"), factory.price(), factory.tax_rate())
        for number, company in enumerate(self.customers, 1):
            self._subscribe(number, company)
        self.mine, self.theirs = (self.bound("subscription", f"sub_{n}") for n in (1, 2))
        self.authenticate("ada", "ada")

    def _subscribe(self, number, company):
        """A subscription of a customer that is this company, with an invoice and its payment."""
        self.deliver(factory.customer(f"cus_{number}"))
        self.deliver(
            factory.subscription(
                f"sub_{number}", factory.item(f"si_{number}"), customer_id=f"cus_{number}"
            )
        )
        customer = self.bound("customer", f"cus_{number}")
        customer.parent_id = company
        self.deliver(
            factory.invoice(
                f"in_{number}",
                factory.line(
                    "1200",
                    factory.tax("240", "1200"),
                    external_id=f"il_{number}",
                    subscription_id=f"sub_{number}",
                    subscription_item_id=f"si_{number}",
                ),
                customer_id=f"cus_{number}",
            )
        )

    def get(self, url):
        """Text of a page, without the spaces of its layout."""
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        return response, " ".join(html.fromstring(response.content).text_content().split())

    def test_the_list_holds_ones_own(self):
        response, text = self.get("/my/subscriptions")
        self.assertIn("Team plan", text)
        self.assertIn("Active", text)
        self.assertIn(f"/my/subscriptions/{self.mine.id}", response.text)
        self.assertNotIn(f"/my/subscriptions/{self.theirs.id}", response.text)

    def test_filters_and_pages(self):
        _response, text = self.get("/my/subscriptions?filterby=ended&sortby=nonsense")
        self.assertIn("There are no subscriptions here.", text)
        self.assertIn("Team plan", self.get("/my/subscriptions/page/1?filterby=running")[1])

    def test_the_page_shows_items_dates_and_invoices(self):
        self.deliver(
            self.change(
                factory.subscription(
                    "sub_1",
                    factory.item("si_1", quantity="3"),
                    customer_id="cus_1",
                    status="cancelling",
                    cancel_at=factory.at(7),
                )
            )
        )
        response, text = self.get(f"/my/subscriptions/{self.mine.id}")
        for part in ("Team plan", "3", "1,200.00", "Year", "Cancelling", "07/01/2026", "NO-in_1"):
            self.assertIn(part, text)
        self.assertNotIn("NO-in_2", text)
        self.assertNotIn("MRR", text)
        self.assertFalse(html.fromstring(response.content).xpath("//main//form"))

    def test_a_foreign_one_leads_home(self):
        for number in (self.theirs.id, self.theirs.id + 1000):
            response = self.url_open(f"/my/subscriptions/{number}", allow_redirects=False)
            self.assertEqual(response.status_code, 303)
            self.assertTrue(response.headers["Location"].endswith("/my"))

    def test_without_login_nothing_is_shown(self):
        self.authenticate(None, None)
        response = self.url_open("/my/subscriptions", allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])

    def test_own_invoices_only(self):
        mine, theirs = self.bound("invoice", "in_1"), self.bound("invoice", "in_2")
        self.assertIn(mine.name, self.get("/my/invoices")[1])
        self.assertNotIn(theirs.name, self.get("/my/invoices")[1])
        self.assertIn(mine.name, self.get(f"/my/invoices/{mine.id}")[1])
        response = self.url_open(f"/my/invoices/{theirs.id}", allow_redirects=False)
        self.assertEqual(response.status_code, 303)

    def test_customers_have_no_access_to_the_models(self):
        user = self.env["res.users"].search([("login", "=", "ada")])
        for model in ("saas.subscription", "saas.subscription.item", "saas.subscription.change"):
            self.assertFalse(self.env[model].with_user(user).has_access("read"))

    def test_the_home_page_counts(self):
        counters = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["saas_subscription_count"]}
        )
        self.assertEqual(counters["saas_subscription_count"], 1)
