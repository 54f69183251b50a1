"""What a company's segments have due by the end of a month: the run's one query."""

from odoo.tools import SQL

from ..recognition.calendar import next_month
from . import recognition_sql as closed_form

#: Runs that were undone and those that undid them: their postings add up to nothing, and no month
#: counts as posted by them.
UNDONE_RUNS = SQL(
    "SELECT UNNEST(ARRAY[id, reverses_id]) FROM saas_revenue_run WHERE reverses_id IS NOT NULL"
)

#: Where a segment is earned.
REVENUE_ACCOUNT = SQL("COALESCE(segment.revenue_account_id, schedule.revenue_account_id)")

#: Columns that are added up to one pair of journal items, with their types.
GROUP_COLUMNS = {
    "journal_id": "int",
    "deferred_account_id": "int",
    "revenue_account_id": "int",
    "currency_id": "int",
    "analytic": "text",
    "side": "int",
    "product_id": "int",
    "partner_id": "int",
}
#: Those of them that tell entries apart only where a company chose so, by its choice.
FINER_COLUMNS = {
    "account": (),
    "product": ("product_id",),
    "partner": ("partner_id",),
    "product_partner": ("product_id", "partner_id"),
}


def _finer_columns(grouping):
    """Product and customer of the schedule where they are chosen; 0 for none."""
    return SQL(", ").join(
        SQL("COALESCE(schedule.%(name)s, 0) AS %(name)s", name=SQL.identifier(name))
        if name in FINER_COLUMNS[grouping]
        else SQL("0 AS %s", SQL.identifier(name))
        for name in FINER_COLUMNS["product_partner"]
    )


def due_rows(company_id, period, grouping="account"):
    """One row per segment with something to post for the month beginning on `period`.

    `amount` is the closed form at the month's end minus what earlier runs posted; its share of the
    month itself is apart from the catch-up. Segments that a later month has posted already are
    left alone: what they lacked came with that run. `side` keeps revenue and its reversals in a
    foreign currency on separate journal items, since locked rates differ and one item could not
    hold a debit in one currency and a credit in the other. `analytic` is text, which hashes.

    What was posted is joined as a set: looking it up segment by segment would be a trap for the
    planner wherever the postings have no statistics yet. `OFFSET 0` keeps a step's results from
    being computed again wherever the next step uses them.
    """
    first, before = SQL("%s::date", period), SQL("%s::date", next_month(period))
    period_of = SQL("segment.method"), SQL("segment.date_start"), SQL("segment.date_end")
    (target, company_target), (opening, company_opening) = (
        [closed_form.share(SQL(minor), SQL(served), SQL("total")) for minor in ("minor", "company")]
        for served in ("served", "served_first")
    )
    return SQL(
        """
        WITH open AS MATERIALIZED (
             SELECT segment.*
               FROM saas_revenue_segment segment
              WHERE segment.company_id = %(company_id)s
                AND segment.booking_date < %(before)s
                AND segment.date_start < %(before)s
                AND NOT EXISTS (SELECT FROM saas_revenue_posting final
                                 WHERE final.segment_id = segment.id AND final.is_final
                                   AND NOT final.run_id IN (%(undone)s))
        ), earlier AS (
             SELECT open.id, SUM(posting.amount) AS amount,
                    SUM(posting.company_amount) AS company_amount, MAX(posting.period) AS period
               FROM open JOIN saas_revenue_posting posting ON posting.segment_id = open.id
              WHERE NOT posting.run_id IN (%(undone)s)
           GROUP BY open.id
        ), measured AS (
             SELECT segment.id AS segment_id,
                    schedule.id AS schedule_id,
                    schedule.journal_id,
                    schedule.deferred_account_id,
                    %(account)s AS revenue_account_id,
                    schedule.currency_id,
                    COALESCE(schedule.analytic_distribution::text, '') AS analytic,
                    %(finer)s,
                    schedule.currency_id != schedule.company_currency_id AS is_foreign,
                    currency.rounding AS quantum,
                    company_currency.rounding AS company_quantum,
                    COALESCE(earlier.amount, 0) AS posted_amount,
                    COALESCE(earlier.company_amount, 0) AS posted_company_amount,
                    %(minor)s AS minor, %(company_minor)s AS company,
                    %(total)s AS total, %(served)s AS served, %(served_first)s AS served_first
               FROM open segment
               JOIN saas_revenue_schedule schedule ON schedule.id = segment.schedule_id
               JOIN res_currency currency ON currency.id = schedule.currency_id
               JOIN res_currency company_currency
                 ON company_currency.id = schedule.company_currency_id
          LEFT JOIN earlier ON earlier.id = segment.id
              WHERE earlier.period IS NULL OR earlier.period <= %(first)s
             OFFSET 0
        ), target AS (
             SELECT measured.*, %(target)s AS target, %(company_target)s AS company_target,
                    %(opening)s AS opening, %(company_opening)s AS company_opening
               FROM measured
             OFFSET 0
        ), due AS (
             SELECT target.*,
                    target * quantum - posted_amount AS amount,
                    company_target * company_quantum - posted_company_amount AS company_amount
               FROM target
             OFFSET 0
        )
        SELECT segment_id, schedule_id, journal_id, deferred_account_id, revenue_account_id,
               currency_id, analytic,
               CASE WHEN is_foreign THEN sign(amount + company_amount)::int ELSE 0 END AS side,
               product_id,
               partner_id,
               amount,
               company_amount,
               (target - opening) * quantum AS period_amount,
               (company_target - company_opening) * company_quantum AS period_company_amount,
               served >= total AS is_final
          FROM due
         WHERE amount != 0 OR company_amount != 0
        """,
        account=REVENUE_ACCOUNT,
        first=first,
        before=before,
        company_id=company_id,
        undone=UNDONE_RUNS,
        minor=closed_form.minor_units(SQL("segment.amount"), SQL("currency.rounding")),
        company_minor=closed_form.minor_units(
            SQL("segment.company_amount"), SQL("company_currency.rounding")
        ),
        finer=_finer_columns(grouping),
        total=closed_form.total_units(*period_of),
        served=closed_form.served_units(*period_of, before),
        served_first=closed_form.served_units(*period_of, first),
        target=target,
        company_target=company_target,
        opening=opening,
        company_opening=company_opening,
    )


