"""The contract liability by month: opening, what changed it, closing, and the ledger beside it."""

from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..models.recognition_sql import month_index
from ..recognition.calendar import next_month
from .revenue_movement import KINDS, MOVEMENTS

#: A column for each kind of movement.
MOVED = [SQL.identifier(kind) for kind, _label in KINDS]
MONTH_INDEX = month_index(SQL("running.month"))


class RevenueRollforward(models.Model):
    """One row per deferred account and month, in company currency, credit positive.

    `opening` + what changed it + `exchange` = `closing`, and `difference` is what the balance of
    the account in the ledger has that no document, run or exchange entry explains.
    """

    _name = "saas.revenue.rollforward"
    _description = "Contract Liability Roll-forward"
    _inherit = ["saas.sql.view"]
    _auto = False
    _order = "month desc, deferred_account_id"

    month = fields.Date(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    deferred_account_id = fields.Many2one("account.account", readonly=True)
    opening = fields.Monetary(readonly=True, currency_field="company_currency_id", aggregator=None)
    opening_position = fields.Monetary(readonly=True, currency_field="company_currency_id")
    billed = fields.Monetary(readonly=True, currency_field="company_currency_id")
    credited = fields.Monetary(readonly=True, currency_field="company_currency_id")
    reversed = fields.Monetary(readonly=True, currency_field="company_currency_id")
    written_off = fields.Monetary(readonly=True, currency_field="company_currency_id")
    amended = fields.Monetary(
        readonly=True,
        currency_field="company_currency_id",
        help="Nothing: an amendment changes when revenue is earned, not how much.",
    )
    recognised = fields.Monetary(readonly=True, currency_field="company_currency_id")
    recognised_prior = fields.Monetary(
        string="Recognised for Prior Months",
        readonly=True,
        currency_field="company_currency_id",
    )
    exchange = fields.Monetary(
        string="Exchange Differences",
        readonly=True,
        currency_field="company_currency_id",
        help="Nothing, unless somebody books them: deferred revenue is not revalued.",
    )
    closing = fields.Monetary(readonly=True, currency_field="company_currency_id", aggregator=None)
    ledger_balance = fields.Monetary(
        readonly=True,
        currency_field="company_currency_id",
        aggregator=None,
        help="Balance of the account at the end of the month.",
    )
    difference = fields.Monetary(
        readonly=True,
        currency_field="company_currency_id",
        aggregator=None,
        help="Ledger less closing. The reconciliation (R4) names the journal items behind it.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH changed AS (
                 SELECT schedule.company_id, schedule.deferred_account_id,
                        date_trunc('month', movement.date)::date AS month, %(sums)s
                   FROM (%(movements)s) movement
                   JOIN saas_revenue_schedule schedule ON schedule.id = movement.schedule_id
               GROUP BY 1, 2, 3
            ), booked AS (
                 SELECT item.company_id, item.account_id AS deferred_account_id,
                        date_trunc('month', item.date)::date AS month,
                        -SUM(item.balance) AS amount,
                        -SUM(item.balance) FILTER (
                            WHERE item.journal_id = company.currency_exchange_journal_id
                        ) AS exchange
                   FROM account_move_line item
                   JOIN res_company company ON company.id = item.company_id
                  WHERE item.parent_state = 'posted'
                    AND item.account_id IN (
                        SELECT deferred_account_id FROM saas_revenue_rule WHERE state != 'draft'
                         UNION SELECT deferred_account_id FROM saas_revenue_schedule)
               GROUP BY 1, 2, 3
            ), spans AS (
                 SELECT company_id, deferred_account_id, MIN(month) AS first,
                        GREATEST(MAX(month), date_trunc('month', CURRENT_DATE)::date) AS last
                   FROM (SELECT company_id, deferred_account_id, month FROM changed
                          UNION ALL
                         SELECT company_id, deferred_account_id, month FROM booked) both_sides
               GROUP BY 1, 2
            ), months AS (
                 SELECT company_id, deferred_account_id, day::date AS month
                   FROM spans, generate_series(
                        first::timestamp, last::timestamp, interval '1 month') day
            ), filled AS (
                 SELECT months.*, %(filled)s, COALESCE(booked.exchange, 0) AS exchange,
                        COALESCE(booked.amount, 0) AS booked
                   FROM months
              LEFT JOIN changed USING (company_id, deferred_account_id, month)
              LEFT JOIN booked USING (company_id, deferred_account_id, month)
            ), running AS (
                 SELECT filled.*, SUM(%(total)s) OVER upto AS closing,
                        SUM(booked) OVER upto AS ledger_balance
                   FROM filled
                 WINDOW upto AS (
                        PARTITION BY company_id, deferred_account_id ORDER BY month)
            )
            SELECT running.deferred_account_id::bigint * 1000000000
                   + running.company_id * 100000 + %(month_index)s AS id,
                   running.month, running.company_id, running.deferred_account_id, %(moved)s,
                   running.exchange, running.closing, running.ledger_balance,
                   running.closing - (%(total)s) AS opening,
                   running.ledger_balance - running.closing AS difference,
                   company.currency_id AS company_currency_id
              FROM running JOIN res_company company ON company.id = running.company_id
            """,
            movements=SQL(MOVEMENTS),
            month_index=MONTH_INDEX,
            moved=SQL(", ").join(MOVED),
            sums=SQL(", ").join(
                SQL("SUM(movement.company_amount) FILTER (WHERE kind = %s) AS %s", kind, column)
                for (kind, _label), column in zip(KINDS, MOVED, strict=True)
            ),
            filled=SQL(", ").join(
                SQL("COALESCE(changed.%(name)s, 0) AS %(name)s", name=column) for column in MOVED
            ),
            total=SQL(" + ").join([*MOVED, SQL("exchange")]),
        )

    def action_open_movements(self):
        """What changed the account in the month."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "saas_deferred_revenue.action_revenue_movement"
        )
        domain = [
            ("company_id", "=", self.company_id.id),
            ("deferred_account_id", "=", self.deferred_account_id.id),
            ("date", ">=", self.month),
            ("date", "<=", next_month(self.month) - timedelta(days=1)),
        ]
        return {**action, "domain": domain, "context": {"search_default_group_kind": 1}}
