"""The permutation law: any order, duplication and batching gives the same books."""

import os
import random
from collections import defaultdict
from decimal import Decimal

from odoo.addons.saas_billing_connector.canonical import Superseded

from . import factory
from .common import SyncCase

#: Orders tried per batch size; more with PERMUTATION_SEEDS=200.
SEEDS = int(os.environ.get("PERMUTATION_SEEDS", "6"))


class TestPermutation(SyncCase):
    def _facts(self):
        """A small world in which everything refers to something else."""
        one, two = factory.item(), factory.item(quantity="2")
        small, big = factory.subscription("sub_1", one), factory.subscription("sub_1", two)
        gone = factory.subscription(
            "sub_1", two, status="cancelled", ended_at=factory.at(5), cancelled_at=factory.at(4)
        )
        billed = factory.line(
            "1200", factory.tax("240", "1200"), subscription_id="sub_1", subscription_item_id="si_1"
        )
        euro = factory.invoice(
            "in_eur", factory.line("99.99"), currency="EUR", accounting_at=factory.at(1, 20)
        )
        void = factory.invoice(
            "in_void", factory.line("30"), status="void", voided_at=factory.at(3, 9)
        )
        note = factory.credit_note(
            "cn_1", factory.credit_line("100", factory.tax("20", "100")), refund_ids=("re_1",)
        )
        prepaid = factory.credit_note("cn_2", total=Decimal("0.99"), invoice_id="in_part")
        parts = [
            factory.payment("pi_2", "33.33", invoice_id="in_eur", currency="EUR"),
            factory.payment(
                "pi_3", "66.66", invoice_id="in_eur", currency="EUR", paid_at=factory.at(2, 3)
            ),
        ]
        return [
            self.change(factory.customer(name="Old Name")),
            self.change(factory.customer(name="New Name")),
            self.change(factory.product()),
            self.change(factory.price()),
            self.change(factory.tax_rate()),
            self.change(small, kind="created"),
            self.change(big, previous=small),
            self.change(gone, kind="deleted"),
            self.change(factory.invoice("in_1", billed)),
            self.change(factory.invoice("in_1", billed, status="paid")),
            self.change(factory.payment("pi_1", "1440")),
            self.change(euro),
            *map(self.change, parts),
            self.change(factory.invoice("in_void", factory.line("30"))),
            self.change(void),
            self.change(factory.invoice("in_part", factory.line("20.99"))),
            self.change(prepaid),
            self.change(factory.payment("pi_4", "20", invoice_id="in_part")),
            self.change(note),
            self.change(factory.refund("re_1", "120", created_at=factory.at(2, 2))),
        ]

    def _books(self):
        """Everything that must not depend on order."""
        moves = self.env["account.move"].search([("saas_connection_id", "=", self.connection.id)])
        payments = self.env["account.payment"].search(
            [("saas_connection_id", "=", self.connection.id)]
        )
        movements = self.env["saas.subscription.change"]._read_group(
            [],
            ["item_id", "kind", "date:day"],
            ["mrr_delta:sum", "mrr_delta_company:sum"],
        )
        balances = defaultdict(float)
        for line in self.env["account.move.line"].search([("company_id", "=", self.company.id)]):
            balances[line.account_id.code, str(line.date)[:7]] += line.balance
        return {
            "documents": sorted(
                (
                    move.saas_document_type,
                    move.saas_external_id,
                    move.state,
                    str(move.date),
                    move.amount_total,
                    move.amount_residual,
                    move.saas_status,
                    move.partner_id.name,
                )
                for move in moves
            ),
            "payments": sorted(
                (
                    each.saas_external_id,
                    each.payment_type,
                    each.amount,
                    str(each.date),
                    each.is_reconciled,
                )
                for each in payments
            ),
            "movements": sorted(
                (item.external_id, kind, day, *map(str, (round(delta, 2), round(company, 2))))
                for item, kind, day, delta, company in movements
                if round(delta, 2) or round(company, 2)
            ),
            "subscriptions": sorted(
                (each.external_id, each.state, each.mrr, each.mrr_company)
                for each in self.env["saas.subscription"].search([])
            ),
            "balances": {
                key: round(value, 2) for key, value in balances.items() if round(value, 2)
            },
        }

    def _deliver_shuffled(self, facts, seed, size):
        dice = random.Random(seed)
        order = [*facts, *dice.sample(facts, 7)]
        dice.shuffle(order)
        self.deliver(*order, size=size)

    def test_any_order_duplicates_and_batch_sizes(self):
        facts = self._facts()
        with self.env.cr.savepoint() as savepoint:
            for change in self.deliver(*facts):
                self.assertIsInstance(change.outcome, (type(None), Superseded))
            expected = self._books()
            savepoint.rollback()
        self.assertEqual(len(expected["documents"]), 7)
        for size in (1, 3, len(facts) * 2):
            for seed in range(SEEDS):
                with self.subTest(seed=seed, size=size), self.env.cr.savepoint() as savepoint:
                    self._deliver_shuffled(facts, seed, size)
                    books = self._books()
                    savepoint.rollback()
                    for name, value in expected.items():
                        self.assertEqual(books[name], value, name)
