"""What customers could ask back: what is still deferred, by how likely they are to."""

from odoo import fields, models
from odoo.tools import SQL

from .revenue_report import DIMENSIONS, SCHEDULES

#: The first one that applies to a schedule.
RISKS = [
    ("disputed", "Disputed"),
    ("past_due", "Past Due"),
    ("cancelling", "Cancelling"),
    ("none", "No Sign of Risk"),
]


class RevenueRefundable(models.Model):
    """One row per schedule of which something is deferred in the books today."""

    _name = "saas.revenue.refundable"
    _description = "Refundable Liability"
    _inherit = ["saas.revenue.report"]
    _auto = False
    _order = "company_amount desc, id desc"

    risk = fields.Selection(
        RISKS,
        readonly=True,
        help="Disputed: a dispute of its invoice is open. Past due: the invoice is unpaid after its"
        " due date, or the provider is collecting in vain. Cancelling: the subscription has ended"
        " or will end.",
    )
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    subscription_id = fields.Many2one("saas.subscription", readonly=True)
    deferred_account_id = fields.Many2one("account.account", readonly=True)
    date_last_day = fields.Date(string="Service Until", readonly=True, help="Last day served.")
    amount = fields.Monetary(string="Still Deferred", readonly=True)
    company_amount = fields.Monetary(
        string="Still Deferred (company currency)",
        readonly=True,
        currency_field="company_currency_id",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH remaining AS (
                 SELECT schedule_id, SUM(amount) AS amount, SUM(company_amount) AS company_amount
                   FROM (SELECT schedule_id, amount, company_amount FROM saas_revenue_segment
                          UNION ALL
                         SELECT schedule_id, -amount, -company_amount FROM saas_revenue_posting
                        ) movement
               GROUP BY schedule_id
                 HAVING SUM(amount) != 0 OR SUM(company_amount) != 0
            )
            SELECT schedule_id AS id, schedule_id, schedule.move_id, schedule.subscription_id,
                   schedule.deferred_account_id, schedule.date_end - 1 AS date_last_day,
                   remaining.amount, remaining.company_amount, %(dimensions)s,
                   CASE WHEN EXISTS (SELECT FROM saas_dispute dispute
                                      WHERE dispute.invoice_id = schedule.move_id
                                        AND dispute.state NOT IN ('won', 'lost', 'closed'))
                        THEN 'disputed'
                        WHEN move.payment_state IN ('not_paid', 'partial')
                             AND move.invoice_date_due < CURRENT_DATE
                          OR subscription.state IN ('past_due', 'suspended') THEN 'past_due'
                        WHEN subscription.state IN ('cancelling', 'cancelled', 'expired')
                        THEN 'cancelling'
                        ELSE 'none' END AS risk
              FROM remaining %(schedules)s
              JOIN account_move move ON move.id = schedule.move_id
         LEFT JOIN saas_subscription subscription ON subscription.id = schedule.subscription_id
            """,
            dimensions=DIMENSIONS,
            schedules=SCHEDULES,
        )
