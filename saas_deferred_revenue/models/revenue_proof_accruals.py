"""Accruals in R5: their revenue like that of postings, and the balance of the unbilled accounts."""

from odoo import api, models
from odoo.tools import SQL

from .revenue_proof import EVER


class RevenueProof(models.AbstractModel):
    _inherit = "saas.revenue.proof"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _check_recognised(self, company, date_from, date_to):
        """R5 also proves that accruals not taken back yet are the unbilled accounts' balance."""
        recognised = super()._check_recognised(company, date_from, date_to)
        return recognised + self._check_unbilled(company, date_to)

    def _check_unbilled(self, company, date_to):
        """Accruals less those taken back against the balance of each unbilled account.

        :param date_to: first day that does not count any more
        """
        accounts = self._get_unbilled_account_ids(company)
        if not accounts:
            return []
        expected = self._get_accrued(
            company, "unbilled_account_id", "unbilled_move_line_id", -1, EVER, date_to
        )
        booked = SQL("item.account_id = ANY(%s)", accounts)
        return self._compare("R5", company, expected, booked, EVER, date_to, accounts)

    def _get_expected_revenue(self, company, date_from, date_to):
        accrued = self._get_accrued(
            company, "revenue_account_id", "move_line_id", 1, date_from, date_to
        )
        return SQL(
            "%s UNION ALL %s",
            super()._get_expected_revenue(company, date_from, date_to),
            accrued,
        )

    def _get_accrued(self, company, account, item, sign, date_from, date_to):
        """Rows of journal item, account and amount: what is accrued and what takes it back."""
        parts = [
            SQL(
                "SELECT %(item)s AS move_line_id, %(account)s AS account_id,"
                " %(sign)s * company_amount AS amount FROM saas_revenue_accrual"
                " WHERE company_id = %(company)s"
                " AND %(date)s >= %(date_from)s AND %(date)s < %(date_to)s",
                item=SQL.identifier(f"{prefix}{item}"),
                account=SQL.identifier(account),
                sign=way,
                company=company.id,
                date=SQL.identifier(date),
                date_from=date_from,
                date_to=date_to,
            )
            for prefix, date, way in (("", "date", sign), ("reversal_", "reversal_date", -sign))
        ]
        return SQL(" UNION ALL ").join(parts)

    def _get_balance_account_ids(self, company):
        return [
            *super()._get_balance_account_ids(company),
            *self._get_unbilled_account_ids(company),
        ]

    def _get_unbilled_account_ids(self, company):
        """Accounts that carry accruals, by rules and by accruals."""
        rows = self.env.execute_query(
            SQL(
                "SELECT unbilled_account_id FROM saas_revenue_rule WHERE company_id = %(company)s"
                " AND accrue_unbilled AND state != 'draft' UNION SELECT unbilled_account_id"
                " FROM saas_revenue_accrual WHERE company_id = %(company)s ORDER BY 1",
                company=company.id,
            )
        )
        return [account_id for [account_id] in rows]
