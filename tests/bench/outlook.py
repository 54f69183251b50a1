"""What people look at before a month ends: the rehearsal of a run, and the revenue to come.

Runs in an Odoo process on the demo's company; floors add the same rows up by plain arithmetic.
"""

import gc
from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo.tools import SQL

from tests.bench.harness import stopwatch
from tests.bench.progress import tell
from tests.bench.schedule_books import SEGMENTS, ScheduleBooks

REPETITIONS = 5
MONTHS = 12
BY_ACCOUNT = ("deferred_account_id", "revenue_account_id")


def measure(env, row):
    """Arguments of one row: seconds until it is there, one month of all schedules posted."""
    books = ScheduleBooks(env)
    books.grow_to(SEGMENTS)
    books.post_month()
    work, floor = {"rehearsal": _rehearse, "waterfall": _look_ahead}[row](books)
    return [spend_beside(env, row, 2.0, REPETITIONS, work, floor)]


def spend_beside(env, name, goal, repetitions, work, floor):
    """Arguments of a row: seconds of work that leaves nothing behind, the floor after each."""
    pairs = []
    for number in range(repetitions + 1):
        figure, floor_seconds = _spend(env, work), _spend(env, floor)
        tell(f"{name}: {figure:.2f} s, floor {floor_seconds:.2f} s")
        if number:  # the first one warms up
            pairs.append((figure, floor_seconds))
    figures, floors = zip(*pairs, strict=True)
    return {
        "name": name,
        "unit": "s",
        "goal": goal,
        "absolute": True,
        "figures": figures,
        "floors": floors,
    }


def _spend(env, work):
    gc.collect()
    with stopwatch() as seconds:
        work()
    env.cr.rollback()
    env.invalidate_all()
    return seconds[0]


def _rehearse(books):
    env, month = books.env, books.month
    run = env["saas.revenue.run"].create({"period": month})
    env.cr.commit()

    def rehearse():
        run.action_preview()
        env.flush_all()
        if run.posting_count != books.size:
            raise RuntimeError(f"{run.posting_count} rehearsed instead of {books.size}")

    floor = SQL(
        """
        SELECT deferred_account_id, schedule.revenue_account_id,
               SUM(segment.company_amount * (LEAST(segment.date_end, %(before)s)
                   - segment.date_start) / (segment.date_end - segment.date_start)),
               SUM(posted.company_amount)
          FROM saas_revenue_segment segment
          JOIN saas_revenue_schedule schedule ON schedule.id = segment.schedule_id
     LEFT JOIN saas_revenue_posting posted ON posted.segment_id = segment.id
      GROUP BY deferred_account_id, schedule.revenue_account_id
        """,
        before=month + relativedelta(months=1),
    )
    return rehearse, lambda: env.execute_query(floor)


def _look_ahead(books):
    env, as_of = books.env, books.month - timedelta(days=1)

    def look_ahead():
        rows = env["saas.revenue.waterfall"]._get_waterfall(
            env.company, as_of, months=MONTHS, group_by=BY_ACCOUNT
        )
        if len(rows) < MONTHS:
            raise RuntimeError(f"{len(rows)} months instead of {MONTHS}")

    floor = SQL(
        """
        SELECT deferred_account_id, schedule.revenue_account_id, month,
               SUM(segment.company_amount / 12)
          FROM saas_revenue_segment segment
          JOIN saas_revenue_schedule schedule ON schedule.id = segment.schedule_id
          JOIN generate_series(%(first)s::date, %(last)s::date, interval '1 month') month
            ON month < segment.date_end
      GROUP BY deferred_account_id, schedule.revenue_account_id, month
        """,
        first=books.month,
        last=books.month + relativedelta(months=MONTHS - 1),
    )
    return look_ahead, lambda: env.execute_query(floor)
