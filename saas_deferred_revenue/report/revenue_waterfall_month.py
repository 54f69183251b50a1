"""The waterfall as rows, by schedule and month, as it was known on a day of one's choice."""

from dateutil.relativedelta import relativedelta
from odoo import fields, models
from odoo.tools import SQL

from .revenue_report import DIMENSIONS, SCHEDULES

#: Months that are told apart; what comes later is one row.
MONTHS = 60
GROUPS = ("schedule_id", "revenue_account_id")


class RevenueWaterfallMonth(models.Model):
    """Remaining performance obligations: what has been billed and is still to be served.

    The day is `revenue_as_of` of the context, else today. Service that is not billed yet is in no
    row: subscriptions promise it, documents do not.
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
        waterfall = self.env["saas.revenue.waterfall"]
        boundaries = waterfall._get_boundaries(as_of, MONTHS)
        year = as_of + relativedelta(days=1, years=1)
        return SQL(
            """
            SELECT to_come.schedule_id * 1000::bigint + ROW_NUMBER() OVER (
                   PARTITION BY to_come.schedule_id
                   ORDER BY month, to_come.revenue_account_id) AS id,
                   to_come.schedule_id, to_come.month, to_come.company_amount::numeric,
                   CASE WHEN month < %(year)s THEN 'year' ELSE 'later' END AS horizon,
                   schedule.deferred_account_id, to_come.revenue_account_id, %(dimensions)s
              FROM (%(companies)s) to_come %(schedules)s
            """,
            year=year,
            companies=SQL(" UNION ALL ").join(
                SQL("(%s)", waterfall._get_query(company, boundaries, GROUPS))
                for company in self.env.companies
            ),
            dimensions=DIMENSIONS,
            schedules=SCHEDULES,
        )

    def _get_as_of(self):
        told = fields.Date.to_date(self.env.context.get("revenue_as_of"))
        return told or fields.Date.context_today(self)
