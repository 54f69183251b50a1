"""What a month consists of: a row per payment and per other posted entry, with its share of each
control total. All amounts are in company currency.
"""

from odoo.tools import SQL

from .revenue_proof import IS_EARNING_DOCUMENT, IS_INCOME

#: Items of the aliases `item`, `move`, `account` that are revenue of runs or customer documents, as
#: `saas.revenue.proof._get_recognised_domain` says it for screens.
IS_RECOGNISED = SQL(
    "%s AND (move.saas_revenue_run_id IS NOT NULL OR %s)", IS_INCOME, IS_EARNING_DOCUMENT
)
#: Control totals of a month, and what an entry adds to each.
TOTALS = ("billed_amount", "collected_amount", "deferred_amount", "recognised_amount")
#: `digest` tells the journal items from what they were, whatever they add up to.
ENTRY_COLUMNS = ("res_model", "res_id", "what", "name", *TOTALS, "digest")

_TOTALS = [SQL.identifier(name) for name in TOTALS]
_COLUMNS = SQL(", ").join(map(SQL.identifier, ENTRY_COLUMNS))


def _of(alias):
    return SQL(", ").join(SQL("%s.%s", SQL(alias), name) for name in _TOTALS)


def month_entries(company_id, date_from, date_to, deferred_account_ids):
    """SELECT of `ENTRY_COLUMNS`; a payment stands for its own journal entry.

    :param date_to: first day that does not count any more
    """
    return SQL(
        """
        WITH booked AS (
             SELECT item.move_id,
                    COALESCE(-SUM(item.balance)
                             FILTER (WHERE item.account_id = ANY(%(deferred)s)), 0)
                    AS deferred_amount,
                    COALESCE(-SUM(item.balance) FILTER (WHERE %(is_recognised)s), 0)
                    AS recognised_amount,
                    md5(string_agg(concat_ws(':', item.account_id, item.balance,
                                             item.currency_id, item.amount_currency),
                                   ',' ORDER BY item.id)) AS digest
               FROM account_move_line item
               JOIN account_move move ON move.id = item.move_id
          LEFT JOIN account_account account ON account.id = item.account_id
              WHERE item.company_id = %(company)s AND item.parent_state = 'posted'
                AND item.date >= %(date_from)s AND item.date < %(date_to)s
           GROUP BY item.move_id
        )
        SELECT 'account.move' AS res_model, move.id AS res_id,
               CASE WHEN move.saas_revenue_run_id IS NOT NULL THEN 'run'
                    WHEN move.move_type IN ('out_invoice', 'out_receipt') THEN 'invoice'
                    WHEN move.move_type = 'out_refund' THEN 'credit_note'
                    WHEN move.statement_line_id IS NOT NULL THEN 'statement'
                    ELSE 'entry' END AS what,
               move.name,
               CASE WHEN move.saas_connection_id IS NOT NULL AND move.move_type != 'entry'
                    THEN move.amount_untaxed_signed ELSE 0 END AS billed_amount,
               0 AS collected_amount, booked.deferred_amount, booked.recognised_amount,
               booked.digest
          FROM account_move move
          JOIN booked ON booked.move_id = move.id
         WHERE move.origin_payment_id IS NULL
     UNION ALL
        SELECT 'account.payment', payment.id, 'payment', payment.name, 0,
               CASE WHEN payment.saas_connection_id IS NOT NULL
                    THEN payment.amount_company_currency_signed ELSE 0 END,
               COALESCE(booked.deferred_amount, 0), COALESCE(booked.recognised_amount, 0),
               booked.digest
          FROM account_payment payment
     LEFT JOIN booked ON booked.move_id = payment.move_id
         WHERE payment.company_id = %(company)s AND payment.state IN ('in_process', 'paid')
           AND payment.date >= %(date_from)s AND payment.date < %(date_to)s
        """,
        deferred=deferred_account_ids,
        is_recognised=IS_RECOGNISED,
        company=company_id,
        date_from=date_from,
        date_to=date_to,
    )


