"""The proof that the sub-ledger equals the general ledger (checks R4 and R5).

Both checks compare item by item, so every difference is explained by the journal items that make
it, and nothing remains unknown. Amounts are in company currency, credit positive.
"""

from datetime import date
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..recognition.calendar import months_between, next_month
from .revenue_due_sql import REVENUE_ACCOUNT

EVER = date(1900, 1, 1)
INCOME_TYPES = ("income", "income_other")
#: Customer documents, whose lines on income accounts are earned at once.
EARNING_DOCUMENTS = ("out_invoice", "out_refund", "out_receipt")
#: The same of the aliases `move` and `account` in SQL.
IS_INCOME = SQL("account.account_type IN %s", INCOME_TYPES)
IS_EARNING_DOCUMENT = SQL("move.move_type IN %s", EARNING_DOCUMENTS)


class RevenueProof(models.AbstractModel):
    _name = "saas.revenue.proof"
    _description = "Revenue Sub-ledger Proof"

    @api.model
    def _check_deferred(self, company, date_to):
        """R4: segments less postings against the balance of each deferred account.

        :param date_to: first day that does not count any more
        :return: list of dicts, see `_prepare_results`
        """
        expected = SQL(
            """
            SELECT segment.move_line_id, schedule.deferred_account_id AS account_id,
                   segment.company_amount AS amount
              FROM saas_revenue_segment segment
              JOIN saas_revenue_schedule schedule ON schedule.id = segment.schedule_id
             WHERE segment.company_id = %(company)s AND segment.booking_date < %(date_to)s
         UNION ALL
            SELECT posting.deferred_move_line_id, schedule.deferred_account_id,
                   -posting.company_amount
              FROM saas_revenue_posting posting
              JOIN saas_revenue_schedule schedule ON schedule.id = posting.schedule_id
             WHERE posting.company_id = %(company)s AND posting.date < %(date_to)s
            """,
            company=company.id,
            date_to=date_to,
        )
        accounts = self._get_deferred_account_ids(company)
        booked = SQL("item.account_id = ANY(%s)", accounts)
        return self._compare("R4", company, expected, booked, EVER, date_to, accounts)

    @api.model
    def _check_recognised(self, company, date_from, date_to):
        """R5: postings by revenue account against the items of the run entries of the same days."""
        expected = self._get_expected_revenue(company, date_from, date_to)
        booked = SQL(
            "move.saas_revenue_run_id IS NOT NULL AND NOT item.account_id = ANY(%s)",
            self._get_balance_account_ids(company),
        )
        return self._compare("R5", company, expected, booked, date_from, date_to, [])

    def _get_expected_revenue(self, company, date_from, date_to):
        """Rows of journal item, revenue account and amount, as the sub-ledger has them."""
        return SQL(
            """
            SELECT posting.move_line_id, %(account)s AS account_id,
                   posting.company_amount AS amount
              FROM saas_revenue_posting posting
              JOIN saas_revenue_segment segment ON segment.id = posting.segment_id
              JOIN saas_revenue_schedule schedule ON schedule.id = posting.schedule_id
             WHERE posting.company_id = %(company)s
               AND posting.date >= %(date_from)s AND posting.date < %(date_to)s
            """,
            account=REVENUE_ACCOUNT,
            company=company.id,
            date_from=date_from,
            date_to=date_to,
        )

    def _get_balance_account_ids(self, company):
        """Accounts on which run entries stand opposite to revenue."""
        return self._get_deferred_account_ids(company)

    def _get_deferred_account_ids(self, company):
        """Accounts that carry deferred revenue, by rules and by schedules."""
        rows = self.env.execute_query(
            SQL(
                "SELECT deferred_account_id FROM saas_revenue_rule WHERE company_id = %(company)s"
                " AND state IN ('approved', 'superseded') UNION SELECT deferred_account_id"
                " FROM saas_revenue_schedule WHERE company_id = %(company)s ORDER BY 1",
                company=company.id,
            )
        )
        return [account_id for [account_id] in rows]

    def _compare(self, check, company, expected, booked, date_from, date_to, accounts):
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(
                """
                WITH expected AS (
                     SELECT move_line_id, account_id, SUM(amount) AS amount
                       FROM (%(expected)s) each GROUP BY move_line_id, account_id
                ), booked AS (
                     SELECT item.id AS move_line_id, item.account_id, -item.balance AS amount
                       FROM account_move_line item
                       JOIN account_move move ON move.id = item.move_id
                      WHERE item.company_id = %(company)s AND item.parent_state = 'posted'
                        AND item.date >= %(date_from)s AND item.date < %(date_to)s AND %(booked)s
                ), compared AS (
                     SELECT move_line_id, account_id,
                            expected.amount AS expected, booked.amount AS booked
                       FROM expected FULL JOIN booked USING (move_line_id, account_id)
                )
                SELECT NULL AS move_line_id, account_id, NULL AS label, TRUE AS is_posted,
                       COALESCE(SUM(expected), 0) AS expected, COALESCE(SUM(booked), 0) AS booked
                  FROM compared GROUP BY account_id
             UNION ALL
                SELECT compared.move_line_id, compared.account_id,
                       concat_ws(' · ', item.move_name, item.name),
                       item.parent_state = 'posted' AND item.account_id = compared.account_id,
                       expected, booked
                  FROM compared JOIN account_move_line item ON item.id = compared.move_line_id
                 WHERE COALESCE(expected, 0) != COALESCE(booked, 0)
              ORDER BY account_id, move_line_id NULLS FIRST
                """,
                expected=expected,
                booked=booked,
                company=company.id,
                date_from=date_from,
                date_to=date_to,
            )
        )
        return self._prepare_results(check, company, rows, accounts)

    def _prepare_results(self, check, company, rows, accounts):
        """One dict per account (the control total) and one per journal item that differs.

        :return: values of reconciliation lines: left is the sub-ledger, right the ledger; an item
            has a class and itself on the right, and the items' differences add up to the total's
        """
        found = {row["account_id"] for row in rows}
        rows += [{"account_id": a, "move_line_id": None} for a in accounts if a not in found]
        names = {
            account.id: account.display_name
            for account in self.env["account.account"]
            .sudo()
            .with_company(company)
            .browse(sorted(found | set(accounts)))
        }
        return [
            {
                "check": check,
                "currency_id": company.currency_id.id,
                "account_id": row["account_id"],
                "label": row.get("label") or names[row["account_id"]],
                "left_amount": row.get("expected") or 0.0,
                "right_amount": row.get("booked") or 0.0,
                "difference_class": row["move_line_id"] and self._classify(row),
                "right_model": row["move_line_id"] and "account.move.line",
                "right_res_id": row["move_line_id"] or False,
            }
            for row in rows
        ]

    def _classify(self, row):
        """Why a journal item differs from what the sub-ledger expects of it."""
        if row["booked"] is not None:
            return "manual"
        return "timing" if row["is_posted"] else "missing"

    # ------------------------------------------------------------------
    # Figures of the ledger
    # ------------------------------------------------------------------

    @api.model
    def _get_month_figures(self, company, first_month, last_month):
        """Deferred balance and recognised revenue by month, from posted journal items.

        Recognised is what runs posted and what customer documents earned at once. Billed less
        recognised is what the deferred balance grew by, in months without write-offs, opening
        positions and accruals.

        :param first_month, last_month: first days of months, both included
        :return: `{first day of month: {"deferred": at its end, "recognised": in it}}`, in company
            currency, credit positive
        """
        self.env.flush_all()
        end = next_month(last_month)
        deferred = self._get_monthly(self._get_deferred_domain(company, end))
        recognised = self._get_monthly(self._get_recognised_domain(company, first_month, end))
        balance = sum(amount for month, amount in deferred.items() if month < first_month)
        figures = {}
        for month in months_between(first_month, last_month):
            balance += deferred.get(month, 0)
            figures[month] = {"deferred": balance, "recognised": recognised.get(month, 0)}
        return figures

    def _get_monthly(self, domain):
        """`{first day of month: credits less debits}` of the journal items, in company currency."""
        items = self.env["account.move.line"].sudo()
        month = SQL("date_trunc('month', account_move_line.date::timestamp)::date")
        query = items._search(domain)
        query.groupby = month
        total = SQL("(-SUM(account_move_line.balance))::text")
        rows = self.env.execute_query(query.select(month, total))
        return {month: Decimal(amount) for month, amount in rows}

    @api.model
    def _get_deferred_domain(self, company, end):
        """Journal items whose credits less debits are the deferred balance before a day."""
        return [
            ("company_id", "=", company.id),
            ("parent_state", "=", "posted"),
            ("account_id", "in", self._get_deferred_account_ids(company)),
            ("date", "<", end.isoformat()),
        ]

    def _get_income_account_ids(self):
        """As ids, so that the items of a few months are found by account and date."""
        accounts = self.env["account.account"].sudo().with_context(active_test=False)
        return accounts.search([("account_type", "in", INCOME_TYPES)]).ids

    @api.model
    def _get_recognised_domain(self, company, start, end):
        """Journal items whose credits less debits are the revenue recognised in these days.

        :param end: first day that does not count any more
        """
        return [
            ("company_id", "=", company.id),
            ("parent_state", "=", "posted"),
            ("account_id", "in", self._get_income_account_ids()),
            "|",
            ("move_id.saas_revenue_run_id", "!=", False),
            ("move_id.move_type", "in", EARNING_DOCUMENTS),
            ("date", ">=", start.isoformat()),
            ("date", "<", end.isoformat()),
        ]
