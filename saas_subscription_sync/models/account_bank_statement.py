"""The provider's statements: one per journal and month, which ends at the provider's balance."""

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import SQL


class AccountBankStatement(models.Model):
    _inherit = "account.bank.statement"

    saas_journal_id = fields.Many2one(
        "account.journal", string="Settlement Journal", readonly=True, copy=False, index=True
    )
    saas_month = fields.Date(string="Settlement Month", readonly=True, copy=False)

    _saas_month_unique = models.UniqueIndex(
        "(saas_journal_id, saas_month) WHERE saas_month IS NOT NULL",
        "A settlement journal has one statement a month.",
    )

    @api.model
    def _get_settlement_statements(self, wanted):
        """Statement by (journal, first day of the month); those that are missing are made.

        :param wanted: set of such pairs
        """
        known = self.search(
            [
                ("saas_journal_id", "in", list({journal.id for journal, _month in wanted})),
                ("saas_month", "in", list({month for _journal, month in wanted})),
            ]
        )
        found = {(each.saas_journal_id, each.saas_month): each for each in known}
        missing = sorted(wanted - found.keys(), key=lambda pair: (pair[1], pair[0].id))
        created = self.create([self._prepare_settlement_statement(*pair) for pair in missing])
        return found | dict(zip(missing, created, strict=True))

    @api.model
    def _prepare_settlement_statement(self, journal, month):
        return {
            "name": f"{journal.name} {month:%Y-%m}",
            "saas_journal_id": journal.id,
            "saas_month": month,
            "balance_start": 0.0,
            "balance_end_real": 0.0,
        }

    @api.model
    def _refresh_settlement_balances(self, touched):
        """Bring opening and closing balances to what the provider's movements add up to.

        A movement that arrives late moves every later statement of its journal.

        :param touched: (journal, month) pairs that got lines
        """
        self.env.flush_all()
        first = {}
        for journal, month in touched:
            first[journal] = min(month, first.get(journal, month))
        for journal, month in first.items():
            self._refresh_journal(journal, month)

    @api.model
    def _refresh_journal(self, journal, first):
        currency = journal._get_settlement_currency()
        sums = self._get_net_by_month(journal)
        statements = self.search(
            [("saas_journal_id", "=", journal.id), ("saas_month", ">=", first)], order="saas_month"
        )
        for statement in statements:
            month = statement.saas_month
            start = sum(net for when, net in sums.items() if when < month)
            end = start + sums.get(month, 0)
            balances = {
                "balance_start": currency.round(start),
                "balance_end_real": currency.round(end),
            }
            if any(currency.compare_amounts(statement[name], balances[name]) for name in balances):
                statement.write(balances)

    @api.model
    def _get_net_by_month(self, journal):
        """Net of the provider's movements in one journal, by first day of the month."""
        rows = self.env.execute_query(
            SQL(
                """SELECT date_trunc('month', own.date)::date, sum(own.net_amount)
                     FROM saas_settlement_transaction own
                     JOIN account_bank_statement_line line ON line.id = own.line_id
                    WHERE line.journal_id = %s GROUP BY 1""",
                journal.id,
            )
        )
        return {month: float(net) for month, net in rows}

    @api.model
    def _get_month(self, day):
        return day + relativedelta(day=1)
