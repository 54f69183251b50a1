"""Settlement and fees add up to the accounts that they are booked on."""

from . import factory
from .test_settlement import FEES, SettlementCase


class TestSettlementReport(SettlementCase):
    def setUp(self):
        super().setUp()
        self.deliver(
            factory.invoice(),
            factory.payment(),
            factory.balance_transaction("txn_1", fees=FEES),
            factory.balance_transaction(
                "txn_2", "-100", category="refund", source_id="re_1", created_at=factory.at(2, 3)
            ),
            factory.balance_transaction(
                "txn_eur",
                "75",
                currency="EUR",
                source_id="ch_eur",
                created_at=factory.at(2, 5),
                fees=(("stripe_fee", "2.51"),),
            ),
            factory.balance_transaction(
                "txn_fee", "-6.40", category="fee", source_id=None, created_at=factory.at(2, 9)
            ),
            factory.balance_transaction("txn_po", "-500", category="payout", source_id="po_1"),
            factory.balance_transaction(
                "txn_kept", "150", category="risk_reserved_funds", balance="risk_reserved"
            ),
        )

    def sums(self, *groups, domain=(), measures=("company_gross", "company_fees", "company_net")):
        """{group: sums} of the report."""
        rows = self.env["saas.settlement.report"]._read_group(
            [("company_id", "=", self.company.id), *domain],
            groups,
            [f"{name}:sum" for name in measures],
        )
        return {row[: len(groups)]: row[len(groups) :] for row in rows}

    def ledger(self, account, journal=None):
        """Balance of an account in the entries of settlement journals."""
        journals = journal or self.connection._get_settlement_journals()
        [[total]] = self.env["account.move.line"]._read_group(
            [
                ("account_id", "=", account.id),
                ("journal_id", "in", journals.ids),
                ("parent_state", "=", "posted"),
            ],
            [],
            ["balance:sum"],
        )
        return total

    def test_net_is_the_balance_of_each_journal_in_the_ledger(self):
        told = self.sums("journal_id")
        self.assertEqual(len(told), 2)
        for (journal,), (gross, fees, net) in told.items():
            self.assertAlmostEqual(net, self.ledger(journal.default_account_id, journal))
            self.assertAlmostEqual(gross - fees, net)

    def test_fees_are_the_balances_of_their_accounts(self):
        told = self.sums("account_id", domain=[("fee_kind", "!=", False)])
        self.assertEqual(len(told), 2)
        for (account,), (gross, fees, _net) in told.items():
            self.assertAlmostEqual(fees, self.ledger(account))
            self.assertEqual(gross, 0)

    def test_a_fee_of_its_own_has_no_gross_amount(self):
        told = self.sums("category", measures=("gross", "fees", "net"))
        self.assertEqual(
            {key: tuple(round(each, 2) for each in told[key,]) for key in ("fee", "refund")},
            {"fee": (0, 6.4, -6.4), "refund": (-100, 0, -100)},
        )

    def test_what_is_not_booked_is_left_out(self):
        self.assertNotIn(("risk_reserved_funds",), self.sums("category"))

    def test_the_rate_is_all_fees_of_all_charges(self):
        report = self.env["saas.settlement.report"]
        own = [("company_id", "=", self.company.id)]
        [[rate, fees, charged]] = report._read_group(
            own, [], ["fee_rate:avg", "company_fees:sum", "company_charged:sum"]
        )
        self.assertAlmostEqual(rate, 100 * fees / charged)
        january = report._read_group(
            [*own, ("date", "<", "2026-02-01")], ["date:month"], ["fee_rate:avg"]
        )
        self.assertAlmostEqual(january[0][1], 100 * 42.06 / 1440)
        by_kind = dict(report._read_group(own, ["fee_kind"], ["fee_rate:avg"]))
        self.assertIsNone(by_kind["tax"] or None)

    def test_ids_of_rows_are_unique_and_open_what_they_are_of(self):
        rows = self.env["saas.settlement.report"].search([("company_id", "=", self.company.id)])
        self.assertEqual(len(rows), len(set(rows.ids)))
        fee = rows.filtered("fee_kind")[:1]
        self.assertEqual(fee.action_open_transaction()["res_id"], fee.transaction_id.id)
