"""Schedules and segments of posted documents, a fixed number of statements for any batch.

Amounts are minus the line's balance: what was billed is a credit on the deferred account.
"""

import json

from odoo.tools import SQL

from . import recognition_sql

# Lines that bring a schedule of their own: they take nothing back. A row of deferred balances may
# say another method than its rule.
INSERT_OWN_SCHEDULES = """
    INSERT INTO saas_revenue_schedule (
           name, company_id, move_line_id, move_id, partner_id, product_id,
           subscription_id, subscription_item_id, rule_id, journal_id,
           deferred_account_id, revenue_account_id, analytic_distribution, method,
           date_start, date_end, currency_id, company_currency_id, amount, company_amount,
           create_uid, create_date, write_uid, write_date)
    SELECT concat_ws(' · ', line.move_name, split_part(line.name, E'\\n', 1)),
           line.company_id, line.id, line.move_id, line.partner_id, line.product_id,
           line.saas_subscription_id, line.saas_subscription_item_id, rule.id,
           rule.journal_id, line.account_id, line.saas_revenue_account_id,
           line.analytic_distribution, COALESCE(opening.method, rule.method),
           line.saas_service_start, line.saas_service_end,
           line.currency_id, line.company_currency_id, -line.amount_currency, -line.balance,
           %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
      FROM account_move_line line
      JOIN account_move move ON move.id = line.move_id
      JOIN saas_revenue_rule rule ON rule.id = line.saas_revenue_rule_id
 LEFT JOIN saas_revenue_opening_row opening ON opening.id = line.saas_opening_row_id
     WHERE line.id = ANY(%(lines)s)
       AND line.saas_credited_line_id IS NULL
       AND move.reversed_entry_id IS NULL
  ORDER BY line.id
    ON CONFLICT (move_line_id) DO NOTHING
"""

INSERT_ORIGINALS = """
    INSERT INTO saas_revenue_segment (
           schedule_id, company_id, kind, method, amount, company_amount, date_start, date_end,
           booking_date, move_line_id, create_uid, create_date, write_uid, write_date)
    SELECT schedule.id, schedule.company_id, 'original', schedule.method,
           COALESCE(fact.amount, schedule.amount),
           COALESCE(fact.company_amount, schedule.company_amount),
           COALESCE(fact.service_start, schedule.date_start), schedule.date_end, line.date, line.id,
           %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
      FROM saas_revenue_schedule schedule
      JOIN account_move_line line ON line.id = schedule.move_line_id
 LEFT JOIN saas_opening_fact fact ON fact.id = line.saas_opening_fact_id
     WHERE line.id = ANY(%(lines)s)
  ORDER BY schedule.id
    ON CONFLICT (move_line_id, schedule_id, kind, COALESCE(origin_segment_id, 0)) DO NOTHING
"""

# An opening line goes on with a line that was billed before the cut-over. Its first segment is
# that line as it was billed, so that every later month has the amount it would have had; the second
# takes off what the old books had recognised of it, over the days before the cut-over.
INSERT_OPENINGS = """
    INSERT INTO saas_revenue_segment (
           schedule_id, company_id, kind, method, amount, company_amount, date_start, date_end,
           booking_date, move_line_id, create_uid, create_date, write_uid, write_date)
    SELECT schedule.id, schedule.company_id, 'opening', schedule.method,
           schedule.amount - fact.amount, schedule.company_amount - fact.company_amount,
           fact.service_start, schedule.date_start, line.date, line.id,
           %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
      FROM saas_revenue_schedule schedule
      JOIN account_move_line line ON line.id = schedule.move_line_id
      JOIN saas_opening_fact fact ON fact.id = line.saas_opening_fact_id
     WHERE line.id = ANY(%(lines)s)
       AND fact.service_start < schedule.date_start
       AND (schedule.amount != fact.amount OR schedule.company_amount != fact.company_amount)
  ORDER BY schedule.id
    ON CONFLICT (move_line_id, schedule_id, kind, COALESCE(origin_segment_id, 0)) DO NOTHING
"""

