"""R3: the provider's balance, read live, against the journals that keep it.

Its balance at a month's end is what it says it holds now, less what moved since.
"""

from collections import defaultdict
from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from ..rules.settlement import OPENING


# One file per check keeps each of them readable on its own.
# pylint: disable=consider-merging-classes-inherited
class SaasReconciliationRun(models.Model):
    _inherit = "saas.reconciliation.run"

    def _get_checks(self):
        return super()._get_checks() | {"R3": "_check_r3"}

    def _get_needed_readings(self):
        return super()._get_needed_readings() | {"R3": ("balance_transaction",)}

    def _get_titles(self):
        return super()._get_titles() | {
            "R3": self.env._("Cash"),
            "balance_transaction": self.env._("Balance Transactions"),
        }

    def _check_r3(self):
        """Every movement of the month, and the balance at its end, by currency.

        A connection whose balance was never read has no such journals yet.
        """
        connection, cutover = self.connection_id, self.connection_id.cutover_date
        if not connection.settled_until or (cutover and cutover >= self.date_to):
            return []
        moved = self._compare_rows(
            connection,
            self._get_told(connection, "movement"),
            self._get_booked_movements(connection),
            {"": self.env._("moved")},
        )
        moved += self._prepare_manual(connection)
        return [*self._compare_balances(connection, moved), *moved]

    def _get_booked_movements(self, connection):
        """SELECT of the statement lines that stand for a movement."""
        return SQL(
            """SELECT 'movement' AS kind, own.external_id, '' AS item, move.date AS day,
                      currency.name AS currency, line.amount, NULL AS state,
                      own.external_id AS label, 'saas.settlement.transaction' AS model,
                      own.id AS res_id
                 FROM saas_settlement_transaction own
                 JOIN account_bank_statement_line line ON line.id = own.line_id
                 JOIN account_move move ON move.id = line.move_id
                 JOIN res_currency currency ON currency.id = line.currency_id
                WHERE own.connection_id = %s AND move.state = 'posted'
                  AND own.category != %s""",
            connection.id,
            OPENING,
        )

    def _prepare_manual(self, connection):
        """Items on the journals' accounts that no movement of the provider stands behind."""
        items = self.env["account.move.line"].search(
            [
                *self._get_ledger_domain(connection),
                ("date", ">=", self.date_from),
                ("statement_line_id.saas_transaction_ids", "=", False),
            ]
        )
        return [
            {
                "connection_id": connection.id,
                "currency_id": item.currency_id.id,
                "label": item.move_id.name,
                "day": item.date,
                "left_amount": 0.0,
                "right_amount": item.amount_currency,
                "difference_class": "manual",
                "reason": self.env._("Nothing moved the provider's balance"),
                "right_model": "account.move",
                "right_res_id": item.move_id.id,
                "external_id": False,
            }
            for item in items
        ]

    # ── balances ─────────────────────────────────────────────────────────────────────────────

    def _compare_balances(self, connection, moved):
        """A control total per currency, and what this month's differences do not explain of it."""
        _start, end = self._get_instants(connection, timedelta())
        held = connection._get_provider_balance_at(end)
        booked = self._get_journal_balances(connection)
        currencies = self._get_currencies_by_name([*held, *(each.name for each in booked)])
        explained = defaultdict(float)
        for line in moved:
            if line.get("difference_class"):
                explained[line["currency_id"]] += line["left_amount"] - line["right_amount"]
        lines = []
        for name, currency in sorted(currencies.items()):
            left, right = float(held.get(name, 0)), booked.get(currency, 0.0)
            lines.append(self._prepare_balance(connection, currency, left, right))
            rest = currency.round(left - right - explained[currency.id])
            if not currency.is_zero(rest):
                lines += self._prepare_carried(connection, currency, rest)
        return lines

    def _prepare_balance(self, connection, currency, left, right):
        label = self.env._(
            "%(connection)s · balance on %(day)s",
            connection=connection.name,
            day=self.date_to - timedelta(days=1),
        )
        return {
            "currency_id": currency.id,
            "label": label,
            "left_amount": left,
            "right_amount": right,
        }

    def _prepare_carried(self, connection, currency, amount):
        """What the months before left: as far as it was explained there, and what nobody knows."""
        known = self._get_explained_before(connection, currency)
        carried = (
            ("known", known, "timing", self.env._("Explained in the months before")),
            ("carried", amount - known, "unknown", self.env._("Reconcile the months before")),
        )
        return [
            {
                "connection_id": connection.id,
                "key": f"{key}/{currency.name}",
                "currency_id": currency.id,
                "label": self.env._("Carried over from before %s", self.date_from),
                "left_amount": currency.round(left),
                "right_amount": 0.0,
                "difference_class": kind,
                "reason": reason,
                "external_id": False,
            }
            for key, left, kind, reason in carried
            if not currency.is_zero(left)
        ]

    def _get_explained_before(self, connection, currency):
        """Sum of the differences of earlier months that a person explained and that still stand."""
        [[amount]] = self.env["saas.reconciliation.difference"]._read_group(
            [
                ("connection_id", "=", connection.id),
                ("check", "=", "R3"),
                ("currency_id", "=", currency.id),
                ("month", "<", self.date_from),
                ("state", "=", "explained"),
                ("key", "!=", f"known/{currency.name}"),
            ],
            aggregates=["difference:sum"],
        )
        return amount

    def _get_ledger_domain(self, connection):
        journals = connection._get_settlement_journals()
        return [
            ("account_id", "in", journals.default_account_id.ids),
            ("parent_state", "=", "posted"),
            ("date", "<", self.date_to),
        ]

    def _get_journal_balances(self, connection):
        """Balance by currency of the journals' own accounts at the end of the last month."""
        balances = defaultdict(float)
        by_account = {
            journal.default_account_id: journal._get_settlement_currency()
            for journal in connection._get_settlement_journals()
        }
        rows = self.env["account.move.line"]._read_group(
            self._get_ledger_domain(connection),
            ["account_id", "currency_id"],
            ["amount_currency:sum", "balance:sum"],
        )
        for account, currency, amount, balance in rows:
            own = by_account[account]
            balances[own] += amount if currency == own else balance
        return {currency: currency.round(amount) for currency, amount in balances.items()}

    # ── R6 ───────────────────────────────────────────────────────────────────────────────────

    def _get_objects(self):
        return super()._get_objects() | {"payout": "_get_booked_payouts"}

    def _get_booked_payouts(self, connection):
        return SQL(
            """SELECT external_id, state, external_id AS label, 'saas.settlement' AS model,
                      id AS res_id
                 FROM saas_settlement WHERE connection_id = %s""",
            connection.id,
        )
