"""What a company's unbilled items have to accrue at month ends: one query, as for segments."""

from odoo.tools import SQL

from . import recognition_sql as closed_form

#: Columns that are added up to one pair of journal items, with their types.
GROUP_COLUMNS = {
    "journal_id": "int",
    "unbilled_account_id": "int",
    "revenue_account_id": "int",
    "currency_id": "int",
    "analytic": "text",
    "side": "int",
}
#: Journal items of a group, in the order in which its tuple names them.
ITEM_COLUMNS = (
    "move_line_id",
    "unbilled_move_line_id",
    "reversal_move_line_id",
    "reversal_unbilled_move_line_id",
)


def due_rows(company_id, first, last, rates):
    """One row per item and month end with something to accrue, for the months `first` to `last`.

    The target of a month is the closed form at its end for an item that waited then: that existed,
    and that no invoice of the month or before had billed and nobody had deleted. For any other
    it is nothing. `amount` is the target minus what runs of the same month accrued, so a fact that
    comes late is made good by the next run of its month. What a price that contains tax is without
    it, only its invoice tells: it accrues nothing.

    :param first, last: first days of months, both included
    :param rates: {currency id: its rate to the company's} on the last day of the month; without
        one there is no company amount
    """
    period_of = SQL("rule.method"), SQL("item.service_start"), SQL("item.service_end")
    before = SQL("pair.before")
    target = closed_form.share(
        closed_form.minor_units(SQL("item.amount"), SQL("currency.rounding")),
        closed_form.served_units(*period_of, before),
        closed_form.total_units(*period_of),
    )
    return SQL(
        """
        WITH pair AS (
             SELECT item.id AS item_id, month.first::date AS period,
                    (month.first + interval '1 month')::date AS before
               FROM saas_pending_item item
               JOIN saas_revenue_rule rule ON rule.id = item.saas_revenue_rule_id
         CROSS JOIN LATERAL generate_series(
                    GREATEST(date_trunc('month', GREATEST(item.created_on, item.service_start)
                                                 ::timestamp), %(first)s::timestamp),
                    %(last)s::timestamp, interval '1 month') month(first)
              WHERE item.company_id = %(company_id)s
                AND item.proration AND rule.accrue_unbilled
              UNION
             SELECT item_id, period, (period + interval '1 month')::date
               FROM saas_revenue_accrual
              WHERE company_id = %(company_id)s AND period BETWEEN %(first)s AND %(last)s
        ), posted AS (
             SELECT item_id, period, SUM(amount) AS amount, SUM(company_amount) AS company_amount
               FROM saas_revenue_accrual
              WHERE company_id = %(company_id)s AND period BETWEEN %(first)s AND %(last)s
           GROUP BY item_id, period
        )
        SELECT item.id AS item_id,
               pair.period,
               rule.journal_id,
               rule.unbilled_account_id,
               item.saas_revenue_account_id AS revenue_account_id,
               item.currency_id,
               COALESCE(item.saas_analytic_distribution::text, '') AS analytic,
               CASE WHEN item.currency_id = company.currency_id THEN 0
                    ELSE sign(due.amount + due.company_amount)::int END AS side,
               due.amount,
               due.company_amount
          FROM pair
          JOIN saas_pending_item item ON item.id = pair.item_id
          JOIN saas_revenue_rule rule ON rule.id = item.saas_revenue_rule_id
          JOIN res_currency currency ON currency.id = item.currency_id
          JOIN res_company company ON company.id = item.company_id
          JOIN res_currency company_currency ON company_currency.id = company.currency_id
     LEFT JOIN saas_catalog_mapping price ON price.id = item.catalog_mapping_id
     LEFT JOIN posted ON posted.item_id = pair.item_id AND posted.period = pair.period
     LEFT JOIN unnest(%(currencies)s::int[], %(rates)s::numeric[]) rate(currency_id, value)
            ON rate.currency_id = item.currency_id
    CROSS JOIN LATERAL (
               SELECT CASE WHEN item.created_on < pair.before
                            AND (item.settled_on IS NULL OR item.settled_on >= pair.before)
                            AND item.service_start < item.service_end
                            AND price.tax_behavior IS DISTINCT FROM 'inclusive'
                           THEN %(target)s * currency.rounding ELSE 0 END AS amount
               OFFSET 0
               ) target
    CROSS JOIN LATERAL (
               SELECT target.amount - COALESCE(posted.amount, 0) AS amount,
                      round(target.amount * rate.value / company_currency.rounding)
                      * company_currency.rounding
                      - COALESCE(posted.company_amount, 0) AS company_amount
               OFFSET 0
               ) due
         WHERE due.amount != 0
        """,
        company_id=company_id,
        first=first,
        last=last,
        currencies=list(rates),
        rates=[str(rate) for rate in rates.values()],
        target=target,
    )


