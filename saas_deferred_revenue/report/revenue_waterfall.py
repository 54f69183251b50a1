"""When the deferred revenue of a company will be earned, as known on a day."""

from datetime import timedelta
from decimal import Decimal

from odoo import api, models
from odoo.addons.saas_billing_connector.models.sql_view import keep_uncompiled
from odoo.tools import SQL

from ..models import recognition_sql as closed_form
from ..models.revenue_due_sql import REVENUE_ACCOUNT
from ..recognition.calendar import first_of_month, month_index

#: What a waterfall may be grouped by.
GROUPS = {
    "deferred_account_id": SQL("schedule.deferred_account_id"),
    "revenue_account_id": REVENUE_ACCOUNT,
    "product_id": SQL("schedule.product_id"),
    "partner_id": SQL("schedule.partner_id"),
    "currency_id": SQL("schedule.currency_id"),
}


class RevenueWaterfall(models.AbstractModel):
    """`Σ segments − R(day)` falls from month to month; each step is what the month earns.

    Segments count that were booked by the day, so a past day gives what was known on it. All in
    company currency; positive is revenue to be earned.
    """

    _name = "saas.revenue.waterfall"
    _description = "Deferred Revenue to Come"

    @api.model
    def _get_waterfall(self, company, as_of, months=24, group_by=()):
        """Deferred revenue at the end of the day `as_of` by the month that will earn it.

        The first month is that of the day after `as_of`, without the days that are over. All rows
        of an account add up to its balance (R4) once the months up to `as_of` are posted.

        :param int months: how many of them are told apart; what comes later is one amount
        :param group_by: names out of `GROUPS`
        :return: list of dicts with `month` (its first day, None for later), the names of
            `group_by`, and `company_amount` (Decimal); ordered by these, without rows of zero
        """
        self.env.flush_all()
        keep_uncompiled(self.env.cr)
        rows = self.env.execute_query_dict(
            self._get_query(company, self._get_boundaries(as_of, months), group_by)
        )
        for row in rows:
            row["company_amount"] = Decimal(row["company_amount"])
        return rows

    def _get_boundaries(self, as_of, months):
        """First days that do not count yet: after `as_of`, then after each month but the last."""
        first = as_of + timedelta(days=1)
        index = month_index(first)
        return [first, *(first_of_month(index + number) for number in range(1, months + 1))]

    def _get_query(self, company, boundaries, group_by):
        """What is still deferred at each boundary, less what is at the next.

        A segment is looked at only at boundaries that it outlives, and money is in minor units
        until it is added up.
        """
        period = SQL("segment.method"), SQL("segment.date_start"), SQL("segment.date_end")
        open_period = SQL("method"), SQL("date_start"), SQL("date_end")
        names = [SQL.identifier(name) for name in group_by]
        quantum = SQL("%s::numeric", str(Decimal(str(company.currency_id.rounding))))
        served = closed_form.served_units(*open_period, SQL("before"))
        return SQL(
            """
            WITH open AS MATERIALIZED (
                 SELECT segment.method, segment.date_start, segment.date_end,
                        %(total)s AS total, %(minor)s AS minor %(columns)s
                   FROM saas_revenue_segment segment
                   JOIN saas_revenue_schedule schedule ON schedule.id = segment.schedule_id
                  WHERE segment.company_id = %(company)s
                    AND segment.booking_date < %(first)s AND segment.date_end > %(first)s
            ), measured AS (
                 SELECT before, minor, total, %(served)s AS served %(names)s
                   FROM open JOIN unnest(%(boundaries)s::date[]) AS boundary(before)
                     ON before < date_end
                 OFFSET 0
            ), deferred AS (
                 SELECT before, SUM(minor - %(share)s) AS minor %(names)s
                   FROM measured
               GROUP BY before %(names)s
            ), earned AS (
                 SELECT NULLIF(date_trunc('month', before)::date, %(last)s) AS month %(names)s,
                        minor - LEAD(minor, 1, 0) OVER (
                            PARTITION BY TRUE %(names)s ORDER BY before) AS minor
                   FROM deferred
            )
            SELECT month %(names)s, (minor * %(quantum)s)::text AS company_amount
              FROM earned
             WHERE minor != 0
          ORDER BY month NULLS LAST %(names)s
            """,
            total=closed_form.total_units(*period),
            minor=closed_form.minor_units(SQL("segment.company_amount"), quantum),
            served=served,
            share=closed_form.share(*map(SQL, ("minor", "served", "total"))),
            columns=_further(
                SQL("%s AS %s", GROUPS[name], SQL.identifier(name)) for name in group_by
            ),
            names=_further(names),
            company=company.id,
            first=boundaries[0],
            last=boundaries[-1],
            boundaries=boundaries,
            quantum=quantum,
        )


def _further(columns):
    """More columns after a first one."""
    return SQL("").join(SQL(", %s", column) for column in columns)
