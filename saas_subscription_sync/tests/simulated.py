"""The books beside a simulated account: what happened there is told in any order."""

import random
from datetime import timedelta

from odoo.tools import mute_logger

from .money_common import BooksMixin
from .settled import SimulatedSyncCase

OUTCOME = "odoo.addons.saas_billing_connector.models.billing_drain_outcome"
#: Movements of the balance that are neither a payout nor a fee nor a reserve.
OF_CUSTOMERS = (
    "charge",
    "charge_failure",
    "refund",
    "refund_failure",
    "dispute",
    "dispute_reversal",
)


class SimulatedBooksCase(BooksMixin, SimulatedSyncCase):
    """An account whose clock stands still until it is moved."""

    def look_up(self, path, **params):
        """One list of the account, whole."""
        return self.simulator.request("GET", f"/v1/{path}", {"limit": 100, **params})["data"]

    def later(self, **duration):
        """Let time pass."""
        self.simulator.advance_to(self.simulator.now + timedelta(**duration))

    @mute_logger(OUTCOME)
    def sync(self, *, seed=None, size=100):
        """Take every event that is not in the inbox yet and process all that can be.

        :param seed: shuffles them, and lets a third of them come twice in another batch
        """
        known = set(self.inbox().mapped("external_id"))
        fresh = [event for event in self.simulator.events if event["id"] not in known]
        dice = random.Random(seed)
        if seed is not None:
            dice.shuffle(fresh)
        self.connection._store_polled(fresh)
        self.drain(size)
        if seed is not None:
            rows = self.inbox()
            again = rows.browse(dice.sample(rows.ids, len(rows) // 3))
            self.env["saas.billing.drain"]._process_events(self.connection, again)
            self.drain(size)

    def inbox(self, *states):
        """Events of the account in some states."""
        domain = [("connection_id", "=", self.connection.id)]
        domain += [("state", "in", states)] if states else []
        return self.env["saas.billing.event"].sudo().search(domain, order="id")

    def assertNothingStuck(self):
        """No event is parked or waits."""
        stuck = self.inbox("parked", "waiting", "retry", "pending")
        self.assertFalse([(event.event_type, event.error_message) for event in stuck])

    def in_any_order(self, check):
        """Deliver what has happened as it came, and shuffled with duplicates; look after each."""
        for seed, size in ((None, 100), (1, 100), (2, 3), (3, 1)):
            with self.subTest(seed=seed, size=size), self.env.cr.savepoint() as savepoint:
                self.sync(seed=seed, size=size)
                check()
                self.assertMovementsBooked()
                savepoint.rollback()

    def assertMovementsBooked(self):
        """Each movement of the balance that is customers' money is booked once, over its amount.

        A debit that came to nothing came and went at the provider; the books never had it.
        """
        movements = [
            each
            for each in self.simulator.world.store.all("balance_transaction")
            if each["reporting_category"] in OF_CUSTOMERS
        ]
        vain = {
            each["source"]
            for each in movements
            if each["reporting_category"] == "charge_failure"
            and not self.env["saas.charge"].search([("external_id", "=", each["source"])]).succeeded
        }
        clearing = self.connection._get_clearing_account()
        lines = self.get_lines(
            ("account_id", "=", clearing.id), ("move_id.saas_balance_transaction_id", "!=", False)
        )
        self.assertEqual(
            sorted(
                (line.move_id.saas_balance_transaction_id, round(line.amount_currency * 100))
                for line in lines
            ),
            sorted(
                (each["id"], each["amount"]) for each in movements if each["source"] not in vain
            ),
        )

    # ── a customer with one invoice ──────────────────────────────────────────────────────────

    def bill(self, amount=120_00, method="pm_card_visa", currency="usd", **params):
        """A final invoice of one line; charged at once unless `method` is None."""
        values = {"name": "Ada", "email": "ada@example.com"}
        if method:
            values |= {
                "payment_method": method,
                "invoice_settings": {"default_payment_method": method},
            }
        customer = self.ask("customers", **values)["id"]
        invoice = self.ask("invoices", customer=customer, auto_advance=False, **params)
        self.ask(
            "invoiceitems",
            customer=customer,
            invoice=invoice["id"],
            amount=amount,
            currency=currency,
            description="Workshop",
        )
        invoice = self.ask(f"invoices/{invoice['id']}/finalize")
        if method:
            self.ask(f"invoices/{invoice['id']}/pay")
        return invoice["id"]

    def charge_of(self, invoice_id):
        """The newest charge for an invoice."""
        (payment,) = self.look_up("invoice_payments", invoice=invoice_id)
        intent = payment["payment"]["payment_intent"]
        return self.look_up("charges", payment_intent=intent)[0]["id"]