# What a credit takes back has the shape of what it credits: the segments that the credited line
# brought, or those of all lines of the reversed document, each in proportion. Running totals are
# rounded, so the shares add up. A line that was not deferred has a weight and no segment.
# A void and the reversal of a credit note mirror what was brought; a credit note follows the refund
# policy of the rule version that the schedule was made with.
SHARES = """
    WITH credit AS (
         SELECT line.id, line.date, line.account_id, line.currency_id,
                -line.amount_currency AS amount, -line.balance AS company_amount,
                line.saas_credited_line_id AS credited_line_id,
                move.reversed_entry_id AS credited_move_id, move.move_type,
                CASE WHEN %(is_credit_note)s THEN 'credit' ELSE 'reversal' END AS kind
           FROM account_move_line line
           JOIN account_move move ON move.id = line.move_id
          WHERE line.id = ANY(%(lines)s)
            AND (line.saas_credited_line_id IS NOT NULL OR move.reversed_entry_id IS NOT NULL)
    ), taken_back AS (
         SELECT credit.id, credited.id AS line_id, -credited.amount_currency AS line_amount
           FROM credit
           JOIN account_move_line credited ON credited.id = credit.credited_line_id
      UNION ALL
         SELECT credit.id, credited.id, -credited.amount_currency
           FROM credit
           JOIN account_move_line credited ON credited.move_id = credit.credited_move_id
          WHERE credit.credited_line_id IS NULL AND credited.display_type = 'product'
    ), running AS (
         SELECT credit.*, segment.id AS segment_id, segment.schedule_id, segment.method,
                segment.date_start, segment.date_end, segment.revenue_account_id,
                CASE WHEN credit.kind = 'credit' AND segment.move_line_id = schedule.move_line_id
                     THEN COALESCE(rule.refund_policy, 'pro_rata')
                     ELSE 'pro_rata' END AS policy,
                SUM(weight.amount) OVER (PARTITION BY credit.id) AS whole,
                SUM(weight.amount) OVER upto AS part,
                SUM(weight.amount) OVER upto - weight.amount AS part_before,
                currency.rounding AS quantum, company_currency.rounding AS company_quantum
           FROM credit
           JOIN taken_back ON taken_back.id = credit.id
      LEFT JOIN (saas_revenue_segment segment
                 JOIN saas_revenue_schedule schedule ON schedule.id = segment.schedule_id
            LEFT JOIN saas_revenue_rule rule ON rule.id = schedule.rule_id)
             ON segment.move_line_id = taken_back.line_id
            AND schedule.currency_id = credit.currency_id
            AND schedule.deferred_account_id = credit.account_id
            -- A credit note takes back what was billed; only an entry that reverses the opening
            -- document takes back what that one had taken off.
            AND (segment.kind != 'opening' OR credit.move_type = 'entry')
     CROSS JOIN LATERAL (
                SELECT COALESCE(segment.amount, taken_back.line_amount) AS amount) weight
           JOIN account_move_line line ON line.id = credit.id
           JOIN res_currency currency ON currency.id = line.currency_id
           JOIN res_currency company_currency ON company_currency.id = line.company_currency_id
         WINDOW upto AS (PARTITION BY credit.id ORDER BY taken_back.line_id, segment.id)
    ), shares AS (
         SELECT running.*, %(amount)s - %(amount_before)s AS share,
                %(company_amount)s - %(company_amount_before)s AS company_share
           FROM running
          WHERE whole != 0
    )
"""

INSERT_CREDITS = (
    SHARES
    + """
    INSERT INTO saas_revenue_segment (
           schedule_id, company_id, kind, method, amount, company_amount, date_start, date_end,
           booking_date, move_line_id, origin_segment_id, revenue_account_id,
           create_uid, create_date, write_uid, write_date)
    SELECT shares.schedule_id, line.company_id, shares.kind, shares.method, shares.share,
           shares.company_share, shares.date_start, shares.date_end, line.date, line.id,
           shares.segment_id, shares.revenue_account_id,
           %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
      FROM shares
      JOIN account_move_line line ON line.id = shares.id
     WHERE shares.segment_id IS NOT NULL AND shares.policy = 'pro_rata'
       AND (shares.share != 0 OR shares.company_share != 0)
  ORDER BY line.id, shares.segment_id
    ON CONFLICT (move_line_id, schedule_id, kind, COALESCE(origin_segment_id, 0)) DO NOTHING
"""
)

