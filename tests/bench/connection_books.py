"""What a connection brings besides schedules, as many of each as asked for.

Documents and payments, movements of the balance with their fees, movements of MRR, and issues: one
of each is booked by Odoo, the others are copies by plain SQL. Documents and money are spread over
the days of one month, movements of MRR over the two years before its end.
"""

from odoo.addons.saas_billing_connector.canonical import NeedsHuman
from odoo.tools import SQL

from tests.bench.copies import added_since, analyse, copy_row
from tests.bench.paid_invoices import MONTH, PaidInvoices
from tests.bench.progress import tell
from tests.bench.subscribers import Subscribers

#: Accounting day of a copy, by its number.
DAY_OF_MONTH = SQL("%s::date + (number %% 31)::int", MONTH)
DAY_OF_YEARS = SQL("%s::date - (number %% 700)::int", MONTH)


class ConnectionBooks:
    """
    :ivar schedule: of one customer whose story came by events: subscribed, billed and paid
    """

    def __init__(self, env):
        self.env = env
        self.connection = env["saas.billing.connection"].search([], limit=1)
        self._subscribe()

    def _subscribe(self):
        subscribers = Subscribers(self.connection)
        subscribers.sign_up(1)
        subscribers.store_events()
        for track in ("service", "accounting"):
            self.env["saas.billing.drain"]._cron_drain(track)
        self.schedule = self.env["saas.revenue.schedule"].search([])
        self.movement = self.env["saas.subscription.change"].search([])
        self.schedule.ensure_one()
        self.movement.ensure_one()

    def grow_to(self, size):
        """Have `size` of each."""
        tell(f"making {size} documents, payments, movements of both kinds and issues")
        PaidInvoices(self.connection, DAY_OF_MONTH).grow_to(size)
        numbers = SQL("generate_series(1, %s) number", size - 1)
        self._copy_balance(numbers)
        self._copy_mrr(numbers)
        self._copy_issues(numbers)

    def _copy_balance(self, numbers):
        fee = self._book_fee()
        movement = fee.transaction_id
        line = movement.line_id
        move = line.move_id
        number = SQL("number")
        days = SQL("(SELECT number, %s AS day FROM %s) copies", DAY_OF_MONTH, numbers)
        name = SQL("source.name || '-' || number")
        copy_row(self.env, "account_move", move.id, days, name=name, date=SQL("day"))
        copies = SQL("(SELECT id, date AS day FROM account_move WHERE id > %s) copies", move.id)
        to_entry = {"move_id": SQL("copies.id")}
        for item in move.line_ids:
            copy_row(self.env, "account_move_line", item.id, copies, date=SQL("day"), **to_entry)
        copy_row(self.env, "account_bank_statement_line", line.id, copies, **to_entry)
        copy_row(
            self.env,
            "saas_settlement_transaction",
            movement.id,
            SQL(
                "(SELECT line.id AS number, move.date AS day FROM account_bank_statement_line line"
                " JOIN account_move move ON move.id = line.move_id WHERE line.id > %s) copies",
                line.id,
            ),
            line_id=number,
            date=SQL("day"),
            external_id=SQL("'txn_' || number"),
        )
        copy_row(
            self.env,
            "saas_settlement_fee",
            fee.id,
            added_since("saas_settlement_transaction", movement.id),
            transaction_id=number,
        )
        analyse(
            self.env,
            "account_move",
            "account_move_line",
            "account_bank_statement_line",
            "saas_settlement_transaction",
            "saas_settlement_fee",
        )

    def _book_fee(self):
        """The fee of a charge of 1,440.00."""
        company, journal = self.connection.company_id, self.connection._get_payment_journal()
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": journal.id,
                "date": MONTH,
                "payment_ref": "Charge",
                "amount": 1397.94,
            }
        )
        movement = self.env["saas.settlement.transaction"].create(
            {
                "connection_id": self.connection.id,
                "external_id": "txn_0",
                "date": MONTH,
                "created_at": MONTH,
                "available_at": MONTH,
                "category": "charge",
                "kind": "charge",
                "currency_id": company.currency_id.id,
                "amount": 1440,
                "fee_amount": 42.06,
                "net_amount": 1397.94,
                "line_id": line.id,
            }
        )
        fee = self.env["saas.settlement.fee"].create(
            {
                "transaction_id": movement.id,
                "kind": "stripe_fee",
                "amount": 42.06,
                "company_amount": 42.06,
                "account_id": journal.suspense_account_id.id,
            }
        )
        self.env.flush_all()
        return fee

    def _copy_mrr(self, numbers):
        partner = self.env["res.partner"].create({"name": "Subscriber"})
        self.env.flush_all()
        copy_row(self.env, "res_partner", partner.id, numbers)
        copy_row(
            self.env,
            "saas_subscription_change",
            self.movement.id,
            added_since("res_partner", partner.id),
            partner_id=SQL("number"),
            version=SQL("'v' || number"),
            date=DAY_OF_YEARS,
        )
        analyse(self.env, "res_partner", "saas_subscription_change")

    def _copy_issues(self, numbers):
        cause = NeedsHuman("made_up", "Mend it")
        issues = self.env["saas.billing.issue"]._raise(self.connection, [cause])
        self.env.flush_all()
        copy_row(
            self.env,
            "saas_billing_issue",
            issues["made_up", ""].id,
            numbers,
            key=SQL("'cause_' || number"),
            create_date=SQL("source.create_date - (number %% 60) * interval '1 day'"),
            stake_company_amount=SQL("number %% 997"),
        )
        analyse(self.env, "saas_billing_issue")
