"""The months of the schedules, past and to come, as the closed form gives them."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, OrderedSet

from ..models import recognition_sql as closed_form
from ..models.revenue_due_sql import REVENUE_ACCOUNT

#: An id is that of the schedule times this, plus the month, plus half of it for the other account.
MONTHS_OF_AN_ID = 100_000


class RevenueScheduleMonth(models.Model):
    """One row per schedule, account and month: what belongs to it and what was posted for it.

    A schedule has its revenue account and, where its rule names one, that of contra-revenue.

    A month is *due* when it is over and the schedule's last run before or in it did not bring the
    posted amount to what the closed form says, unless it earns nothing, as that of a free trial;
    months beyond it are *to come*.
    """

    _name = "saas.revenue.schedule.month"
    _description = "Revenue by Month"
    _inherit = ["saas.sql.view"]
    _auto = False
    _order = "schedule_id, month"

    schedule_id = fields.Many2one("saas.revenue.schedule", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    deferred_account_id = fields.Many2one("account.account", readonly=True)
    revenue_account_id = fields.Many2one("account.account", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    month = fields.Date(readonly=True)
    name = fields.Char(string="Month", readonly=True, help="Year and month.")
    amount = fields.Monetary(string="Revenue", readonly=True)
    posted_amount = fields.Monetary(string="Posted", readonly=True)
    company_amount = fields.Monetary(
        string="Revenue (company currency)", readonly=True, currency_field="company_currency_id"
    )
    posted_company_amount = fields.Monetary(
        string="Posted (company currency)", readonly=True, currency_field="company_currency_id"
    )
    state = fields.Selection(
        [("posted", "Posted"), ("due", "Due"), ("to_come", "To come")], readonly=True
    )

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Whoever asks for rows by id asks for their schedules: a condition that reaches tables."""
        domain = Domain(domain).map_conditions(_with_schedules)
        return super()._search(domain, *args, **kwargs)

    @property
    def _table_query(self):
        period = SQL("segment.method"), SQL("segment.date_start"), SQL("segment.date_end")
        earned = {
            name: SQL(
                "%s - %s",
                *(
                    closed_form.share(SQL(minor), SQL(served), SQL("total"))
                    for served in ("served", "served_first")
                ),
            )
            for name, minor in (("earned", "minor"), ("company_earned", "company"))
        }
        # Targets and postings are added up as one list: a condition on schedules reaches both.
        return SQL(
            """
            WITH measured AS (
                 SELECT segment.schedule_id, %(account)s AS account_id, calendar.month,
                        currency.rounding AS quantum, company_currency.rounding AS company_quantum,
                        %(minor)s AS minor, %(company)s AS company,
                        %(total)s AS total, %(served)s AS served,
                        CASE WHEN segment.booking_date < calendar.month
                             THEN %(served_first)s ELSE 0 END AS served_first
                   FROM saas_revenue_segment segment
                   JOIN saas_revenue_schedule schedule ON schedule.id = segment.schedule_id
                   JOIN res_currency currency ON currency.id = schedule.currency_id
                   JOIN res_currency company_currency
                     ON company_currency.id = schedule.company_currency_id
             CROSS JOIN LATERAL (
                        SELECT first::date AS month, (first + interval '1 month')::date AS before
                          FROM generate_series(
                               date_trunc('month', GREATEST(
                                   segment.date_start, segment.booking_date)::timestamp),
                               date_trunc('month', GREATEST(
                                   segment.date_end - 1, segment.booking_date)::timestamp),
                               interval '1 month') first
                        ) calendar
            ), both_sides AS (
                 SELECT schedule_id, account_id, month,
                        (%(earned)s) * quantum AS amount,
                        (%(company_earned)s) * company_quantum AS company_amount,
                        0 AS posted_amount, 0 AS posted_company_amount, NULL::date AS run_month
                   FROM measured
              UNION ALL
                 SELECT posting.schedule_id, %(account)s, posting.period, 0, 0,
                        posting.amount, posting.company_amount, posting.period
                   FROM saas_revenue_posting posting
                   JOIN saas_revenue_segment segment ON segment.id = posting.segment_id
                   JOIN saas_revenue_schedule schedule ON schedule.id = posting.schedule_id
            ), by_month AS (
                 SELECT schedule_id, account_id, month, SUM(amount) AS amount,
                        SUM(company_amount) AS company_amount, SUM(posted_amount) AS posted_amount,
                        SUM(posted_company_amount) AS posted_company_amount,
                        MAX(MAX(run_month)) OVER (PARTITION BY schedule_id) AS last_month
                   FROM both_sides
               GROUP BY schedule_id, account_id, month
            ), running AS (
                 SELECT by_month.*,
                        SUM(posted_company_amount) OVER everything AS posted_to_date,
                        SUM(company_amount) FILTER (WHERE month <= last_month)
                            OVER everything AS target_at_last_run
                   FROM by_month
                 WINDOW everything AS (PARTITION BY schedule_id)
            )
            SELECT running.schedule_id::bigint * %(months)s + %(month_index)s
                   + CASE running.account_id WHEN schedule.revenue_account_id THEN 0
                     ELSE %(months)s / 2 END AS id,
                   running.schedule_id, running.month, to_char(running.month, 'YYYY-MM') AS name,
                   schedule.company_id, schedule.partner_id,
                   schedule.product_id, schedule.deferred_account_id,
                   running.account_id AS revenue_account_id,
                   schedule.currency_id, schedule.company_currency_id,
                   running.amount, running.company_amount,
                   running.posted_amount, running.posted_company_amount,
                   CASE WHEN running.month <= running.last_month
                         AND running.posted_to_date = running.target_at_last_run THEN 'posted'
                        WHEN (running.month + interval '1 month')::date > CURRENT_DATE
                        THEN 'to_come'
                        WHEN (running.amount, running.company_amount,
                              running.posted_company_amount) = (0, 0, 0) THEN 'posted'
                        ELSE 'due' END AS state
              FROM running
              JOIN saas_revenue_schedule schedule ON schedule.id = running.schedule_id
            """,
            account=REVENUE_ACCOUNT,
            total=closed_form.total_units(*period),
            served=closed_form.served_units(*period, SQL("calendar.before")),
            served_first=closed_form.served_units(*period, SQL("calendar.month")),
            months=MONTHS_OF_AN_ID,
            month_index=closed_form.month_index(SQL("running.month")),
            minor=closed_form.minor_units(SQL("segment.amount"), SQL("currency.rounding")),
            company=closed_form.minor_units(
                SQL("segment.company_amount"), SQL("company_currency.rounding")
            ),
            **earned,
        )


def _with_schedules(condition):
    """A condition on ids, and what it says of schedules."""
    ids = condition.value
    if (condition.field_expr, condition.operator) != ("id", "in") or not isinstance(
        ids, (list, tuple, set, OrderedSet)
    ):
        return condition
    schedule_ids = {row_id // MONTHS_OF_AN_ID for row_id in ids if row_id}
    return condition & Domain("schedule_id", "in", schedule_ids)