# What credit notes take back of schedules whose rule does not spread it; see `recognition.credits`.
READ_SHARES = (
    SHARES
    + """
    SELECT shares.id AS move_line_id, shares.schedule_id, shares.date AS booking_date,
           SUM(shares.share) AS amount, SUM(shares.company_share) AS company_amount
      FROM shares
     WHERE shares.policy != 'pro_rata'
       AND NOT EXISTS (SELECT FROM saas_revenue_segment done
                        WHERE done.move_line_id = shares.id
                          AND done.schedule_id = shares.schedule_id)
  GROUP BY shares.id, shares.schedule_id, shares.date
    HAVING SUM(shares.share) != 0 OR SUM(shares.company_share) != 0
  ORDER BY shares.date, shares.id, shares.schedule_id
"""
)

# What a spread credit takes back of the past moves to the rule's contra-revenue account: it is put
# back to the revenue account over the days before the credit, and taken from the other one.
INSERT_CONTRAS = """
    INSERT INTO saas_revenue_segment (
           schedule_id, company_id, kind, method, amount, company_amount, date_start, date_end,
           booking_date, move_line_id, origin_segment_id, revenue_account_id,
           create_uid, create_date, write_uid, write_date)
    SELECT credit.schedule_id, credit.company_id, side.kind, credit.method,
           side.sign * past.amount, side.sign * past.company_amount, credit.date_start,
           LEAST(credit.date_end, credit.booking_date), credit.booking_date, credit.move_line_id,
           credit.origin_segment_id, side.account_id,
           %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
      FROM saas_revenue_segment credit
      JOIN saas_revenue_schedule schedule ON schedule.id = credit.schedule_id
      JOIN saas_revenue_rule rule ON rule.id = schedule.rule_id
      JOIN res_currency currency ON currency.id = schedule.currency_id
      JOIN res_currency company_currency ON company_currency.id = schedule.company_currency_id
CROSS JOIN LATERAL (SELECT %(past)s AS amount, %(company_past)s AS company_amount) past
CROSS JOIN LATERAL (VALUES ('past', -1, NULL), ('contra', 1, rule.contra_account_id))
           side(kind, sign, account_id)
     WHERE credit.move_line_id = ANY(%(lines)s) AND credit.kind = 'credit'
       AND credit.revenue_account_id IS NULL AND rule.contra_account_id IS NOT NULL
       AND credit.date_start < credit.booking_date
       AND (past.amount != 0 OR past.company_amount != 0)
  ORDER BY credit.id, side.sign
    ON CONFLICT (move_line_id, schedule_id, kind, COALESCE(origin_segment_id, 0)) DO NOTHING
"""

INSERT_SEGMENTS = """
    INSERT INTO saas_revenue_segment (
           id, schedule_id, company_id, kind, method, amount, company_amount, date_start, date_end,
           booking_date, move_line_id, origin_segment_id, revenue_account_id,
           create_uid, create_date, write_uid, write_date)
    SELECT row.*, %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
      FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
           id int, schedule_id int, company_id int, kind varchar, method varchar, amount numeric,
           company_amount numeric, date_start date, date_end date, booking_date date,
           move_line_id int, origin_segment_id int, revenue_account_id int)
  ORDER BY row.id
"""

