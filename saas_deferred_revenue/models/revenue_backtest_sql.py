"""What a version of a rule would have made of the past: one statement over all lines it decides.

Amounts are in company currency, positive where revenue is earned. Lines of opening documents are
left out: their past belongs to other books.
"""

from odoo.tools import SQL

from . import recognition_sql as closed_form
from .revenue_rule import METHODS_AT_INVOICE

MATCH_TYPES = {
    "rule_id": "int",
    "code": "text",
    "product_id": "int",
    "category_id": "int",
    "mapping_id": "int",
    "connection_id": "int",
    "date_from": "date",
    "date_end": "date",
}

# Lines whose service goes on after the invoice and about which the version would have decided, as
# `RevenueRule._find_for_line` finds it. A line with a rule and no schedule stands on an account
# that somebody chose by hand: no rule changes that.
DECIDED_LINES = """
    SELECT line.id, line.move_id, line.date AS booked, -line.balance AS amount,
           line.saas_service_start AS date_start, line.saas_service_end AS date_end,
           schedule.id AS schedule_id
      FROM account_move_line line
      JOIN account_move move ON move.id = line.move_id
 LEFT JOIN product_product product ON product.id = line.product_id
 LEFT JOIN product_template template ON template.id = product.product_tmpl_id
 LEFT JOIN product_category category ON category.id = template.categ_id
 LEFT JOIN saas_catalog_mapping mapping ON mapping.id = line.saas_catalog_mapping_id
 LEFT JOIN saas_revenue_rule named ON named.id = mapping.saas_revenue_rule_id
 LEFT JOIN saas_revenue_schedule schedule ON schedule.move_line_id = line.id
CROSS JOIN LATERAL (
           SELECT match.rule_id
             FROM match
            WHERE move.invoice_date >= match.date_from AND move.invoice_date < match.date_end
              AND (match.code = named.code
                   OR match.product_id IN (0, line.product_id)
                      AND match.mapping_id IN (0, line.saas_catalog_mapping_id)
                      AND match.connection_id IN (0, move.saas_connection_id)
                      AND (match.category_id = 0
                           OR '/' || category.parent_path LIKE '%%/' || match.category_id || '/%%'))
         ORDER BY (match.code = named.code) DESC NULLS LAST, match.place
            LIMIT 1) decided
     WHERE line.company_id = %(company_id)s
       AND line.parent_state = 'posted'
       AND line.display_type = 'product'
       AND move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
       AND line.saas_service_end > line.saas_service_start
       AND line.saas_service_end - move.invoice_date > 1
       AND line.saas_credited_line_id IS NULL AND move.reversed_entry_id IS NULL
       AND (schedule.id IS NOT NULL OR line.saas_revenue_rule_id IS NULL)
       AND decided.rule_id = %(rule_id)s
"""

# What took lines back. Of a deferred line its schedule tells; of one that was earned at once the
# credit notes do, by line or, where they only name the document, spread over its lines of that kind
# by amount. A credit note that was taken back itself counts for nothing.
CREDITS = """
    SELECT line.id AS line_id, segment.booking_date AS booked, segment.company_amount AS amount
      FROM line
      JOIN saas_revenue_segment segment ON segment.schedule_id = line.schedule_id
     WHERE segment.move_line_id != line.id
 UNION ALL
    SELECT line.id, credit.date, -credit.balance
      FROM line
      JOIN account_move_line credit ON credit.saas_credited_line_id = line.id
     WHERE line.schedule_id IS NULL
       AND credit.parent_state = 'posted' AND credit.display_type = 'product'
       AND NOT EXISTS (SELECT FROM account_move void
                        WHERE void.reversed_entry_id = credit.move_id AND void.state = 'posted')
 UNION ALL
    SELECT line.id, spread.date, %(share)s - %(share_before)s
      FROM (SELECT weight.id, note.date, whole.amount,
                   SUM(-weight.balance) OVER (PARTITION BY note.id) AS weights,
                   SUM(-weight.balance) OVER upto AS upto,
                   SUM(-weight.balance) OVER upto + weight.balance AS before
              FROM account_move note
        CROSS JOIN LATERAL (
                   SELECT SUM(-credit.balance - COALESCE(given.amount, 0)) AS amount
                     FROM account_move_line credit
                LEFT JOIN LATERAL (
                          SELECT SUM(segment.company_amount) AS amount
                            FROM saas_revenue_segment segment
                            JOIN saas_revenue_schedule other ON other.id = segment.schedule_id
                           WHERE segment.move_line_id = credit.id
                             AND other.move_line_id != credit.id) given ON TRUE
                    WHERE credit.move_id = note.id AND credit.display_type = 'product'
                      AND credit.saas_credited_line_id IS NULL) whole
              JOIN account_move_line weight
                ON weight.move_id = note.reversed_entry_id AND weight.display_type = 'product'
             WHERE note.reversed_entry_id IN (SELECT move_id FROM line WHERE schedule_id IS NULL)
               AND note.state = 'posted'
               AND whole.amount IS NOT NULL
               AND NOT EXISTS (SELECT FROM account_move void
                                WHERE void.reversed_entry_id = note.id AND void.state = 'posted')
               AND NOT EXISTS (SELECT FROM saas_revenue_schedule deferred
                                WHERE deferred.move_line_id = weight.id)
            WINDOW upto AS (PARTITION BY note.id ORDER BY weight.id)) spread
      JOIN line ON line.id = spread.id
     WHERE spread.weights != 0
"""

