"""Reading the balance from the simulator: windows, pages, contents of payouts."""

from datetime import UTC, datetime
from unittest.mock import patch

from odoo.addons.saas_billing_connector.models.billing_connection_health import RED
from odoo.addons.saas_billing_connector.providers.stripe import client

from .settled import SimulatedSyncCase


class TestSettlementReading(SimulatedSyncCase):
    def setUp(self):
        super().setUp()
        self.customer = self.ask("customers", name="Ada")["id"]

    def charge(self, amount=1000):
        return self.ask(
            "payment_intents",
            amount=amount,
            currency="usd",
            customer=self.customer,
            payment_method="pm_card_visa",
            confirm=True,
        )

    def transactions(self):
        return self.env["saas.settlement.transaction"].search([], order="id")

    def test_reads_in_windows_and_pages(self):
        for number in range(5):
            self.charge(1000 + number)
        with patch.object(client, "PAGE", 2):
            self.read_balance()
        first = self.transactions()
        self.assertEqual(sorted(first.mapped("amount")), [10.0, 10.01, 10.02, 10.03, 10.04])
        self.assertEqual(
            self.connection.settled_until, self.simulator.now.replace(tzinfo=None, microsecond=0)
        )
        self.charge(2000)
        self.simulator.advance_to(datetime(2026, 1, 1, 1, tzinfo=UTC))
        self.read_balance()
        self.assertEqual((self.transactions() - first).mapped("amount"), [20.0])

    def test_a_charge_tells_its_payment_intent_and_keeps_no_card(self):
        intent = self.charge()
        self.read_balance()
        transaction = self.transactions()
        self.assertEqual(transaction.payment_intent_id, intent["id"])
        event = self.env["saas.billing.event"].sudo().search([("object_id", "like", "txn_%")])
        self.assertEqual(event.source, "backfill")
        self.assertNotIn("payment_method", event.body)

    def test_a_payout_is_itemised_once_it_has_arrived(self):
        self.charge()
        self.simulator.advance_to(datetime(2026, 1, 4, tzinfo=UTC))
        self.receive()
        self.read_balance()
        payout = self.env["saas.settlement"].search([])
        self.assertEqual((payout.state, payout.content_count, payout.difference), ("paid", 1, 0.0))
        self.assertTrue(payout.is_itemised)
        self.assertEqual(payout.gross_amount, 10.0)

    def test_what_cannot_be_read_is_told_and_tried_again(self):
        self.charge()
        connection = self.connection.sudo()
        self.simulator.api_faults.add(500, count=20)
        with patch("stripe._http_client.time.sleep"):
            self.assertFalse(connection._read_settlement(connection._read_movements))
        self.assertTrue(connection.settle_error)
        [check] = [each for each in connection._get_health_checks() if each.code == "settlement"]
        self.assertEqual(check.level, RED)
        self.simulator.api_faults.active.clear()
        self.read_balance()
        self.assertEqual(self.transactions().mapped("amount"), [10.0])

    def test_a_slice_that_is_over_leaves_the_rest_for_the_next(self):
        """What is left when the time is up is told, so that the action comes back at once."""
        self.charge()
        self.assertEqual(self.run_cron(seconds_left=1)[-1], {"remaining": 1})
        self.assertFalse(self.transactions())
        self.assertEqual(self.run_cron(seconds_left=60)[-1], {"processed": 1})
        self.assertTrue(self.connection.settled_until)

    def run_cron(self, seconds_left):
        """What the scheduled action tells of its progress."""
        told = []

        def progress(_cron, processed=0, *, remaining=None):
            told.append({"processed": processed} if remaining is None else {"remaining": remaining})
            return seconds_left

        cron, drain = (type(self.env[name]) for name in ("ir.cron", "saas.billing.drain"))
        with (
            patch.object(cron, "_commit_progress", progress),
            patch.object(drain, "_retrying", lambda _drain, step, *arguments: step(*arguments)),
        ):
            self.connection._cron_settlement()
        return told