# What a credit takes back from lines that were not deferred (or finds nothing to take back from)
# has been earned already: it is taken back on its own date, on the contra-revenue account if there
# is one.
INSERT_REMAINDERS = """
    INSERT INTO saas_revenue_schedule (
           name, company_id, move_line_id, move_id, partner_id, product_id,
           subscription_id, subscription_item_id, rule_id, journal_id,
           deferred_account_id, revenue_account_id, analytic_distribution, method,
           date_start, date_end, currency_id, company_currency_id, amount, company_amount,
           create_uid, create_date, write_uid, write_date)
    SELECT concat_ws(' · ', line.move_name, split_part(line.name, E'\\n', 1)),
           line.company_id, line.id, line.move_id, line.partner_id, line.product_id,
           line.saas_subscription_id, line.saas_subscription_item_id, rule.id,
           rule.journal_id, line.account_id,
           COALESCE(CASE WHEN %(is_credit_note)s THEN rule.contra_account_id END,
                    line.saas_revenue_account_id),
           line.analytic_distribution, 'point_in_time', line.date, line.date + 1,
           line.currency_id, line.company_currency_id,
           -line.amount_currency - given.amount, -line.balance - given.company_amount,
           %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
      FROM account_move_line line
      JOIN saas_revenue_rule rule ON rule.id = line.saas_revenue_rule_id
      JOIN account_move move ON move.id = line.move_id
CROSS JOIN LATERAL (
           SELECT COALESCE(SUM(amount), 0) AS amount,
                  COALESCE(SUM(company_amount), 0) AS company_amount
             FROM saas_revenue_segment WHERE move_line_id = line.id) given
     WHERE line.id = ANY(%(lines)s)
       AND (line.saas_credited_line_id IS NOT NULL OR move.reversed_entry_id IS NOT NULL)
       AND (-line.amount_currency != given.amount OR -line.balance != given.company_amount)
  ORDER BY line.id
    ON CONFLICT (move_line_id) DO NOTHING
"""


BILLED = (INSERT_OWN_SCHEDULES, INSERT_ORIGINALS, INSERT_OPENINGS)
CREDITED = (INSERT_CREDITS, INSERT_CONTRAS)
REMAINDERS = (INSERT_REMAINDERS, INSERT_ORIGINALS)

IS_CREDIT_NOTE = """
    (move.move_type = 'out_refund' AND move.saas_document_type IS DISTINCT FROM 'invoice_void')
"""


def statements(texts, line_ids, uid):
    """The statements for posted lines, in the order of their texts."""
    return [_complete(text, lines=line_ids, uid=uid) for text in texts]


def shares_to_lower(line_ids):
    """What posted lines take back of schedules whose rule does not spread it."""
    return _complete(READ_SHARES, lines=line_ids)


def insert_segments(rows, uid):
    """Insert segments as they are, ids included."""
    return SQL(INSERT_SEGMENTS, rows=json.dumps(rows, default=str), uid=uid)


def _complete(text, **values):
    parts = {name: part for name, part in _get_parts().items() if f"%({name})s" in text}
    return SQL(text, **parts, **values)


def _get_parts():
    """Expressions of the closed form by their names in the statements."""
    amounts = {"amount": "quantum", "company_amount": "company_quantum"}
    shares = {
        name + suffix: recognition_sql.proportion(
            SQL.identifier("running", name), SQL(part), SQL("whole"), SQL(quantum)
        )
        for name, quantum in amounts.items()
        for suffix, part in (("", "part"), ("_before", "part_before"))
    }
    period = SQL("credit.method"), SQL("credit.date_start"), SQL("credit.date_end")
    served = recognition_sql.served_units(*period, SQL("credit.booking_date"))
    total = recognition_sql.total_units(*period)
    past, company_past = (
        SQL(
            "%s * %s",
            recognition_sql.share(
                recognition_sql.minor_units(SQL(amount), SQL(quantum)), served, total
            ),
            SQL(quantum),
        )
        for amount, quantum in (
            ("credit.amount", "currency.rounding"),
            ("credit.company_amount", "company_currency.rounding"),
        )
    )
    is_credit_note = SQL(IS_CREDIT_NOTE)
    return shares | {"past": past, "company_past": company_past, "is_credit_note": is_credit_note}
