"""What hangs on a cause: blocked events, what waits behind them, money and its age.

Counts and amounts by currency are read when shown. What lists are sorted by is stored, and brought
up to date by the drain after its commits: several workers park events of one cause at a time, and
would only meet at the issue's row if they kept its figures themselves.
"""

from odoo import api, fields, models
from odoo.tools import SQL

#: An invoice that was finalised and then paid is one sum of money and two blocked events.
STAKE_BY_OBJECT = SQL(
    """SELECT issue_id, stake_currency_id AS currency_id, count(*) AS event_count,
              max(abs(stake_amount)) AS amount, min(received_at) AS since
         FROM saas_billing_event
        WHERE issue_id IS NOT NULL AND state = 'parked'
        GROUP BY issue_id, stake_currency_id, object_type, object_id"""
)


class SaasBillingIssue(models.Model):
    _inherit = "saas.billing.issue"

    event_count = fields.Integer(compute="_compute_stakes", string="Blocked Events")
    stakes = fields.Char(
        compute="_compute_stakes", string="Money at Stake", help="Of the events it blocks."
    )
    waiting_count = fields.Integer(
        compute="_compute_waiting_count",
        string="Waiting Behind",
        help="Events that wait for an object whose own event this issue blocks.",
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    stake_company_amount = fields.Monetary(
        readonly=True,
        currency_field="company_currency_id",
        string="At Stake (Company Currency)",
        help="All currencies at today's rates, to sort by.",
    )
    stake_since = fields.Datetime(
        readonly=True, help="When the money at stake arrived, on average, weighted by amount."
    )
    money_age_days = fields.Integer(
        compute="_compute_money_age_days",
        string="Age of the Money (Days)",
        help="Average age of the money at stake, weighted by amount.",
    )

    @api.depends("event_ids.state")
    def _compute_stakes(self):
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """WITH stake AS (%s)
                   SELECT issue_id, currency_id, sum(event_count)::int, sum(amount) FROM stake
                    WHERE issue_id = ANY(%s)
                    GROUP BY issue_id, currency_id ORDER BY issue_id, currency_id""",
                STAKE_BY_OBJECT,
                self.ids,
            )
        )
        counts, amounts = {}, {}
        currencies = self.env["res.currency"]
        for issue, currency, count, amount in rows:
            counts[issue] = counts.get(issue, 0) + count
            if currency:
                amount = currencies.browse(currency).format(amount)
                amounts.setdefault(issue, []).append(amount)
        for issue in self:
            issue.event_count = counts.get(issue.id, 0)
            issue.stakes = ", ".join(amounts.get(issue.id, ()))

    def _compute_waiting_count(self):
        behind = self._get_ids_behind()
        for issue in self:
            issue.waiting_count = len(behind.get(issue.id, ()))

    def _get_waiting_behind(self):
        """Events that wait, directly or not, for what these issues block."""
        ids = self._get_ids_behind().values()
        return self.env["saas.billing.event"].browse({each for group in ids for each in group})

    def _get_ids_behind(self):
        """Ids of the events waiting behind each issue, in one query."""
        if not self.ids:
            return {}
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """WITH RECURSIVE behind (issue_id, connection_id, event_id, object) AS (
                       SELECT issue_id, connection_id, NULL::int,
                              object_type || ':' || object_id
                         FROM saas_billing_event
                        WHERE issue_id = ANY(%s) AND state = 'parked'
                        UNION
                       SELECT behind.issue_id, event.connection_id, event.id,
                              event.object_type || ':' || event.object_id
                         FROM behind
                         JOIN saas_billing_event event
                           ON event.connection_id = behind.connection_id
                          AND event.waiting_on = behind.object
                          AND event.state = 'waiting'
                   )
                   SELECT issue_id, array_agg(DISTINCT event_id) FROM behind
                    WHERE event_id IS NOT NULL GROUP BY issue_id""",
                self.ids,
            )
        )
        return dict(rows)

    @api.depends("stake_since", "closed_at")
    def _compute_money_age_days(self):
        now = fields.Datetime.now()
        for issue in self:
            since = issue.stake_since
            issue.money_age_days = (now - since).days if since else 0

    @api.model
    def _refresh_money(self):
        """Bring the stored figures of open issues up to date, in one statement.

        :returns: number of issues whose figures changed
        """
        self.env.flush_all()
        # Without money at stake, old figures are still to be cleared: a rate that nobody uses.
        rates = self._get_rates() or [(0, 0, 0.0)]
        self.env.cr.execute(
            SQL(
                """WITH rate (company_id, currency_id, rate) AS (VALUES %s),
                        object AS (%s),
                        stake AS (
                       SELECT issue.id,
                              COALESCE(sum(object.amount * rate.rate), 0) AS amount,
                              sum(object.amount * rate.rate
                                  * extract(epoch FROM object.since)) AS moment
                         FROM saas_billing_issue issue
                    LEFT JOIN object ON object.issue_id = issue.id
                    LEFT JOIN rate ON rate.company_id = issue.company_id
                          AND rate.currency_id = object.currency_id
                        WHERE issue.state = 'open'
                        GROUP BY issue.id
                   ), fresh AS (
                       SELECT id, round(amount::numeric, 2) AS amount,
                              to_timestamp(floor(moment / NULLIF(amount, 0)))
                                  AT TIME ZONE 'UTC' AS since
                         FROM stake
                   )
                   UPDATE saas_billing_issue issue
                      SET stake_company_amount = fresh.amount, stake_since = fresh.since
                     FROM fresh
                    WHERE fresh.id = issue.id
                      AND (issue.stake_company_amount, issue.stake_since)
                          IS DISTINCT FROM (fresh.amount, fresh.since)""",
                SQL(", ").join(SQL("%s", rate) for rate in rates),
                STAKE_BY_OBJECT,
            )
        )
        self.invalidate_model(["stake_company_amount", "stake_since", "money_age_days"])
        return self.env.cr.rowcount

    @api.model
    def _get_rates(self):
        """(company id, currency id, rate to the company's currency) for what is at stake."""
        figures = self.env["saas.billing.event"]._read_group(
            [
                ("issue_id.state", "=", "open"),
                ("state", "=", "parked"),
                ("stake_currency_id", "!=", False),
            ],
            ["issue_id", "stake_currency_id"],
        )
        pairs = {(issue.company_id, currency) for issue, currency in figures}
        today = fields.Date.today()
        return [
            (
                company.id,
                currency.id,
                currency._get_conversion_rate(currency, company.currency_id, company, today),
            )
            for company, currency in pairs
        ]
