"""What an auditor draws from: rows of one company and period, and what they have to add up to."""

from typing import NamedTuple

from odoo.tools import SQL

from .revenue_due_sql import REVENUE_ACCOUNT


class Population(NamedTuple):
    """`rows` has id, date, number, label, account_id and amount; `control`, the other side of the
    books, has month, account_id and amount.

    Amounts are in company currency: positive where revenue is earned or deferred, and where a
    customer is billed.
    """

    model: str
    rows: SQL
    control: SQL


def _documents(move_type, scope):
    return Population(
        "account.move",
        SQL(
            """SELECT move.id, move.date, move.name AS number,
                      move.invoice_partner_display_name AS label, NULL::int AS account_id,
                      move.amount_total_signed AS amount
                 FROM account_move move
                WHERE move.move_type = %(type)s AND move.state = 'posted'
                  AND move.company_id = %(company)s
                  AND move.date >= %(date_from)s AND move.date < %(date_to)s""",
            type=move_type,
            **scope,
        ),
        # What the customers owe by these documents.
        SQL(
            """SELECT date_trunc('month', item.date)::date AS month, NULL::int AS account_id,
                      SUM(item.balance) AS amount
                 FROM account_move_line item JOIN account_move move ON move.id = item.move_id
                WHERE move.move_type = %(type)s AND item.parent_state = 'posted'
                  AND item.display_type = 'payment_term' AND item.company_id = %(company)s
                  AND item.date >= %(date_from)s AND item.date < %(date_to)s
             GROUP BY 1""",
            type=move_type,
            **scope,
        ),
    )


def _postings(scope):
    return Population(
        "saas.revenue.posting",
        SQL(
            """SELECT posting.id, posting.date, run.name AS number, schedule.name AS label,
                      %(account)s AS account_id, posting.company_amount AS amount
                 FROM saas_revenue_posting posting
                 JOIN saas_revenue_run run ON run.id = posting.run_id
                 JOIN saas_revenue_schedule schedule ON schedule.id = posting.schedule_id
                 JOIN saas_revenue_segment segment ON segment.id = posting.segment_id
                WHERE posting.company_id = %(company)s
                  AND posting.date >= %(date_from)s AND posting.date < %(date_to)s""",
            account=REVENUE_ACCOUNT,
            **scope,
        ),
        # Items of the month-end entries; accruals of what is unbilled are no postings.
        SQL(
            """SELECT date_trunc('month', item.date)::date AS month, item.account_id,
                      -SUM(item.balance) AS amount
                 FROM account_move_line item JOIN account_move move ON move.id = item.move_id
                WHERE move.saas_revenue_run_id IS NOT NULL AND item.parent_state = 'posted'
                  AND NOT item.account_id = ANY(%(deferred)s) AND item.company_id = %(company)s
                  AND item.date >= %(date_from)s AND item.date < %(date_to)s
                  AND item.id NOT IN (
                      SELECT unnest(array_remove(ARRAY[move_line_id, unbilled_move_line_id,
                                    reversal_move_line_id, reversal_unbilled_move_line_id], NULL))
                        FROM saas_revenue_accrual WHERE company_id = %(company)s)
             GROUP BY 1, 2""",
            **scope,
        ),
    )


def _deferred_items(scope):
    return Population(
        "account.move.line",
        SQL(
            """SELECT item.id, item.date, item.move_name AS number, item.name AS label,
                      item.account_id, -item.balance AS amount
                 FROM account_move_line item
                WHERE item.account_id = ANY(%(deferred)s) AND item.parent_state = 'posted'
                  AND item.company_id = %(company)s
                  AND item.date >= %(date_from)s AND item.date < %(date_to)s""",
            **scope,
        ),
        # The sub-ledger: segments less postings.
        SQL(
            """SELECT date_trunc('month', date)::date AS month, account_id, SUM(amount) AS amount
                 FROM (SELECT segment.booking_date AS date,
                              schedule.deferred_account_id AS account_id,
                              segment.company_amount AS amount
                         FROM saas_revenue_segment segment
                         JOIN saas_revenue_schedule schedule ON schedule.id = segment.schedule_id
                        WHERE segment.company_id = %(company)s
                    UNION ALL
                       SELECT posting.date, schedule.deferred_account_id, -posting.company_amount
                         FROM saas_revenue_posting posting
                         JOIN saas_revenue_schedule schedule ON schedule.id = posting.schedule_id
                        WHERE posting.company_id = %(company)s) booked
                WHERE date >= %(date_from)s AND date < %(date_to)s
             GROUP BY 1, 2""",
            **scope,
        ),
    )


def get_population(name, scope):
    """The population of a name.

    :param scope: `company` (id), `date_from`, `date_to` (first day after it), `deferred` (ids of
        the accounts that carry deferred revenue)
    """
    if name == "posting":
        return _postings(scope)
    if name == "deferred_item":
        return _deferred_items(scope)
    return _documents({"invoice": "out_invoice", "credit_note": "out_refund"}[name], scope)


def sample(population, seed, size):
    """SELECT of a sample: by the digest of seed and id, whatever the order of the rows."""
    return SQL(
        "SELECT * FROM (%s) rows ORDER BY md5(%s || ':' || id), id LIMIT %s",
        population.rows,
        seed,
        size,
    )


def totals(population):
    """SELECT of (month, account id, number of rows, their amount, amount of the other side)."""
    return SQL(
        """WITH drawn AS (
               SELECT date_trunc('month', date)::date AS month,
                      COALESCE(account_id, 0) AS account_id, COUNT(*) AS count,
                      SUM(amount) AS amount
                 FROM (%s) rows GROUP BY 1, 2),
           control AS (
               SELECT month, COALESCE(account_id, 0) AS account_id, amount FROM (%s) booked)
           SELECT month, account_id, COALESCE(count, 0), COALESCE(drawn.amount, 0),
                  COALESCE(control.amount, 0)
             FROM drawn FULL JOIN control USING (month, account_id) ORDER BY 1, 2""",
        population.rows,
        population.control,
    )
