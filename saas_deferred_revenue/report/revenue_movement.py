"""Every movement of deferred revenue: what documents brought and what runs recognised of it."""

from odoo import fields, models
from odoo.tools import SQL

from .revenue_report import DIMENSIONS, SCHEDULES

KINDS = [
    ("opening_position", "Opening Position"),
    ("billed", "Billed"),
    ("credited", "Credited"),
    ("reversed", "Reversed"),
    ("written_off", "Written Off"),
    ("amended", "Amended"),
    ("recognised", "Recognised"),
    ("recognised_prior", "Recognised for Prior Months"),
]

MOVEMENTS = """
    SELECT segment.id::bigint * 4 AS id, segment.schedule_id, segment.booking_date AS date,
           CASE WHEN segment.amendment_id IS NOT NULL THEN 'amended'
                WHEN segment.kind = 'reversal' THEN 'reversed'
                WHEN move.saas_write_off_id IS NOT NULL THEN 'written_off'
                WHEN move.move_type = 'out_refund' THEN 'credited'
                WHEN move.move_type = 'entry' THEN 'opening_position'
                ELSE 'billed' END AS kind,
           segment.amount, segment.company_amount
      FROM saas_revenue_segment segment
      JOIN account_move_line line ON line.id = segment.move_line_id
      JOIN account_move move ON move.id = line.move_id
 UNION ALL
    SELECT posting.id::bigint * 4 + share.number, posting.schedule_id, posting.date, share.kind,
           -share.amount, -share.company_amount
      FROM saas_revenue_posting posting
CROSS JOIN LATERAL (
           VALUES (1, 'recognised', period_amount, period_company_amount),
                  (2, 'recognised_prior', prior_amount, prior_company_amount)
           ) share(number, kind, amount, company_amount)
     WHERE share.amount != 0 OR share.company_amount != 0
"""


class RevenueMovement(models.Model):
    """Positive where the liability grows. Up to a day they add up to what is deferred on it (R4).

    An amendment adds up to nothing: it changes when, not how much.
    """

    _name = "saas.revenue.movement"
    _description = "Deferred Revenue Movements"
    _inherit = ["saas.revenue.report"]
    _auto = False
    _order = "date desc, id desc"

    date = fields.Date(readonly=True, help="Accounting date of the document or of the run's entry.")
    kind = fields.Selection(KINDS, readonly=True)
    deferred_account_id = fields.Many2one("account.account", readonly=True)
    amount = fields.Monetary(readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT movement.*, schedule.deferred_account_id, %(dimensions)s
              FROM (%(movements)s) movement %(schedules)s
            """,
            movements=SQL(MOVEMENTS),
            dimensions=DIMENSIONS,
            schedules=SCHEDULES,
        )