def reversal_rows(run_id, grouping):
    """The rows that take back all that a run posted, shaped as `due_rows`."""
    return SQL(
        """
        SELECT posting.segment_id,
               schedule.id AS schedule_id,
               schedule.journal_id,
               schedule.deferred_account_id,
               %(account)s AS revenue_account_id,
               schedule.currency_id,
               COALESCE(schedule.analytic_distribution::text, '') AS analytic,
               CASE WHEN schedule.currency_id = schedule.company_currency_id THEN 0
                    ELSE sign(-posting.amount - posting.company_amount)::int END AS side,
               %(finer)s,
               -posting.amount AS amount,
               -posting.company_amount AS company_amount,
               -posting.period_amount AS period_amount,
               -posting.period_company_amount AS period_company_amount,
               FALSE AS is_final
          FROM saas_revenue_posting posting
          JOIN saas_revenue_segment segment ON segment.id = posting.segment_id
          JOIN saas_revenue_schedule schedule ON schedule.id = posting.schedule_id
         WHERE posting.run_id = %(run_id)s
        """,
        account=REVENUE_ACCOUNT,
        run_id=run_id,
        finer=_finer_columns(grouping),
    )


def stage(rows):
    """Keep the due rows in a table of the transaction, so that entry and postings share them."""
    return SQL(
        "DROP TABLE IF EXISTS pg_temp.saas_revenue_due;"
        " CREATE TEMPORARY TABLE saas_revenue_due ON COMMIT DROP AS %s",
        rows,
    )


STAGED = SQL("SELECT * FROM pg_temp.saas_revenue_due")


def due_groups(due):
    """The due rows added up as the journal items will be; shares of the month apart.

    Money comes as text, since the database driver would make floats of it.
    """
    return SQL(
        """
        SELECT %(columns)s,
               SUM(amount)::text AS amount,
               SUM(company_amount)::text AS company_amount,
               SUM(company_amount - period_company_amount)::text AS prior_company_amount,
               COUNT(*) AS posting_count
          FROM (%(due)s) due
      GROUP BY %(columns)s
      ORDER BY %(columns)s
        """,
        columns=SQL(", ").join(map(SQL.identifier, GROUP_COLUMNS)),
        due=due,
    )


def insert_postings(run, items):
    """Insert a posting per staged row, joined to the journal items of its group.

    :param items: tuples of the group's columns, revenue item id, deferred item id, entry date;
        no items for a group that adds up to nothing
    """
    columns = GROUP_COLUMNS | {
        "move_line_id": "int",
        "deferred_move_line_id": "int",
        "date": "date",
    }
    arrays = [
        SQL("%s::%s[]", list(values), SQL(kind))
        for values, kind in zip(zip(*items, strict=True), columns.values(), strict=True)
    ]
    return SQL(
        """
        INSERT INTO saas_revenue_posting (
               segment_id, schedule_id, run_id, company_id, period, date, amount, period_amount,
               prior_amount, company_amount, period_company_amount, prior_company_amount,
               is_final, move_line_id, deferred_move_line_id)
        SELECT segment_id, schedule_id, %(run_id)s, %(company_id)s, %(period)s, item.date,
               amount, period_amount, amount - period_amount,
               company_amount, period_company_amount, company_amount - period_company_amount,
               is_final, item.move_line_id, item.deferred_move_line_id
          FROM (%(due)s) due
          JOIN unnest(%(arrays)s) AS item(%(names)s) USING (%(columns)s)
        """,
        run_id=run.id,
        company_id=run.company_id.id,
        period=run.period,
        due=STAGED,
        arrays=SQL(", ").join(arrays),
        names=SQL(", ").join(map(SQL.identifier, columns)),
        columns=SQL(", ").join(map(SQL.identifier, GROUP_COLUMNS)),
    )
