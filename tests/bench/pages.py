"""What a controller opens at a month end: the cockpit and each report, as the web client asks.

Runs in an Odoo process on the demo's company, one month of all schedules posted. The floor reads
the rows that all of them are made of once: segments and postings, added up by schedule.
"""

from dateutil.relativedelta import relativedelta
from odoo.tools import SQL

from tests.bench.outlook import spend_beside
from tests.bench.schedule_books import SEGMENTS, ScheduleBooks

REPETITIONS = 3
COCKPIT_GOAL = 1.0
REPORT_GOAL = 2.0
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
REPORTS = {
    "waterfall.month": ("month:month",),
    "movement": ("date:month", "kind"),
    "recognised": ("period:month", "origin"),
    "refundable": ("risk",),
    "rollforward": (),
    "schedule.month": ("month:month", "state"),
}
FLOOR = SQL(
    """
    SELECT schedule_id, SUM(company_amount)
      FROM (SELECT schedule_id, company_amount FROM saas_revenue_segment
             UNION ALL
            SELECT schedule_id, -company_amount FROM saas_revenue_posting) movement
  GROUP BY schedule_id
    """
)


def measure(env):
    """Arguments of a row per page."""
    books = ScheduleBooks(env)
    books.grow_to(SEGMENTS)
    books.post_month()
    as_of = books.month - relativedelta(days=1)
    pages = {"cockpit": (COCKPIT_GOAL, lambda: _open_cockpit(env, f"{as_of:%Y-%m}"))}
    for name, groups in REPORTS.items():
        pages[f"report {name}"] = (REPORT_GOAL, _get_opening(env, name, groups, as_of))
    return [
        spend_beside(env, name, goal, REPETITIONS, work, lambda: env.execute_query(FLOOR))
        for name, (goal, work) in pages.items()
    ]


def _open_cockpit(env, month):
    cockpit = env["saas.revenue.cockpit"]
    cockpit.get_frame(env.company.id, month)
    for section in SECTIONS:
        getattr(cockpit, section)(env.company.id, month)


def _get_opening(env, name, groups, as_of):
    """What opens a report: its groups with their sums, or the first page of a list."""
    report = env[f"saas.revenue.{name}"].with_context(revenue_as_of=as_of)
    if not groups:
        return lambda: report.search([], limit=80).read()
    return lambda: report.formatted_read_group([], groups, ["company_amount:sum"])
