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
            "in_eur",
            factory.line("99.99", invoice_item_id="ii_billed"),
            currency="EUR",
            accounting_at=factory.at(1, 20),
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
        euro_item = {"price_id": "price_eur", "currency": "EUR", "interval": "month"}
        euros = [
            factory.subscription(
                "sub_eur",
                factory.item("si_eur", "10", count, **euro_item),
                currency="EUR",
                **values,
            )
            for count, values in (("1", {}), ("3", {}), ("3", {"status": "past_due"}))
        ]
        month = 31 * 24 * 3600
        phase = factory.phase(factory.at(1), factory.at(4), "price_eur")
        subscribed = [
            self.change(factory.price("price_eur", "10", "month", currency="EUR")),
            self.change(euros[0], kind="created"),
            self.change(euros[1], previous=euros[0], second=month),
            self.change(euros[1], kind="imported", second=month + 1),
            self.change(euros[2], previous=euros[1], second=2 * month),
            self.change(factory.schedule("sched", phase, subscription_id="sub_eur")),
        ]
        return [
            *subscribed,
            self.change(factory.customer(name="Old Name")),
            self.change(factory.customer(name="New Name", phone="+1 555")),
            self.change(factory.customer("cus_gone", email="gone@example.com"), kind="created"),
            self.change(
                factory.customer("cus_gone", email="gone@example.com", deleted=True),
                kind="deleted",
            ),
            self.change(factory.tax_id("txi_wrong", value="DE123456789")),
            self.change(factory.tax_id("txi_right", value="DE123456788")),
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
            *map(self.change, self._money()),
            *self._settlement_facts(),
            *map(self.change, self._balances()),
            *map(self.change, self._credits()),
            *map(self.change, self._revisions()),
            self.change(factory.invoice_item("ii_billed", "99.99", currency="EUR"), kind="created"),
            self.change(factory.invoice_item("ii_gone", "-5"), kind="created"),
            self.change(factory.invoice_item("ii_gone", "-5", deleted=True), kind="deleted"),
        ]

    def _money(self):
        """Money that comes back, is disputed, or was never the provider's."""
        other = {"invoice_id": "in_eur", "currency": "EUR"}
        euro = {"payment_intent_id": "pi_3", "charge_id": "ch_3", "currency": "EUR"}
        taken = factory.movement("txn_1", "-30", currency="EUR")
        kept = factory.movement("txn_2", "-5", currency="EUR", created_at=factory.at(3, 5))
        back = factory.movement("txn_3", "30", currency="EUR", created_at=factory.at(4, 5))
        marked = factory.invoice(
            "in_out",
            factory.line("70", external_id="il_out"),
            status="paid",
            paid_at=factory.at(2, 7),
            paid_out_of_band=Decimal(70),
        )
        debit = {"payment_intent_id": "pi_5", "balance_transaction_id": "txn_5"}
        return [
            factory.charge("ch_1", balance_transaction_id="txn_ch"),
            factory.refund("re_2", "3.33", "pending", balance_transaction_id="txn_r2", **euro),
            factory.refund("re_2", "3.33", balance_transaction_id="txn_r2", **euro),
            factory.credit_note(
                "cn_3",
                total=Decimal("1.11"),
                post_payment_amount=Decimal("1.11"),
                refund_ids=("re_2",),
                **other,
            ),
            factory.refund("re_3", "7", balance_transaction_id="txn_r3", **euro),
            factory.refund(
                "re_3",
                "7",
                "failed",
                balance_transaction_id="txn_r3",
                failure_balance_transaction_id="txn_r3b",
                **euro,
            ),
            factory.dispute("du_1", amount="30", **euro),
            factory.dispute("du_1", taken, amount="30", **euro),
            factory.dispute("du_1", taken, back, amount="30", status="won", **euro),
            factory.dispute("du_2", kept, amount="5", **euro),
            factory.dispute("du_2", kept, amount="5", status="lost", **euro),
            factory.invoice("in_out", factory.line("70", external_id="il_out")),
            marked,
            factory.payment(
                "pr_1", "70", invoice_id="in_out", payment_intent_id=None, paid_at=factory.at(2, 7)
            ),
            factory.invoice("in_debit", factory.line("45", external_id="il_debit")),
            factory.charge("py_5", "45", "pending", **debit),
            factory.charge("py_5", "45", **debit),
            factory.payment("pi_5", "45", invoice_id="in_debit"),
            factory.charge("py_5", "0", "failed", failure_balance_transaction_id="txn_5b", **debit),
        ]

    def _settlement_facts(self):
        """The provider's balance: two charges, one of another currency, a refund and a payout."""
        fees = (("stripe_fee", "42.06"), ("tax", "8.41"))
        euro = {"exchange_rate": Decimal("1.0845"), "source_currency": "EUR"}
        return [
            self.change(factory.balance_transaction("txn_1", fees=fees)),
            self.change(factory.balance_transaction("txn_1", fees=fees, status="available")),
            self.change(
                factory.balance_transaction(
                    "txn_2",
                    "36.15",
                    source_id="ch_2",
                    payment_intent_id="pi_2",
                    created_at=factory.at(1, 5),
                    source_amount=Decimal("33.33"),
                    **euro,
                )
            ),
            self.change(
                factory.balance_transaction(
                    "txn_3",
                    "-120",
                    category="refund",
                    source_id="re_1",
                    created_at=factory.at(2, 2),
                )
            ),
            self.change(
                factory.balance_transaction(
                    "txn_4",
                    "-1389.53",
                    category="payout",
                    source_id="po_1",
                    created_at=factory.at(2, 4),
                )
            ),
            self.change(factory.payout(amount="1389.53", status="pending")),
            self.change(factory.payout(amount="1389.53")),
            self.change(factory.contents("txn_1", "txn_4")),
        ]

    def _balances(self):
        """Credit given and used, a void that gives it back, and an overpayment."""

        def moving(external_id, amount, moved, **values):
            line = factory.line(amount, external_id=f"il_{external_id}")
            return factory.invoice(external_id, line, balance_applied=Decimal(moved), **values)

        later = {"accounting_at": factory.at(4, 2)}
        return [
            moving("in_neg", "-50", "-50", status="paid"),
            moving("in_use", "80", "30", accounting_at=factory.at(2, 1)),
            moving("in_back", "70", "20", **later),
            moving("in_back", "70", "20", status="void", voided_at=factory.at(4, 20), **later),
            factory.payment("pi_use", "65", invoice_id="in_use", paid_at=factory.at(2, 3)),
            moving(
                "in_use",
                "80",
                "30",
                status="paid",
                accounting_at=factory.at(2, 1),
                paid_at=factory.at(2, 3),
                amount_overpaid=Decimal(15),
            ),
            moving("in_eur_neg", "-40", "-40", currency="EUR", accounting_at=factory.at(1, 5)),
            moving("in_eur_use", "40", "40", currency="EUR", accounting_at=factory.at(3, 5)),
        ]

    def _credits(self):
        usage = factory.line(
            "25",
            external_id="il_usage",
            credits=(factory.line_credit("10"),),
            period=factory.period(factory.at(12, year=2025), factory.YEAR_START),
        )
        return [
            factory.credit_grant(category="promotional"),
            factory.credit_grant(category="promotional", expires_at=factory.at(9)),
            factory.credit_transaction("cbtxn_0", "100", "credits_granted"),
            factory.credit_transaction("cbtxn_1", "-10"),
            factory.invoice("in_usage", usage),
        ]

    def _revisions(self):
        replaced = factory.line("90", external_id="il_revised")
        voided = factory.at(2, 15)
        return [
            factory.invoice("in_revised", replaced),
            factory.invoice("in_revised", replaced, status="void", voided_at=voided),
            factory.invoice(
                "in_revision",
                factory.line("60", external_id="il_revision"),
                replaces_id="in_revised",
                accounting_at=voided,
            ),
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
            balances[line.account_id.name, str(line.date)[:7]] += line.balance
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
            "contacts": sorted(
                (
                    each.external_id,
                    each.deleted,
                    each.origin,
                    each.partner_id.name,
                    each.partner_id.phone,
                    each.partner_id.vat,
                    each.partner_id.is_company,
                    tuple(each.tax_id_ids.sorted("value").mapped("validity")),
                )
                for each in self.env["saas.customer"].search([])
            ),
            "movements": sorted(
                (item.external_id, kind, day, *map(str, (round(delta, 2), round(company, 2))))
                for item, kind, day, delta, company in movements
                if round(delta, 2) or round(company, 2)
            ),
            "subscriptions": sorted(
                (
                    each.external_id,
                    each.state,
                    each.mrr,
                    each.mrr_company,
                    each.access,
                    str(each.past_due_since),
                    self.env["saas.subscription.phase"].search_count(
                        [("subscription_id", "=", each.id)]
                    ),
                )
                for each in self.env["saas.subscription"].search([])
            ),
            "unbilled items": sorted(
                (
                    each.external_id,
                    each.state,
                    each.amount,
                    str(each.settled_on),
                    each.invoice_id.ref or "",
                )
                for each in self.env["saas.pending.item"].search([])
            ),
            "disputes": sorted(
                (each.external_id, each.state, each.held_amount, each.proposal_id.amount)
                for each in self.env["saas.dispute"].search([])
            ),
            "proposals": sorted(
                (each.external_id, each.state, each.amount, str(each.date))
                for each in self.env["saas.credit.proposal"].search([])
                if each.amount
            ),
            "movements of the balance": sorted(
                (move.saas_balance_transaction_id, str(move.date), move.amount_total)
                for move in self.env["account.move"].search(
                    [("saas_balance_transaction_id", "!=", False)]
                )
            ),
            "settlement": sorted(
                (
                    each.external_id,
                    each.state,
                    each.settlement_id.external_id or "",
                    each.statement_id.name,
                    sorted(each.fee_ids.mapped("amount")),
                )
                for each in self.env["saas.settlement.transaction"].search([])
            ),
            "payouts": [
                (each.external_id, each.state, each.difference, each.bank_state)
                for each in self.env["saas.settlement"].search([])
            ],
            "statements": sorted(
                (each.name, each.balance_start, each.balance_end_real, each.is_complete)
                for each in self.env["account.bank.statement"].search([])
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
                # What failed stays with a person, who is not here; its money is booked.
                if getattr(change.outcome, "code", None) != "refund_failed":
                    self.assertIsInstance(change.outcome, (type(None), Superseded))
            expected = self._books()
            savepoint.rollback()
        self.assertEqual(len(expected["documents"]), 31)
        self.assertEqual(len(expected["movements of the balance"]), 9)
        self.assertEqual(len(expected["proposals"]), 3)
        for size in (1, 3, len(facts) * 2):
            for seed in range(SEEDS):
                with self.subTest(seed=seed, size=size), self.env.cr.savepoint() as savepoint:
                    self._deliver_shuffled(facts, seed, size)
                    books = self._books()
                    savepoint.rollback()
                    for name, value in expected.items():
                        self.assertEqual(books[name], value, name)
