"""What a controller opens at a month end: each page and report, as the web client asks.

Runs in an Odoo process on the demo's company, one month of all schedules posted. First what is made
of schedules alone; its floor adds segments and postings up by schedule, once. Then, with as many
documents, payments, movements and issues beside them, what a connection brings; its floor adds
documents, payments and movements of the balance up by day.
"""

import json

from dateutil.relativedelta import relativedelta
from odoo.tools import SQL

from tests.bench.connection_books import ConnectionBooks
from tests.bench.outlook import spend_beside
from tests.bench.schedule_books import FIRST, SEGMENTS, ScheduleBooks

REPETITIONS = 3
COCKPIT_GOAL = 1.0
GOAL = 2.0
SAMPLE = 25
#: A file with the whole stories of a sample, made once.
PACK_GOAL = 5.0
#: Calls of the cockpit after its frame, in the order of the page.
SECTIONS = (
    "get_totals",
    "get_waterfall",
    "get_reconciliation",
    "get_close",
    "get_blockers",
    "get_health",
)
#: What each report is grouped by when it opens; none for a list.
REVENUE_REPORTS = {
    "waterfall.month": ("month:month",),
    "movement": ("date:month", "kind"),
    "recognised": ("period:month", "origin"),
    "refundable": ("risk",),
    "rollforward": (),
    "schedule.month": ("month:month", "state"),
}
#: Model, groups and measures of the others.
REPORTS = {
    "MRR movements": ("saas.subscription.change", ("kind", "date:month"), "mrr_delta_company:sum"),
    "MRR cohorts": ("saas.subscription.cohort", ("cohort:month", "age"), "mrr_retention:avg"),
    "settlement and fees": (
        "saas.settlement.report",
        ("date:month",),
        "company_gross:sum",
        "company_fees:sum",
        "company_net:sum",
        "fee_rate:avg",
    ),
    "aged issues": ("saas.billing.issue", ("code", "user_id", "age"), "stake_company_amount:sum"),
}
SCHEDULE_FLOOR = SQL(
    """
    SELECT schedule_id, SUM(company_amount)
      FROM (SELECT schedule_id, company_amount FROM saas_revenue_segment
             UNION ALL
            SELECT schedule_id, -company_amount FROM saas_revenue_posting) movement
  GROUP BY schedule_id
    """
)
CONNECTION_FLOOR = SQL(
    """
    SELECT date, SUM(amount)
      FROM (SELECT date, amount_total_signed AS amount FROM account_move
             UNION ALL
            SELECT date, amount FROM account_payment
             UNION ALL
            SELECT date, net_amount FROM saas_settlement_transaction) movement
  GROUP BY date
    """
)


def measure(env):
    """Arguments of a row per page."""
    connection = ConnectionBooks(env)
    books = ScheduleBooks(env)
    books.grow_to(SEGMENTS)
    books.post_month()
    rows = _measure(env, _get_revenue_pages(books, connection.schedule), SCHEDULE_FLOOR)
    connection.grow_to(SEGMENTS)
    return rows + _measure(env, _get_connection_pages(connection), CONNECTION_FLOOR)


def _measure(env, pages, floor):
    return [
        spend_beside(env, name, goal, REPETITIONS, work, lambda: env.execute_query(floor))
        for name, (goal, work) in pages.items()
    ]


# ── schedules ────────────────────────────────────────────────────────────────────────────────


def _get_revenue_pages(books, schedule):
    env, as_of = books.env, books.month - relativedelta(days=1)
    pages = {"cockpit": (COCKPIT_GOAL, lambda: _open_cockpit(env, f"{as_of:%Y-%m}"))}
    for name, groups in REVENUE_REPORTS.items():
        report = env[f"saas.revenue.{name}"].with_context(revenue_as_of=as_of)
        work = _get_opening(report, groups, "company_amount:sum")
        pages[f"report {name}"] = (GOAL, work)
    pages["trace of a schedule"] = (GOAL, lambda: _trace(schedule))
    pages["trace of a schedule as JSON"] = (GOAL, lambda: _trace(schedule, with_content=True))
    pages[f"audit pack of {SAMPLE}"] = (PACK_GOAL, lambda: _make_pack(env, as_of))
    return pages


def _open_cockpit(env, month):
    cockpit = env["saas.revenue.cockpit"]
    cockpit.get_frame(env.company.id, month)
    for section in SECTIONS:
        getattr(cockpit, section)(env.company.id, month)


def _get_opening(report, groups, *measures):
    """What opens a report: its groups with their sums, or the first page of a list."""
    if not groups:
        return lambda: report.search([], limit=80).read()
    return lambda: report.formatted_read_group([], groups, measures)


def _trace(schedule, with_content=False):
    traces = schedule.env["saas.revenue.trace"]
    story = traces.get_story(schedule._name, schedule.id, with_content=with_content)
    told = {step["chapter"] for step in story["steps"]}
    if missing := {"event", "document", "payment", "posting", "item"} - told:
        raise RuntimeError(f"the trace tells nothing of {missing}")
    return json.dumps(story)


def _make_pack(env, day):
    pack = env["saas.revenue.audit.pack"].create(
        {"date_from": day, "date_to": day, "sample_size": SAMPLE}
    )
    pack.action_make()
    if pack.population_count != SEGMENTS or pack.difference_amount:
        raise RuntimeError(f"{pack.population_count} rows, {pack.difference_amount} differ")


# ── what a connection brings ─────────────────────────────────────────────────────────────────


def _get_connection_pages(books):
    env, connection = books.env, books.connection
    close = _sign_month(env)
    pages = {
        "green calendar": lambda: _open_calendar(connection),
        "comparison of closes": lambda: _compare(close),
    }
    for name, (model, groups, *measures) in REPORTS.items():
        pages[f"report {name}"] = _get_opening(env[model], groups, *measures)
    return {name: (GOAL, work) for name, work in pages.items()}


def _open_calendar(connection):
    days = connection.env["saas.reconciliation.day"]
    calendar = days.get_calendar(connection.id, FIRST.isoformat())
    [*_others, last] = calendar["months"]
    if sum(bool(day["rows"]) for day in last["days"]) != len(last["days"]):
        raise RuntimeError("a day of the calendar has no figures")
    days.get_day(connection.id, FIRST.isoformat())


def _sign_month(env):
    """A signed month that has changed since, and the month before it."""
    before, close = env["saas.revenue.close"].create(
        [{"period": FIRST - relativedelta(months=1)}, {"period": FIRST}]
    )
    (before | close).action_check()
    close._sign("prepared")
    close._sign("signed")
    env.cr.execute(
        SQL(
            "UPDATE account_move_line SET amount_currency = amount_currency + 1 WHERE id IN"
            " (SELECT id FROM account_move_line WHERE date = %s AND parent_state = 'posted'"
            " ORDER BY id DESC LIMIT 100)",
            FIRST,
        )
    )
    env.cr.commit()
    env.invalidate_all()
    return close


def _compare(close):
    compare = close.env["saas.revenue.close.compare"].create(
        {"close_id": close.id, "other_id": close._get_month_before().id}
    )
    compare.line_ids.read()
    if not compare.change_ids.read():
        raise RuntimeError("nothing has changed")
