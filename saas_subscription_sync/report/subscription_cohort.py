"""Retention: what became of the customers who came in one month, and of their MRR."""

from odoo import api, fields, models
from odoo.tools import SQL

#: Share -> what is there of what was there at the start; groups of rows are weighted so too.
RETENTIONS = {
    "customer_retention": ("customers", "customers_start"),
    "mrr_retention": ("mrr", "mrr_start"),
}
#: Days on which the MRR of a customer moved. What a late event took back again is no movement.
DAYS = SQL(
    """SELECT company_id, partner_id, date, SUM(mrr_delta_company) AS delta
         FROM saas_subscription_change
     GROUP BY company_id, partner_id, date
       HAVING SUM(mrr_delta_company) != 0"""
)


class SaasSubscriptionCohort(models.Model):
    """One row per company, cohort and month since, up to the current one.

    A customer belongs to the cohort of the day on which MRR moved for the first time, and starts
    with what it was at the end of that day: who leaves in the first month is lost, not left out.
    A customer is counted while the MRR is not zero. MRR is in company currency, and the newest
    month of all cohorts is the MRR of all subscriptions.
    """

    _name = "saas.subscription.cohort"
    _description = "MRR Cohort"
    _inherit = ["saas.sql.view"]
    _auto = False
    _order = "cohort desc, age"
    _rec_name = "cohort"
    _depends = {"saas.subscription.change": ["company_id", "partner_id", "mrr_delta_company"]}

    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    cohort = fields.Date(readonly=True, help="Month in which these customers first had MRR.")
    age = fields.Integer(
        readonly=True, string="Age (Months)", aggregator=None, help="0: the month of the start."
    )
    month = fields.Date(readonly=True, help="Figures are those at the end of this month, or now.")
    customers = fields.Integer(readonly=True, help="Customers with MRR.")
    customers_start = fields.Integer(readonly=True, string="Customers at Start")
    mrr = fields.Monetary(readonly=True, currency_field="company_currency_id", string="MRR")
    mrr_start = fields.Monetary(
        readonly=True, currency_field="company_currency_id", string="MRR at Start"
    )
    customer_retention = fields.Float(
        readonly=True,
        digits=(16, 1),
        string="Customers Kept (%)",
        aggregator="avg",
        help="Customers with MRR in percent of those at the start. Of several cohorts together:"
        " large ones count for more.",
    )
    mrr_retention = fields.Float(
        readonly=True,
        digits=(16, 1),
        string="MRR Kept (%)",
        aggregator="avg",
        help="MRR in percent of that at the start, expansion included. Of several cohorts"
        " together: large ones count for more.",
    )

    @property
    def _table_query(self):
        # Deltas are added up by cohort, so that no customer is spread over months.
        return SQL(
            """
            WITH lives AS (
                 SELECT days.*, SUM(delta) OVER until_now AS mrr,
                        MIN(date) OVER whole AS started
                   FROM (%(days)s) days
                 WINDOW whole AS (PARTITION BY company_id, partner_id),
                        until_now AS (PARTITION BY company_id, partner_id ORDER BY date)
            ), moved AS (
                 SELECT company_id, date_trunc('month', started)::date AS cohort,
                        date_trunc('month', date)::date AS month, SUM(delta) AS mrr,
                        SUM((mrr != 0)::int - (mrr != delta)::int) AS customers,
                        COUNT(*) FILTER (WHERE date = started) AS customers_start,
                        SUM(delta) FILTER (WHERE date = started) AS mrr_start
                   FROM lives GROUP BY 1, 2, 3
            ), cohorts AS (
                 SELECT company_id, cohort, SUM(customers_start)::int AS customers_start,
                        SUM(mrr_start) AS mrr_start,
                        GREATEST(MAX(month), date_trunc('month', CURRENT_DATE)::date) AS last
                   FROM moved GROUP BY 1, 2
            ), running AS (
                 SELECT cohorts.*, day::date AS month,
                        SUM(COALESCE(moved.customers, 0)) OVER until_now AS customers,
                        SUM(COALESCE(moved.mrr, 0)) OVER until_now AS mrr,
                        ROW_NUMBER() OVER until_now - 1 AS age
                   FROM cohorts
             CROSS JOIN generate_series(
                        cohorts.cohort::timestamp, cohorts.last::timestamp, interval '1 month') day
              LEFT JOIN moved ON moved.company_id = cohorts.company_id
                    AND moved.cohort = cohorts.cohort AND moved.month = day::date
                 WINDOW until_now AS (
                        PARTITION BY cohorts.company_id, cohorts.cohort ORDER BY day)
            )
            SELECT (running.company_id * 100000::bigint + date_part('year', cohort)::int * 12
                    + date_part('month', cohort)::int) * 10000 + age AS id,
                   running.company_id, company.currency_id AS company_currency_id, cohort,
                   age::int AS age, month, customers::int AS customers, customers_start, mrr,
                   mrr_start, %(retentions)s
              FROM running JOIN res_company company ON company.id = running.company_id
            """,
            days=DAYS,
            retentions=SQL(", ").join(
                SQL("100.0 * %s / NULLIF(%s, 0) AS %s", *map(SQL.identifier, (*parts, name)))
                for name, parts in RETENTIONS.items()
            ),
        )

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """A share of several cohorts is that of their sums."""
        name, _colon, aggregate = aggregate_spec.partition(":")
        if name not in RETENTIONS or aggregate != "avg":
            return super()._read_group_select(aggregate_spec, query)
        part, whole = (self._field_to_sql(self._table, each, query) for each in RETENTIONS[name])
        return SQL("100.0 * SUM(%s) / NULLIF(SUM(%s), 0)", part, whole)

    def action_open_movements(self):
        """What the cohort's customers did until the end of the month, and what it adds up to."""
        self.ensure_one()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT partner_id FROM (%s) days WHERE company_id = %s
                 GROUP BY partner_id HAVING date_trunc('month', MIN(date)) = %s""",
                DAYS,
                self.company_id.id,
                self.cohort,
            )
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_subscription_sync.action_subscription_change"
        )
        domain = [
            ("company_id", "=", self.company_id.id),
            ("partner_id", "in", [partner_id for [partner_id] in rows]),
            ("date", "<=", fields.Date.end_of(self.month, "month")),
        ]
        return {**action, "domain": domain, "context": {"search_default_group_partner": 1}}
