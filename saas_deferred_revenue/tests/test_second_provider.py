"""Another provider than Stripe: one adapter, and not a line of a handler changed."""

import json
from datetime import UTC, datetime

from odoo import fields
from odoo.addons.saas_billing_connector.tests.common import SECRET
from odoo.tests import tagged
from odoo.tools import mute_logger

from . import ledgerly
from .common import month
from .test_controller_tour import TourCase

CONTROLLER = "odoo.addons.saas_billing_connector.controllers.billing_webhook"
TERM = ["2026-01-01", "2026-12-31"]
MEMBER = {"ref": "M-7", "called": "Grace Ltd", "mail": "g@x.test", "town": "Ghent", "land": "BE"}
GOOD = {"ref": "G-1", "called": "Suite"}
OFFER = {"ref": "O-1", "good": "G-1", "money": "USD", "each": "600.00", "every": "year"}
LEVY = {"ref": "L-20", "called": "VAT", "share": "0.20"}
CONTRACT = {
    "ref": "C-1",
    "member": "M-7",
    "state": "running",
    "money": "USD",
    "from": "2026-01-01",
    "term": TERM,
    "every": "year",
    "seats": [{"ref": "S-1", "offer": "O-1", "good": "G-1", "count": "2", "each": "600.00"}],
}
BILL = {
    "ref": "B-1",
    "no": "2026/0001",
    "member": "M-7",
    "contract": "C-1",
    "state": "owed",
    "money": "USD",
    "dated": "2026-01-01",
    "sum": "1440.00",
    "rows": [
        {
            "ref": "R-1",
            "text": "2 seats",
            "sum": "1200.00",
            "count": "2",
            "term": TERM,
            "offer": "O-1",
            "good": "G-1",
            "seat": "S-1",
            "levies": [{"ref": "L-20", "sum": "240.00"}],
        }
    ],
}
RECEIPT = {
    "ref": "Q-1",
    "bill": "B-1",
    "sum": "1440.00",
    "money": "USD",
    "entered": "2026-01-02T09:30:00+00:00",
}
SIGNED = [
    ("member.joined", MEMBER),
    ("good.listed", GOOD),
    ("offer.listed", OFFER),
    ("levy.listed", LEVY),
    ("contract.signed", CONTRACT),
    ("bill.issued", BILL),
]
PAID = [("bill.settled", {**BILL, "state": "settled"}), ("receipt.entered", RECEIPT)]
WITHDRAWN = [("bill.withdrawn", {**BILL, "state": "withdrawn", "withdrawn": "2026-01-03"})]


@tagged("post_install", "-at_install")
class TestSecondProvider(TourCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        connections = cls.registry["saas.billing.connection"]
        adapters = connections._get_adapters
        cls.classPatch(
            connections,
            "_get_adapters",
            lambda self: {**adapters(self), "ledgerly": ledgerly.LedgerlyAdapter()},
        )
        provider = connections._fields["provider"]
        providers = [*provider.selection, ("ledgerly", "Ledgerly")]
        # What `selection_add` does when an addon is installed.
        cls.classPatch(provider, "_selection", None)
        cls.classPatch(provider, "selection", lambda _model: providers)
        cls.connection.write({"provider": "ledgerly", "account": "ws_1"})

    def post(self, topic, subject, *, number=1, secret=SECRET, path="ledgerly"):
        """Send a notice to the webhook."""
        body = json.dumps(
            {
                "notice": f"N-{number}",
                "topic": topic,
                "at": datetime(2026, 1, 2, 12, number, tzinfo=UTC).isoformat(),
                "sandbox": True,
                "subject": subject,
            }
        ).encode()
        sent = "1767355200"
        headers = {
            ledgerly.SENT: sent,
            ledgerly.SEAL: ledgerly.seal(sent.encode() + body, secret),
        }
        url = f"/saas_billing/{path}/{self.connection.webhook_token}"
        return self.url_open(url, data=body, headers=headers)

    def events(self):
        return self.env["saas.billing.event"].search([("connection_id", "=", self.connection.id)])

    def deliver(self, story):
        """Have notices arrive, the last one first, and processed by the drain."""
        for number, (topic, subject) in reversed(list(enumerate(story))):
            response = self.post(topic, subject, number=number)
            self.assertEqual((response.status_code, response.text), (200, "stored"))
        self.drain("accounting")
        self.drain("service")
        self.drain("accounting")

    def test_from_webhook_to_month_end(self):
        self.assertTrue(self.connection.webhook_url.endswith(self.connection.webhook_token))
        self.assertIn("/saas_billing/ledgerly/", self.connection.webhook_url)
        self.deliver(SIGNED + PAID)
        states = {event.event_type: event.state for event in self.events()}
        self.assertEqual(states.pop("bill.issued"), "superseded")
        self.assertEqual(set(states.values()), {"done"}, states)

        invoice = self.env["account.move"].search([("saas_external_id", "=", "B-1")])
        self.assertRecordValues(
            invoice,
            [{"state": "posted", "payment_state": "paid", "amount_total": 1440, "amount_tax": 240}],
        )
        self.assertEqual(invoice.partner_id.name, "Grace Ltd")
        self.assertEqual(invoice.partner_id.country_id.code, "BE")
        subscription = invoice.invoice_line_ids.saas_subscription_id
        self.assertEqual((subscription.state, subscription.mrr), ("active", 100))
        self.assertEqual(subscription.change_ids.mapped("kind"), ["new"])

        schedule = invoice.invoice_line_ids.saas_revenue_schedule_ids
        self.assertRecordValues(
            schedule,
            [
                {
                    "amount": 1200,
                    "date_start": fields.Date.to_date("2026-01-01"),
                    "date_end": fields.Date.to_date("2027-01-01"),
                }
            ],
        )
        recognised = []
        for text in ("2026-01", "2026-02", "2026-03"):
            run = self.env["saas.revenue.run"]._post_month(self.company, month(text))
            recognised.append(run.company_amount)
        self.assertEqual(recognised, [101.92, 92.05, 101.92])

    def test_sent_again_is_a_duplicate(self):
        notice = ("member.joined", MEMBER)
        self.assertEqual(self.post(*notice).text, "stored")
        self.assertEqual(self.post(*notice).text, "duplicate")

    def test_a_withdrawn_bill_is_reversed(self):
        self.deliver(SIGNED + WITHDRAWN)
        moves = self.env["account.move"].search([("saas_external_id", "=", "B-1")])
        self.assertEqual(sorted(moves.mapped("move_type")), ["out_invoice", "out_refund"])
        self.assertEqual(sum(moves.mapped("amount_total_signed")), 0)

    def test_an_unknown_topic_is_kept_without_effect(self):
        self.deliver([("newsletter.sent", {"ref": "X-1"})])
        self.assertEqual(self.events().mapped("state"), ["ignored"])

    @mute_logger(CONTROLLER)
    def test_a_broken_seal_is_refused(self):
        response = self.post("member.joined", MEMBER, secret="other")
        self.assertEqual((response.status_code, response.text), (400, "the seal is broken"))
        self.assertFalse(self.events())

    def test_each_provider_has_an_address_of_its_own(self):
        self.assertEqual(self.post("member.joined", MEMBER, path="stripe").status_code, 404)
        self.assertEqual(self.post("member.joined", MEMBER, path="nobody").status_code, 404)
        self.assertFalse(self.events())
