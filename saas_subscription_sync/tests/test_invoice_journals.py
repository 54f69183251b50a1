"""Each connection posts into its own journal, each company into its own books."""

from . import factory
from .common import SyncCase


class TestInvoiceJournals(SyncCase):
    def _journal(self, code, company):
        return self.env["account.journal"].create(
            {"name": code, "code": code, "type": "sale", "company_id": company.id}
        )

    def _deliver_to(self, connection, *records):
        changes = [self.change(record, connection=connection) for record in records]
        self.deliver(*changes, connection=connection)
        self.assertDone(*changes)
        return self.bound("invoice", "in_1", connection)

    def test_each_connection_has_its_journal_and_each_company_its_books(self):
        other = self.setup_other_company()["company"]
        connections = {
            "USA": self.connection,
            "EUR": self._create_connection("acct_second", self.company),
            "OTH": self._create_connection("acct_other", other),
        }
        for code, connection in connections.items():
            story = [
                factory.customer(name=code, email=f"{code}@example.com"),
                factory.product(),
                factory.price(),
                factory.invoice("in_1", factory.line("10")),
            ]
            journal = self._journal(code, connection.company_id)
            connection.sudo().journal_id = journal
            move = self._deliver_to(connection, *story)
            with self.subTest(code):
                self.assertEqual(
                    (move.journal_id, move.company_id, move.saas_connection_id, move.state),
                    (journal, connection.company_id, connection, "posted"),
                )
                self.assertIn(f"{code}/2026/", move.name)
                self.assertEqual(
                    move.line_ids.account_id.company_ids & connection.company_id,
                    connection.company_id,
                )
