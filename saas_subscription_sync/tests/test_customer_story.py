"""A customer that Odoo may know, through inbox, issue, screen and drain."""

from datetime import UTC, datetime

from odoo.addons.saas_billing_connector.tests.common import ConnectorMixin

from .test_customer import VAT, CustomerCase

START, END = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2026, 2027))
TAX_ID = {"id": "txi_1", "object": "tax_id", "customer": "cus_1", "type": "eu_vat", "value": VAT}


class TestCustomerStory(ConnectorMixin, CustomerCase):
    def setUp(self):
        super().setUp()
        self.connection.sudo().customer_policy = "propose"
        self.known = self.contact("Acme Holding", email="ada@example.com")

    def invoice(self):
        line = {
            "id": "il_1",
            "object": "line_item",
            "amount": 10000,
            "currency": "usd",
            "description": "Set-up",
            "period": {"start": START, "end": END},
            "quantity": 1,
        }
        return {
            "id": "in_1",
            "object": "invoice",
            "number": "NO-1",
            "customer": "cus_1",
            "currency": "usd",
            "status": "open",
            "status_transitions": {"finalized_at": START},
            "subtotal": 10000,
            "total": 10000,
            "amount_due": 10000,
            "lines": {"object": "list", "data": [line]},
        }

    def play(self, *story):
        events = self.receive(*(self.event(kind, obj) for kind, obj in story))
        self.work()
        return events

    def work(self):
        """Have the drain work until nothing is due."""
        inbox = self.env["saas.billing.event"].sudo()
        while pending := inbox.search([("state", "=", "pending")], order="id"):
            self.env["saas.billing.drain"]._process_events(self.connection, pending)
            inbox._wake()
        self.env.invalidate_all()

    def decide(self, events):
        """Open the place to decide as a person does; the customer there."""
        (issue,) = events.issue_id
        self.assertEqual((issue.code, issue.fix_label), ("customer_match", "Compare"))
        return issue, self.env["saas.customer"].browse(issue.action_fix()["res_id"])

    def test_deciding_clears_the_issue_and_books_what_waited(self):
        events = self.play(
            ("customer.created", self.customer()), ("invoice.finalized", self.invoice())
        )
        self.assertEqual(events.mapped("state"), ["parked", "waiting"])
        issue, customer = self.decide(events)
        self.assertEqual((customer.candidate_id, customer.issue_id), (self.known, issue))
        customer.action_link()
        self.work()
        self.assertEqual(events.mapped("state"), ["done", "done"])
        self.assertEqual((issue.state, customer.state), ("closed", "linked"))
        self.assertEqual(self.bound("invoice", "in_1").partner_id, self.known)

    def test_the_tax_id_of_the_same_batch_decides_the_match(self):
        self.connection.sudo().customer_policy = "link"
        contact = self.contact("By number", vat=VAT)
        self.known.email = "else@example.com"
        events = self.play(
            ("customer.created", self.customer()), ("customer.tax_id.created", TAX_ID)
        )
        self.assertEqual(events.mapped("state"), ["done", "done"])
        self.assertEqual((self.mirror().partner_id, self.mirror().origin), (contact, "tax_id"))

    def test_a_question_after_booking_moves_the_documents_by_decision(self):
        contact = self.contact("By number", vat=VAT)
        self.known.email = False
        self.play(("customer.created", self.customer()), ("invoice.finalized", self.invoice()))
        events = self.play(("customer.tax_id.created", TAX_ID))
        issue, customer = self.decide(events)
        self.assertEqual(customer.candidate_id, contact)
        customer.action_link()
        self.work()
        self.assertEqual((events.state, issue.state), ("done", "closed"))
        self.assertEqual(self.bound("invoice", "in_1").partner_id, contact)

    def test_what_a_person_decides_is_previewed_by_a_replay_without_effect(self):
        events = self.play(("customer.created", self.customer()))
        issue, customer = self.decide(events)
        issue.action_replay()
        self.env.invalidate_all()
        self.assertEqual(
            (events.state, customer.state, customer.partner_id.id), ("parked", "open", False)
        )
