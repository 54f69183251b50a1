"""A business to which everything happens that the simulator knows: its invoices in the books."""

import json
import sys
from decimal import Decimal
from pathlib import Path

from odoo.addons.saas_billing_connector.providers.stripe import Envelope
from odoo.tools import float_repr

from .common import SyncCase
from .test_batch import ANALYZE

# The simulator lives beside the addons: it serves the live tests and the demo too.
sys.path.append(str(Path(__file__).parents[2]))

from tests.simulator import busy_business

#: What a person has to decide in it, whatever is configured: a refund that came back.
FOR_A_PERSON = {"refund_failed"}


class TestInvoiceSimulator(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = busy_business.build()
        cls.connection.account = cls.shop.simulator.world.settings.account_id
        cls.prepaid = cls.env["product.product"].create(
            {
                "name": "Prepaid Credits",
                "type": "service",
                "property_account_income_id": cls._create_account(
                    "219900", "Prepaid Credits", "liability_current"
                ).id,
            }
        )
        cls.connection.prepaid_product_id = cls.prepaid
        cls.connection.breakage_account_id = cls._create_account("419900", "Breakage", "income")
        cls.connection.balance_account_id = cls.company_data["default_account_expense"]
        cls._process_events(cls.shop.simulator.events)

    @classmethod
    def _create_account(cls, code, name, account_type):
        return cls.env["account.account"].create(
            {
                "name": name,
                "code": code,
                "account_type": account_type,
                "company_ids": cls.company.ids,
            }
        )

    @classmethod
    def _process_events(cls, bodies):
        """Take events into the inbox and process them as the drain does, until nothing moves."""
        events = cls.env["saas.billing.event"].sudo()
        for body in bodies:
            text = json.dumps(body)
            events._store(cls.connection.id, Envelope.parse(text), text)
        waiting = events.search([("connection_id", "=", cls.connection.id)], order="id")
        drain = cls.env["saas.billing.drain"]
        while waiting:
            count = len(waiting)
            for start in range(0, count, 100):
                drain._process_events(cls.connection, waiting[start : start + 100])
                # Nothing is committed, so that PostgreSQL would plan for empty tables.
                cls.cr.execute(ANALYZE)
            waiting.invalidate_recordset()
            waiting = waiting.filtered(lambda each: each.state == "waiting")
            if len(waiting) == count:
                break

    def _minor(self, move, amount):
        digits = move.currency_id.decimal_places
        return Decimal(float_repr(amount, digits)).scaleb(digits)

    def _final_invoices(self):
        """Every finalised invoice as the simulator has it by now, with its lines."""
        found, after = [], None
        while True:
            page = self.shop.get(
                "invoices", limit=100, **({"starting_after": after} if after else {})
            )
            found += [each for each in page["data"] if each["status"] != "draft"]
            if not page["has_more"]:
                return found
            after = page["data"][-1]["id"]

    def test_nothing_waits_and_a_person_decides_only_what_is_expected(self):
        events = self.env["saas.billing.event"].search([("connection_id", "=", self.connection.id)])
        parked = events.filtered(lambda event: event.state == "parked")
        self.assertLessEqual(set(parked.issue_id.mapped("code")), FOR_A_PERSON)
        self.assertFalse(events.filtered(lambda event: event.state in ("waiting", "retry")))

    def test_every_invoice_is_booked_as_billed_and_open_as_billed(self):
        invoices = self._final_invoices()
        self.assertGreater(len(invoices), 40)
        for invoice in invoices:
            with self.subTest(invoice["number"], status=invoice["status"], total=invoice["total"]):
                self._check(invoice)

    def _check(self, invoice):
        move = self.bound("invoice", invoice["id"])
        self.assertEqual(
            (move.saas_number, move.saas_status, move.currency_id.name.lower()),
            (invoice["number"], invoice["status"], invoice["currency"]),
        )
        sign = 1 if move.move_type == "out_invoice" else -1
        self.assertEqual(sign * self._minor(move, move.amount_total), invoice["total"])
        taxes = sum(tax["amount"] for tax in invoice["total_taxes"])
        self.assertEqual(sign * self._minor(move, move.amount_tax), taxes)
        residual = self._minor(move, move.amount_residual)
        self.assertEqual(
            residual, 0 if invoice["status"] == "void" else invoice["amount_remaining"]
        )
        booked = move.invoice_line_ids.filtered(lambda line: not line.saas_credit_grant_id)
        self.assertEqual(
            [line.saas_line_id for line in booked],
            [line["id"] for line in self.shop.lines(invoice)],
        )

    def test_customer_balances_are_what_the_provider_shows(self):
        customers = self.shop.get("customers", limit=100)["data"]
        moved = [each for each in customers if not each.get("deleted") and each["balance"]]
        self.assertTrue(moved)
        for customer in customers:
            balance = self.env["saas.customer.balance"].search(
                [("external_id", "=", customer["id"])]
            )
            if balance:
                with self.subTest(customer["id"]):
                    balance.action_book_adjustment()
                    told = self._minor(balance, balance.told_amount)
                    self.assertEqual(told, customer["balance"])
                    self.assertEqual(
                        (balance.difference, balance.booked_amount), (0.0, balance.told_amount)
                    )