def reversal_rows(run_id):
    """The rows that take back all that a run accrued, shaped as `due_rows`."""
    return SQL(
        """
        SELECT accrual.item_id,
               accrual.period,
               rule.journal_id,
               accrual.unbilled_account_id,
               accrual.revenue_account_id,
               accrual.currency_id,
               COALESCE(item.saas_analytic_distribution::text, '') AS analytic,
               CASE WHEN accrual.currency_id = company.currency_id THEN 0
                    ELSE sign(-accrual.amount - accrual.company_amount)::int END AS side,
               -accrual.amount AS amount,
               -accrual.company_amount AS company_amount
          FROM saas_revenue_accrual accrual
          JOIN res_company company ON company.id = accrual.company_id
          JOIN saas_pending_item item ON item.id = accrual.item_id
          JOIN saas_revenue_rule rule ON rule.id = item.saas_revenue_rule_id
         WHERE accrual.run_id = %s
        """,
        run_id,
    )


def groups(rows):
    """The rows added up as the journal items will be; money as text, see `due_groups`."""
    return SQL(
        """
        SELECT %(columns)s, SUM(amount)::text AS amount,
               SUM(company_amount)::text AS company_amount, COUNT(*) AS record_count
          FROM (%(rows)s) due
      GROUP BY %(columns)s
      ORDER BY %(columns)s
        """,
        columns=SQL(", ").join(map(SQL.identifier, GROUP_COLUMNS)),
        rows=rows,
    )


def insert_accruals(run, rows, items):
    """Insert an accrual per row, joined to the journal items of its group.

    :param items: tuples of the group's columns, `ITEM_COLUMNS`, entry date, reversal date
    """
    types = {
        **GROUP_COLUMNS,
        **dict.fromkeys(ITEM_COLUMNS, "int"),
        "date": "date",
        "reversal_date": "date",
    }
    arrays = [
        SQL("%s::%s[]", list(values), SQL(kind))
        for values, kind in zip(zip(*items, strict=True), types.values(), strict=True)
    ]
    columns = SQL(", ").join(map(SQL.identifier, GROUP_COLUMNS))
    own = SQL(", ").join(map(SQL.identifier, (*ITEM_COLUMNS, "date", "reversal_date")))
    return SQL(
        """
        INSERT INTO saas_revenue_accrual (
               run_id, company_id, item_id, period, currency_id, amount, company_amount,
               revenue_account_id, unbilled_account_id, %(own)s)
        SELECT %(run_id)s, %(company_id)s, item_id, period, currency_id, amount, company_amount,
               revenue_account_id, unbilled_account_id, %(own)s
          FROM (%(rows)s) due
          JOIN unnest(%(arrays)s) AS booked(%(names)s) USING (%(columns)s)
        """,
        run_id=run.id,
        company_id=run.company_id.id,
        rows=rows,
        arrays=SQL(", ").join(arrays),
        names=SQL(", ").join(map(SQL.identifier, types)),
        columns=columns,
        own=own,
    )
