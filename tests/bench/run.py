"""The month-end run over many segments, against one statement that inserts the same rows.

Runs in an Odoo process on the demo's company.
"""

import gc

from odoo.tools import SQL

from tests.bench.harness import stopwatch
from tests.bench.memory import get_peak, reset_peak
from tests.bench.progress import tell
from tests.bench.schedule_books import SEGMENTS, ScheduleBooks

REPETITIONS = 3


def measure(env):
    """Arguments of two rows: seconds per run, and memory of the process beside a tenth of it."""
    books = ScheduleBooks(env)
    create_floor(env)
    books.grow_to(SEGMENTS // 10)
    _figure, _floor, peak_before = measure_month(books)
    books.grow_to(SEGMENTS)
    samples = [measure_month(books) for _repetition in range(REPETITIONS)]
    figures, floors, peaks = zip(*samples, strict=True)
    memory = {"figures": [max(peaks)], "floors": [peak_before]}
    return [
        {"name": "run", "unit": "s", "goal": 3.0, "figures": figures, "floors": floors},
        {"name": "run memory", "unit": "MB", "goal": 1.05, **memory},
    ]


def measure_month(books):
    """(run, floor) in seconds, each with its commit, and the peak of the memory in MB."""
    env, month = books.env, books.month
    env.invalidate_all()
    gc.collect()
    reset_peak()
    with stopwatch() as figure:
        run = books.post_month()
    peak = get_peak()
    with stopwatch() as floor:
        env.cr.execute(_insert_again(env, run))
        env.cr.commit()
    tell(
        f"{month:%B %Y}, {books.size} segments: {figure[0]:.2f} s, floor {floor[0]:.2f} s,"
        f" {peak:.0f} MB"
    )
    return figure[0], floor[0], peak


# ── floor ────────────────────────────────────────────────────────────────────────────────────


def create_floor(env):
    """A table like the postings: the same columns, checks, indexes and foreign keys."""
    env.cr.execute("CREATE TABLE saas_bench_posting (LIKE saas_revenue_posting INCLUDING ALL)")
    keys = env.execute_query(
        SQL(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid = 'saas_revenue_posting'::regclass"
        )
    )
    for [definition] in keys:
        env.cr.execute(f"ALTER TABLE saas_bench_posting ADD {definition}")


def _insert_again(env, run):
    """The statement that inserts the postings of `run`, ids drawn anew."""
    names = env.execute_query(
        SQL(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'saas_revenue_posting'::regclass"
            " AND attnum > 0 AND NOT attisdropped AND attname != 'id'"
        )
    )
    columns = SQL(", ").join(SQL.identifier(name) for [name] in names)
    return SQL(
        "INSERT INTO saas_bench_posting (%(columns)s)"
        " SELECT %(columns)s FROM saas_revenue_posting WHERE run_id = %(run_id)s",
        columns=columns,
        run_id=run.id,
    )