# Slices of revenue with their shape: as they are, and as the version would have had them.
PIECES = """
    SELECT FALSE AS is_after, line.id AS line_id, segment.method, segment.date_start,
           segment.date_end, segment.booking_date AS booked, segment.company_amount AS amount
      FROM line
      JOIN saas_revenue_segment segment ON segment.schedule_id = line.schedule_id
 UNION ALL
    SELECT FALSE, line_id, 'point_in_time', booked, booked + 1, booked, amount
      FROM billed
     WHERE schedule_id IS NULL
 UNION ALL
    SELECT TRUE, line_id, %(method)s,
           CASE WHEN %(at_once)s THEN booked ELSE date_start END,
           CASE WHEN %(at_once)s THEN booked + 1 ELSE date_end END,
           booked, amount
      FROM billed
"""


def by_month(rule, matches, first, before):
    """Rows of (month, before, after, lines looked at), one for each month of `[first, before)`.

    :param rule: the version to try
    :param matches: the table of all rules in their order with it, see `_prepare_match_table`
    :param first: first day of the first month
    :param before: first day of the month after the last one
    """
    quantum = SQL("%s::numeric", str(rule.company_currency_id.rounding))
    amount = SQL("spread.amount")
    share, share_before = (
        closed_form.proportion(amount, SQL(part), SQL("spread.weights"), quantum)
        for part in ("spread.upto", "spread.before")
    )
    shape = SQL("method"), SQL("date_start"), SQL("date_end")
    to_date, opening = (
        closed_form.share(SQL("minor"), SQL(served), SQL("total"))
        for served in ("units.served", "units.served_first")
    )
    columns = zip(*matches, strict=True)
    return SQL(
        """
        WITH match AS (
             SELECT * FROM unnest(%(arrays)s) WITH ORDINALITY AS match(%(names)s, place)
        ), line AS MATERIALIZED (%(lines)s
        ), credit AS MATERIALIZED (%(credits)s
        ), billed AS (
             SELECT line.id AS line_id, line.schedule_id, line.date_start, line.date_end,
                    line.booked, line.amount
               FROM line
          UNION ALL
             SELECT line.id, line.schedule_id, line.date_start, line.date_end,
                    credit.booked, credit.amount
               FROM credit JOIN line ON line.id = credit.line_id
        ), piece AS MATERIALIZED (
             SELECT each.*, %(minor)s AS minor, %(total)s AS total FROM (%(pieces)s) each
              WHERE booked < %(before)s AND (booked >= %(first)s OR date_end > %(first)s)
        ), month AS (
             SELECT first::date, (first + interval '1 month')::date AS next
               FROM generate_series(%(first)s::timestamp, %(before)s::timestamp - interval '1 day',
                                    interval '1 month') AS month(first)
        )
        SELECT month.first,
               COALESCE(SUM(%(to_date)s - %(opening)s) FILTER (WHERE NOT is_after), 0)
                   * %(quantum)s,
               COALESCE(SUM(%(to_date)s - %(opening)s) FILTER (WHERE is_after), 0) * %(quantum)s,
               (SELECT COUNT(DISTINCT line_id) FROM piece)
          FROM month LEFT JOIN piece ON booked < month.next AND
               (booked >= month.first OR date_end > month.first)
     LEFT JOIN LATERAL (
               SELECT %(served)s AS served,
                      CASE WHEN booked < month.first THEN %(served_first)s ELSE 0 END
                          AS served_first
               OFFSET 0) units ON TRUE
      GROUP BY month.first
      ORDER BY month.first
        """,
        arrays=SQL(", ").join(
            SQL("%s::%s[]", list(values), SQL(kind))
            for values, kind in zip(columns, MATCH_TYPES.values(), strict=True)
        ),
        names=SQL(", ").join(map(SQL.identifier, MATCH_TYPES)),
        lines=SQL(DECIDED_LINES, company_id=rule.company_id.id, rule_id=rule.id),
        credits=SQL(CREDITS, share=share, share_before=share_before),
        pieces=SQL(PIECES, method=rule.method, at_once=rule.method in METHODS_AT_INVOICE),
        minor=closed_form.minor_units(SQL("amount"), quantum),
        total=closed_form.total_units(*shape),
        served=closed_form.served_units(*shape, SQL("month.next")),
        served_first=closed_form.served_units(*shape, SQL("month.first")),
        quantum=quantum,
        to_date=to_date,
        opening=opening,
        first=first,
        before=before,
    )
