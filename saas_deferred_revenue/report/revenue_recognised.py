"""Revenue by where it comes from: this month's service, earlier months, documents at once."""

from odoo import fields, models
from odoo.tools import SQL

from ..models.revenue_due_sql import REVENUE_ACCOUNT
from ..models.revenue_proof import IS_EARNING_DOCUMENT, IS_INCOME
from .revenue_report import DIMENSIONS, SCHEDULES

ORIGINS = [
    ("period", "Of the Month"),
    ("prior", "Prior Months"),
    ("at_once", "Earned at Once"),
    ("unbilled", "Not Billed Yet"),
]


class RevenueRecognised(models.Model):
    """Negative where credit notes take back; the rows of a month add up to the ledger's revenue
    of customer documents and month-end runs.
    """

    _name = "saas.revenue.recognised"
    _description = "Recognised Revenue"
    _inherit = ["saas.revenue.report"]
    _auto = False
    _order = "date desc, id desc"

    date = fields.Date(string="Accounting Date", readonly=True)
    period = fields.Date(
        string="Month", readonly=True, help="Month of the run; of the document where at once."
    )
    origin = fields.Selection(
        ORIGINS,
        readonly=True,
        help="Prior months: what a run caught up of months before its own, since a document or a"
        " decision came late. Not billed yet: accrued at a month's end and taken back on the next"
        " day.",
    )
    move_id = fields.Many2one("account.move", string="Document", readonly=True)
    revenue_account_id = fields.Many2one("account.account", readonly=True)
    amount = fields.Monetary(readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT posting.id::bigint * 4 + share.number AS id, posting.date, posting.period,
                   share.origin, schedule.move_id, posting.schedule_id,
                   %(account)s AS revenue_account_id, share.amount, share.company_amount,
                   %(dimensions)s
              FROM saas_revenue_posting posting %(schedules)s
              JOIN saas_revenue_segment segment ON segment.id = posting.segment_id
        CROSS JOIN LATERAL (
                   VALUES (1, 'period', posting.period_amount, posting.period_company_amount),
                          (2, 'prior', posting.prior_amount, posting.prior_company_amount)
                   ) share(number, origin, amount, company_amount)
             WHERE share.amount != 0 OR share.company_amount != 0
         UNION ALL
            SELECT line.id::bigint * 4, line.date, date_trunc('month', line.date)::date, 'at_once',
                   line.move_id, NULL, line.account_id, -line.amount_currency, -line.balance,
                   line.company_id, line.partner_id, line.product_id,
                   line.saas_catalog_mapping_id, line.currency_id, line.company_currency_id
              FROM account_move_line line
              JOIN account_move move ON move.id = line.move_id
              JOIN account_account account ON account.id = line.account_id
             WHERE line.parent_state = 'posted'
               AND %(is_earning_document)s AND %(is_income)s
         UNION ALL
            SELECT accrual.id::bigint * 8 + side.number, side.date,
                   date_trunc('month', side.date)::date, 'unbilled', item.invoice_id, NULL,
                   accrual.revenue_account_id, side.sign * accrual.amount,
                   side.sign * accrual.company_amount, accrual.company_id, item.partner_id,
                   price.product_id, item.catalog_mapping_id, accrual.currency_id,
                   company.currency_id
              FROM saas_revenue_accrual accrual
              JOIN saas_pending_item item ON item.id = accrual.item_id
              JOIN res_company company ON company.id = accrual.company_id
         LEFT JOIN saas_catalog_mapping price ON price.id = item.catalog_mapping_id
        CROSS JOIN LATERAL (
                   VALUES (3, 1, accrual.date), (7, -1, accrual.reversal_date)
                   ) side(number, sign, date)
            """,
            account=REVENUE_ACCOUNT,
            is_earning_document=IS_EARNING_DOCUMENT,
            is_income=IS_INCOME,
            dimensions=DIMENSIONS,
            schedules=SCHEDULES,
        )

    def action_open_document(self):
        return self.move_id.get_formview_action()
