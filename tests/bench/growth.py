"""How the month-end run grows with the segments: 1 is in proportion, 2 by the square.

Runs in an Odoo process on the demo's company.
"""

import math
import os
import statistics

from tests.bench.run import create_floor, measure_month
from tests.bench.schedule_books import ScheduleBooks

SIZES = [int(size) for size in os.environ.get("BENCH_GROWTH", "10000,100000,1000000").split(",")]
REPETITIONS = 3


def measure(env):
    """Arguments of the row: exponent of the run's seconds, beside that of the plain insertion."""
    books = ScheduleBooks(env)
    create_floor(env)
    samples = []
    for size in SIZES:
        books.grow_to(size)
        samples.append([measure_month(books)[:2] for _repetition in range(REPETITIONS)])
    pairs = [
        [_get_exponent(seconds) for seconds in zip(*repetition, strict=True)]
        for repetition in zip(*samples, strict=True)
    ]
    figures, floors = zip(*pairs, strict=True)
    return [
        {
            "name": f"growth of run to {SIZES[-1]} segments",
            "unit": "exponent",
            "goal": 1.1,
            "absolute": True,
            "figures": figures,
            "floors": floors,
        }
    ]


def _get_exponent(seconds):
    """Slope of the line through the sizes' seconds, both as logarithms."""
    return statistics.linear_regression(
        [math.log(size) for size in SIZES], [math.log(each) for each in seconds]
    ).slope
