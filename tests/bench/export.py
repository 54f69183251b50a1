"""All rows of an audit pack as CSV, beside PostgreSQL's own `COPY` of the same rows.

Runs in an Odoo process on the demo's company: one month with a tenth of the postings, and one with
all of them.
"""

import gc
import tempfile

from dateutil.relativedelta import relativedelta

from tests.bench.harness import stopwatch
from tests.bench.memory import get_peak, reset_peak
from tests.bench.progress import tell
from tests.bench.schedule_books import SEGMENTS, ScheduleBooks

REPETITIONS = 3


def measure(env):
    """Arguments of two rows: seconds, and by how much memory grows beside a tenth of the rows."""
    books = ScheduleBooks(env)
    peaks = {}
    for size in (SEGMENTS // 10, SEGMENTS):
        books.grow_to(size)
        books.post_month()
        samples = [_measure_export(books) for _repetition in range(REPETITIONS)]
        figures, floors, peaks[size] = zip(*samples, strict=True)
    memory = {"figures": [max(peaks[SEGMENTS])], "floors": [max(peaks[SEGMENTS // 10])]}
    return [
        {"name": "export", "unit": "s", "goal": 5.0, "figures": figures, "floors": floors},
        {"name": "export memory", "unit": "MB", "goal": 1.05, **memory},
    ]


def _measure_export(books):
    """(export, floor) in seconds, and the peak of the memory in MB."""
    env, day = books.env, books.month - relativedelta(days=1)
    pack = env["saas.revenue.audit.pack"].create({"date_from": day, "date_to": day})
    env.flush_all()
    gc.collect()
    reset_peak()
    with tempfile.TemporaryFile() as file:
        with stopwatch() as figure:
            pack._write_population(file)
        file.seek(0)
        written = sum(1 for _line in file) - 1
    peak = get_peak()
    if written != books.size:
        raise RuntimeError(f"{written} rows instead of {books.size}")
    rows = env.cr.mogrify(pack._get_population().rows).decode()
    with tempfile.TemporaryFile() as file, stopwatch() as floor:
        env.cr.copy_expert(f"COPY ({rows} ORDER BY 1) TO STDOUT CSV", file)
    env.cr.rollback()
    tell(f"{books.size} rows: {figure[0]:.2f} s, floor {floor[0]:.2f} s, {peak:.0f} MB")
    return figure[0], floor[0], peak