def keep_entries(signoff, entries):
    """INSERT of what the month of a signature consists of at that moment."""
    return SQL(
        """INSERT INTO saas_revenue_close_entry (signoff_id, company_id, %(columns)s)
           SELECT %(signoff)s, %(company)s, %(columns)s FROM (%(entries)s) entry""",
        columns=_COLUMNS,
        signoff=signoff.id,
        company=signoff.company_id.id,
        entries=entries,
    )


def insert_changes(compare, signoff, entries):
    """INSERT of what differs between a signed month and the same month now, for a comparison.

    Amounts are now less then. Who: the newest event with an effect on the entry since the
    signature, else who posted its run, typed it or, where it was there before, wrote it last.
    """
    return SQL(
        """
        WITH kept AS (SELECT * FROM saas_revenue_close_entry WHERE signoff_id = %(signoff)s),
             entry AS (SELECT *, TRUE AS is_there FROM (%(entries)s) each),
             changed AS (
             SELECT res_model, res_id, COALESCE(entry.what, kept.what) AS what,
                    COALESCE(entry.name, kept.name) AS name,
                    CASE WHEN kept.id IS NULL THEN 'new'
                         WHEN entry.is_there THEN 'changed' ELSE 'gone' END AS kind,
                    %(differences)s
               FROM entry FULL JOIN kept USING (res_model, res_id)
              WHERE (entry.digest, %(of_entry)s) IS DISTINCT FROM (kept.digest, %(of_kept)s)
        )
        INSERT INTO saas_revenue_close_change (
               compare_id, create_uid, create_date, write_uid, write_date, kind, what, res_model,
               res_id, name, date, partner_id, event_id, user_id, who, %(totals)s)
        SELECT %(compare)s, %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC',
               changed.kind, changed.what, changed.res_model, changed.res_id, changed.name,
               COALESCE(payment.date, move.date), COALESCE(payment.partner_id, move.partner_id),
               cause.event_id, author.id, COALESCE(cause.event_type, person.name), %(of_changed)s
          FROM changed
     LEFT JOIN account_move move
            ON changed.res_model = 'account.move' AND move.id = changed.res_id
     LEFT JOIN account_payment payment
            ON changed.res_model = 'account.payment' AND payment.id = changed.res_id
     LEFT JOIN saas_revenue_run run ON run.id = move.saas_revenue_run_id
     LEFT JOIN LATERAL (
               SELECT event.id AS event_id, event.event_type
                 FROM saas_billing_trace trace
                 JOIN saas_billing_event event ON event.id = trace.event_id
                WHERE trace.res_model = changed.res_model AND trace.res_id = changed.res_id
                  AND trace.id > %(mark)s
             ORDER BY trace.id DESC LIMIT 1) cause ON TRUE
     LEFT JOIN res_users author
            ON cause.event_id IS NULL
           AND author.id = COALESCE(
               run.posted_by_id,
               CASE WHEN changed.kind = 'new' THEN COALESCE(payment.create_uid, move.create_uid)
                    ELSE COALESCE(payment.write_uid, move.write_uid) END)
     LEFT JOIN res_partner person ON person.id = author.partner_id
      ORDER BY COALESCE(payment.date, move.date), changed.res_model, changed.res_id
        """,
        signoff=signoff.id,
        entries=entries,
        differences=SQL(", ").join(
            SQL("COALESCE(entry.%(name)s, 0) - COALESCE(kept.%(name)s, 0) AS %(name)s", name=name)
            for name in _TOTALS
        ),
        of_entry=_of("entry"),
        of_kept=_of("kept"),
        of_changed=_of("changed"),
        totals=SQL(", ").join(_TOTALS),
        compare=compare.id,
        uid=compare.env.uid,
        mark=signoff.trace_mark,
    )
