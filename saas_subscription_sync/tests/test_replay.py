"""Replay over real books: what the preview promises is what applying books, once."""

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.saas_billing_connector.tests.common import ConnectorMixin
from odoo.tests import tagged
from odoo.tools import SQL

START, END = 1767225600, 1798761600
PRICE = {
    "id": "price_team",
    "object": "price",
    "product": "prod_team",
    "currency": "usd",
    "unit_amount": 120000,
    "recurring": {"interval": "year", "interval_count": 1, "usage_type": "licensed"},
}
TAX = {
    "id": "txr_vat",
    "object": "tax_rate",
    "display_name": "VAT",
    "percentage": 20.0,
    "inclusive": False,
}
#: What processing writes, apart from the record of having processed.
TABLES = (
    "account_move",
    "account_move_line",
    "account_payment",
    "account_partial_reconcile",
    "res_partner",
    "product_product",
    "saas_billing_event",
    "saas_billing_issue",
    "saas_billing_link",
    "saas_billing_trace",
    "saas_tax_mapping",
    "saas_catalog_mapping",
)


@tagged("post_install", "-at_install")
class TestReplay(ConnectorMixin, AccountTestInvoicingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("saas_billing_connector.group_saas_admin")
        cls.company = cls.company_data["company"]
        cls.vat = cls.tax_sale_a.copy({"name": "VAT 20 %", "amount": 20})
        cls.env["account.tax"].search([("company_id", "=", cls.company.id)]).active = False
        cls.vat.active = True
        cls.set_up_connection(company_id=cls.company.id, tax_policy="park")

    # ── a small business ─────────────────────────────────────────────────────────────────────

    def play(self, *story):
        events = self.receive(*(self.event(kind, obj) for kind, obj in story))
        self.process(events.sudo())
        return events

    def invoice(self, number, **values):
        line = {
            "id": f"il_{number}",
            "object": "line_item",
            "amount": 120000,
            "currency": "usd",
            "description": "Team plan",
            "period": {"start": START, "end": END},
            "quantity": 1,
            "pricing": {
                "price_details": {"price": PRICE["id"], "product": "prod_team"},
                "type": "price_details",
            },
            "taxes": [
                {
                    "amount": 24000,
                    "taxable_amount": 120000,
                    "tax_behavior": "exclusive",
                    "tax_rate_details": {"tax_rate": "txr_vat"},
                    "type": "tax_rate_details",
                }
            ],
        }
        return {
            "id": f"in_{number}",
            "object": "invoice",
            "customer": f"cus_{number}",
            "currency": "usd",
            "status": "open",
            "created": START,
            "number": f"ADA-{number:04d}",
            "subtotal": 120000,
            "total": 144000,
            "amount_due": 144000,
            "amount_paid": 0,
            "lines": {"object": "list", "has_more": False, "data": [line]},
            "status_transitions": {"finalized_at": START},
            **values,
        }

    def payment(self, number):
        return {
            "id": f"inpay_{number}",
            "object": "invoice_payment",
            "invoice": f"in_{number}",
            "amount_paid": 144000,
            "amount_requested": 144000,
            "currency": "usd",
            "status": "paid",
            "is_default": True,
            "created": START,
            "payment": {"type": "payment_intent", "payment_intent": f"pi_{number}"},
            "status_transitions": {"paid_at": START},
        }

    def bill(self, count=2):
        """Customers with an invoice each, parked for its tax, and a payment that waits for it."""
        customers = [("customer.created", self.customer(f"cus_{n}")) for n in range(count)]
        self.play(
            *customers,
            ("product.created", {"id": "prod_team", "object": "product", "name": "Team plan"}),
            ("price.created", PRICE),
            ("tax_rate.created", TAX),
        )
        invoices = self.play(*(("invoice.finalized", self.invoice(n)) for n in range(count)))
        payments = self.play(*(("invoice_payment.paid", self.payment(n)) for n in range(count)))
        self.assertEqual(set(invoices.mapped("state")), {"parked"}, invoices.mapped("error_code"))
        self.assertEqual(set(payments.mapped("state")), {"waiting"})
        return invoices, payments

    def decide(self):
        mapping = self.env["saas.tax.mapping"].search([("external_id", "=", "txr_vat")])
        mapping.tax_id = self.vat
        return mapping

    def preview(self, mapping):
        return self.env["saas.billing.replay"].browse(mapping.action_preview()["res_id"])

    # ── looking ──────────────────────────────────────────────────────────────────────────────

    def count_rows(self):
        self.env.flush_all()
        count = {}
        for table in TABLES:
            query = SQL("SELECT count(*) FROM %s", SQL.identifier(table))
            [(count[table],)] = self.env.execute_query(query)
        return count

    def get_balances(self):
        """Balance by account of everything posted."""
        groups = self.env["account.move.line"]._read_group(
            [("company_id", "=", self.company.id), ("parent_state", "=", "posted")],
            ["account_id"],
            ["debit:sum", "credit:sum"],
        )
        return {account.display_name: (debit, credit) for account, debit, credit in groups}

    def get_next_numbers(self):
        """Where the sequences stand that PostgreSQL would not take back."""
        standard = self.env["ir.sequence"].search([("implementation", "=", "standard")])
        return {each.id: each.number_next_actual for each in standard}

    # ── tests ────────────────────────────────────────────────────────────────────────────────

    def test_approving_a_mapping_books_what_its_preview_said(self):
        invoices, payments = self.bill()
        mapping = self.decide()
        before, numbers = self.count_rows(), self.get_next_numbers()
        ranks = self.env["res.partner"].search([]).mapped("customer_rank")
        replay = self.preview(mapping)
        self.assertEqual(self.count_rows(), before)
        self.assertEqual(self.get_next_numbers(), numbers, "no number is used up")
        self.assertEqual(self.env["res.partner"].search([]).mapped("customer_rank"), ranks)
        self.assertEqual((mapping.state, replay.decision_name), ("draft", mapping.display_name))
        self.assertEqual((replay.event_count, replay.add_count), (4, 4))
        self.assertIn("2 × Customer Invoice", replay.summary)
        self.assertIn("2,880.00", replay.summary)
        promised = {
            balance.account: (balance.debit, balance.credit) for balance in replay.balance_ids
        }
        replay.action_apply()
        self.assertEqual(mapping.state, "approved")
        self.process(invoices)
        self.process(payments)
        self.assertEqual(set((invoices | payments).mapped("state")), {"done"})
        self.assertEqual(self.get_balances(), promised)

    def test_each_event_tells_its_journal_items(self):
        invoices, payments = self.bill(1)
        replay = self.preview(self.decide())
        by_event = {line.event_id: line for line in replay.line_ids}
        booked = by_event[invoices].posting_ids
        self.assertEqual(sum(booked.mapped("debit")), 1440)
        self.assertEqual(sum(booked.mapped("credit")), 1440)
        self.assertEqual(sum(by_event[payments].posting_ids.mapped("debit")), 1440)
        self.assertIn("Customer Invoice", by_event[invoices].effect_ids.mapped("label"))

    def test_replaying_the_connection_twice_leaves_every_row_and_balance(self):
        invoices, payments = self.bill()
        self.preview(self.decide()).action_apply()
        self.process(invoices)
        self.process(payments)
        rows, balances = self.count_rows(), self.get_balances()
        everything = self.connection.event_ids
        for _time in range(2):
            replay = self.env["saas.billing.replay"].create(
                {"connection_id": self.connection.id, "which": "processed"}
            )
            replay.action_preview()
            self.assertEqual(replay.skip_count, len(everything))
            self.assertFalse(replay.balance_ids)
            # The preview would leave them out: process them all the same.
            everything.sudo()._requeue()
            self.process(everything.sudo())
        self.assertEqual(self.count_rows(), rows)
        self.assertEqual(self.get_balances(), balances)

    def test_payment_after_its_invoice_shows_as_a_change_of_it(self):
        self.connection.sudo().tax_policy = "match"
        self.play(
            ("customer.created", self.customer("cus_0")),
            ("product.created", {"id": "prod_team", "object": "product", "name": "Team plan"}),
            ("price.created", PRICE),
            ("tax_rate.created", TAX),
            ("invoice.finalized", self.invoice(0)),
        )
        payment = self.receive(self.event("invoice_payment.paid", self.payment(0)))
        replay = self.env["saas.billing.replay"].browse(payment.action_replay()["res_id"])
        changed = replay.effect_ids.filtered(lambda effect: effect.kind == "updated")
        self.assertEqual(changed.label, "Customer Invoice")
        self.assertIn("Amount Due: 1440.0 → 0.0", changed.details)

    def test_a_mapping_without_a_tax_says_what_it_needs(self):
        self.bill(1)
        mapping = self.env["saas.tax.mapping"].search([("external_id", "=", "txr_vat")])
        with self.assertRaisesRegex(Exception, "needs a value"):
            mapping.action_preview()

    def test_several_mappings_are_approved_only_where_nothing_waits(self):
        self.bill(1)
        self.play(("tax_rate.created", TAX | {"id": "txr_unused"}))
        waited_for = self.decide()
        unused = self.env["saas.tax.mapping"].search([("external_id", "=", "txr_unused")])
        unused.tax_id = self.vat
        self.assertFalse(unused.issue_id)
        action = (waited_for | unused).action_approve_or_preview()
        self.assertEqual((waited_for.state, unused.state), ("draft", "approved"))
        replay = self.env["saas.billing.replay"].browse(action["res_id"])
        self.assertEqual((replay.state, replay._get_decision()), ("ready", waited_for))
        replay.action_preview()
        replay.action_apply()
        self.assertEqual(waited_for.state, "approved")
        self.assertIsNone((waited_for | unused).action_approve_or_preview())

    def test_a_mapping_that_changes_makes_the_preview_stale(self):
        self.bill(1)
        mapping = self.decide()
        replay = self.preview(mapping)
        self.assertFalse(replay.stale_reason)
        mapping.tax_id = self.vat.copy({"name": "Another"})
        replay.invalidate_recordset()
        self.assertIn("Tax Mapping changed", replay.stale_reason)
