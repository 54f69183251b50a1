"""The months of the schedules, past and to come, as the closed form gives them."""

from odoo import fields, models
from odoo.tools import SQL

from ..models import recognition_sql as closed_form


class RevenueScheduleMonth(models.Model):
    """One row per schedule and month: what belongs to it and what was posted for it.

    A month is *due* when it is over and the schedule's last run before or in it did not bring the
    posted amount to what the closed form says; months beyond it are *to come*.
    """

    _name = "saas.revenue.schedule.month"
    _description = "Revenue by Month"
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

    @property
    def _table_query(self):
        period = SQL("segment.method"), SQL("segment.date_start"), SQL("segment.date_end")
        total = closed_form.total_units(*period)
        served = closed_form.served_units(*period, SQL("calendar.before"))
        served_first = closed_form.served_units(*period, SQL("calendar.month"))
        return SQL(
            """
            WITH month_target AS (
                 SELECT segment.schedule_id, calendar.month,
                        SUM(target.amount) AS amount,
                        SUM(target.company_amount) AS company_amount
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
             CROSS JOIN LATERAL (
                        SELECT %(total)s AS total, %(served)s AS served,
                               CASE WHEN segment.booking_date < calendar.month
                                    THEN %(served_first)s ELSE 0 END AS served_first
                        ) units
             CROSS JOIN LATERAL (
                        SELECT %(amount)s - %(amount_first)s AS amount,
                               %(company)s - %(company_first)s AS company_amount
                        ) target
               GROUP BY segment.schedule_id, calendar.month
            ), month_posted AS (
                 SELECT schedule_id, period AS month, SUM(amount) AS amount,
                        SUM(company_amount) AS company_amount
                   FROM saas_revenue_posting
               GROUP BY schedule_id, period
            ), both_sides AS (
                 SELECT schedule_id, month,
                        COALESCE(target.amount, 0) AS amount,
                        COALESCE(target.company_amount, 0) AS company_amount,
                        COALESCE(posted.amount, 0) AS posted_amount,
                        COALESCE(posted.company_amount, 0) AS posted_company_amount
                   FROM month_target target
              FULL JOIN month_posted posted USING (schedule_id, month)
            ), running AS (
                 SELECT both_sides.*, last_run.month AS last_month,
                        SUM(posted_company_amount) OVER everything AS posted_to_date,
                        SUM(company_amount) FILTER (
                            WHERE both_sides.month <= last_run.month)
                            OVER everything AS target_at_last_run
                   FROM both_sides
              LEFT JOIN LATERAL (
                        SELECT MAX(period) AS month FROM saas_revenue_posting
                         WHERE schedule_id = both_sides.schedule_id) last_run ON TRUE
                 WINDOW everything AS (PARTITION BY schedule_id)
            )
            SELECT running.schedule_id::bigint * 100000 + %(month_index)s AS id,
                   running.schedule_id, running.month, to_char(running.month, 'YYYY-MM') AS name,
                   schedule.company_id, schedule.partner_id,
                   schedule.product_id, schedule.deferred_account_id, schedule.revenue_account_id,
                   schedule.currency_id, schedule.company_currency_id,
                   running.amount, running.company_amount,
                   running.posted_amount, running.posted_company_amount,
                   CASE WHEN running.month <= running.last_month
                         AND running.posted_to_date = running.target_at_last_run THEN 'posted'
                        WHEN (running.month + interval '1 month')::date <= CURRENT_DATE THEN 'due'
                        ELSE 'to_come' END AS state
              FROM running
              JOIN saas_revenue_schedule schedule ON schedule.id = running.schedule_id
            """,
            total=total,
            served=served,
            served_first=served_first,
            month_index=closed_form.month_index(SQL("running.month")),
            **{
                name: closed_form.share(SQL(amount), SQL(units), SQL("units.total"), SQL(quantum))
                for name, amount, units, quantum in (
                    ("amount", "segment.amount", "units.served", "currency.rounding"),
                    ("amount_first", "segment.amount", "units.served_first", "currency.rounding"),
                    (
                        "company",
                        "segment.company_amount",
                        "units.served",
                        "company_currency.rounding",
                    ),
                    (
                        "company_first",
                        "segment.company_amount",
                        "units.served_first",
                        "company_currency.rounding",
                    ),
                )
            },
        )
