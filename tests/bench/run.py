"""The month-end run over many segments, against one statement that inserts the same rows.

Runs in an Odoo process on the demo's company.
"""

import gc
import os
from datetime import date

from dateutil.relativedelta import relativedelta
from odoo import Command
from odoo.addons.saas_deferred_revenue.tests.segment_factory import multiply_schedules
from odoo.tools import SQL

from tests.bench.harness import stopwatch
from tests.bench.progress import tell

SEGMENTS = int(os.environ.get("BENCH_SEGMENTS", "100000"))
REPETITIONS = 3
START = date(2025, 9, 1)


def measure(env):
    """Arguments of the row: seconds per run, successive months, the floor after each."""
    _warm_up(env)
    tell(f"making {SEGMENTS} schedules")
    first = START + relativedelta(months=1)
    multiply_schedules(_post_invoice(env, first, 12).saas_revenue_schedule_ids, SEGMENTS - 1)
    _create_floor(env)
    env.cr.commit()
    pairs = []
    for number in range(REPETITIONS):
        month = first + relativedelta(months=number)
        figure, floor = _measure_month(env, month)
        pairs.append((figure, floor))
        tell(f"{month:%B %Y}: {figure:.2f} s, floor {floor:.2f} s")
    figures, floors = zip(*pairs, strict=True)
    return [{"name": "run", "unit": "s", "goal": 6.0, "figures": figures, "floors": floors}]


def _warm_up(env):
    """The first run of a company also sets up numbering and fills caches."""
    _post_invoice(env, START, 1)
    env["saas.revenue.run"]._post_month(env.company, START)


def _post_invoice(env, day, months):
    """A posted invoice over 1,200.00 of which each day of the service earns its share."""
    invoice = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": env["res.partner"].create({"name": "Subscriber"}).id,
            "invoice_date": day,
            "date": day,
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": "Plan",
                        "price_unit": 1200,
                        "tax_ids": [],
                        "saas_service_start": day,
                        "saas_service_end": day + relativedelta(months=months),
                    }
                )
            ],
        }
    )
    invoice._post()
    return invoice


def _measure_month(env, month):
    """(run, floor) in seconds, each with its commit."""
    gc.collect()
    with stopwatch() as figure:
        run = env["saas.revenue.run"]._post_month(env.company, month)
        env.cr.commit()
    if run.state != "posted" or run.posting_count != SEGMENTS:
        raise RuntimeError(f"{run.posting_count} postings instead of {SEGMENTS}")
    with stopwatch() as floor:
        env.cr.execute(_insert_again(env, run))
        env.cr.commit()
    return figure[0], floor[0]


# ── floor ────────────────────────────────────────────────────────────────────────────────────


def _create_floor(env):
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
