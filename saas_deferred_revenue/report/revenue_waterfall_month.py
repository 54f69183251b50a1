"""The waterfall as rows, by segment and month, as it was known on a day of one's choice."""

from dateutil.relativedelta import relativedelta
from odoo import fields, models
from odoo.tools import SQL

from ..models import recognition_sql as closed_form
from ..models.revenue_due_sql import REVENUE_ACCOUNT
from .revenue_report import DIMENSIONS, SCHEDULES

#: Months that are told apart; what comes later is one row.
MONTHS = 60
#: An id is that of the segment times this, plus the number of the month.
MONTHS_OF_AN_ID = 100


class RevenueWaterfallMonth(models.Model):
    """Remaining performance obligations: what has been billed and is still to be served.

    The day is `revenue_as_of` of the context, else today. Service that is not billed yet is in no
    row: subscriptions promise it, documents do not. A row is a step of one segment, so that no row
    waits for all others to be sorted: `saas.revenue.waterfall` says what the steps of a group are.
    """

    _name = "saas.revenue.waterfall.month"
    _description = "Deferred Revenue Waterfall"
    _inherit = ["saas.revenue.report"]
    _auto = False
    _order = "month, id"

    month = fields.Date(readonly=True, help="That will earn it; empty after five years.")
    horizon = fields.Selection(
        [("year", "Within 12 Months"), ("later", "Later")],
        readonly=True,
        help="Counted from the day of the report.",
    )
    deferred_account_id = fields.Many2one("account.account", readonly=True)
    revenue_account_id = fields.Many2one("account.account", readonly=True)

    @property
    def _table_query(self):
        as_of = self._get_as_of()
        boundaries = self.env["saas.revenue.waterfall"]._get_boundaries(as_of, MONTHS)
        period = SQL("segment.method"), SQL("segment.date_start"), SQL("segment.date_end")
        open_period = SQL("method"), SQL("date_start"), SQL("date_end")
        return SQL(
            """
            WITH open AS MATERIALIZED (
                 SELECT segment.id, segment.schedule_id, segment.method, segment.date_start,
                        segment.date_end, schedule.deferred_account_id,
                        %(account)s AS revenue_account_id, currency.rounding AS quantum,
                        %(minor)s AS minor, %(total)s AS total, %(dimensions)s,
                        LEAST(%(count)s, %(last_month)s - %(first_month)s) AS last_number
                   FROM saas_revenue_segment segment %(schedules)s
                   JOIN res_currency currency ON currency.id = schedule.company_currency_id
                  WHERE segment.company_id = ANY(%(companies)s)
                    AND segment.booking_date < %(first)s AND segment.date_end > %(first)s
            ), measured AS (
                 SELECT open.*, before, number,
                        %(served_before)s AS served_before, %(served)s AS served
                   FROM open
             CROSS JOIN LATERAL generate_series(0, last_number) number
             CROSS JOIN LATERAL (SELECT (%(boundaries)s::date[])[number + 1] AS before,
                                        (%(boundaries)s::date[])[number + 2] AS after) step
                 OFFSET 0
            ), earned AS (
                 SELECT measured.*, %(share)s - %(share_before)s AS earned
                   FROM measured
                 OFFSET 0
            )
            SELECT id * %(months)s::bigint + number AS id,
                   schedule_id, company_id, partner_id, product_id, catalog_mapping_id,
                   currency_id, company_currency_id, deferred_account_id, revenue_account_id,
                   NULLIF(date_trunc('month', before)::date, %(last)s) AS month,
                   CASE WHEN before < %(year)s THEN 'year' ELSE 'later' END AS horizon,
                   earned * quantum AS company_amount
              FROM earned
             WHERE earned != 0
            """,
            account=REVENUE_ACCOUNT,
            minor=closed_form.minor_units(SQL("segment.company_amount"), SQL("currency.rounding")),
            total=closed_form.total_units(*period),
            dimensions=DIMENSIONS,
            schedules=SCHEDULES,
            companies=self.env.companies.ids,
            first=boundaries[0],
            last=boundaries[-1],
            served_before=closed_form.served_units(*open_period, SQL("before")),
            served=closed_form.served_units(*open_period, SQL("after")),
            boundaries=[*boundaries, "infinity"],
            count=MONTHS,
            first_month=closed_form.month_index(SQL("%s::date", boundaries[0])),
            last_month=closed_form.month_index(SQL("(segment.date_end - 1)")),
            share=closed_form.share(*map(SQL, ("minor", "served", "total"))),
            share_before=closed_form.share(*map(SQL, ("minor", "served_before", "total"))),
            months=MONTHS_OF_AN_ID,
            year=as_of + relativedelta(days=1, years=1),
        )

    def _get_as_of(self):
        told = fields.Date.to_date(self.env.context.get("revenue_as_of"))
        return told or fields.Date.context_today(self)
