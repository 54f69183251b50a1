"""A connection that goes live on 1 July 2026 and what its old books hand over."""

from datetime import date

from . import factory
from .common import SyncCase

CUTOVER = date(2026, 7, 1)


class OpeningCase(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connection.cutover_date = CUTOVER

    def book(self):
        """Book what the positions lack; the new documents."""
        before = self.get_documents()
        self.connection.action_book_opening()
        return self.get_documents() - before

    def get_documents(self):
        return self.env["account.move"].search([("saas_document_type", "=", "opening")])

    def position(self, external_id="in_1"):
        return self.env["saas.opening.position"].search([("external_id", "=", external_id)])

    def lines(self, moves):
        """(account kind, amount in currency, balance) of journal items, sorted."""
        return sorted(
            (self.get_kind(line.account_id), line.amount_currency, line.balance)
            for line in moves.line_ids
        )

    def get_kind(self, account):
        kinds = {
            self.connection.opening_account_id: "clearing",
            self.connection.payment_journal_id.inbound_payment_method_line_ids.payment_account_id: (
                "outstanding"
            ),
            self.company_data["default_account_tax_sale"]: "tax",
        }
        names = {
            "asset_receivable": "receivable",
            "income": "revenue",
            "liability_current": "deferred",
        }
        return kinds.get(account) or names.get(account.account_type, account.account_type)

    def balances(self):
        """{account kind: balance} of the company's posted entries, zeros left out."""
        rows = self.env["account.move.line"]._read_group(
            [("company_id", "=", self.company.id), ("parent_state", "=", "posted")],
            ["account_id"],
            ["balance:sum"],
        )
        sums = {}
        for account, balance in rows:
            kind = self.get_kind(account)
            sums[kind] = round(sums.get(kind, 0.0) + balance, 2)
        return {kind: balance for kind, balance in sums.items() if balance}

    def open_amount(self, moves):
        """What is left to settle on receivable items."""
        items = moves.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
        return round(sum(items.mapped("amount_residual_currency")), 2)

    def old_paid(self, **values):
        """The year's invoice, paid before the cut-over."""
        return factory.invoice(status="paid", paid_at=factory.at(1, 2), **values)
