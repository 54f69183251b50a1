"""Schedules per second: our month-end run, against one journal entry of Odoo per schedule.

Runs in an Odoo process on the demo's company.
"""

import gc
import os

from odoo import Command
from odoo.addons.saas_billing_connector.models.billing_drain_process import WORK_CONTEXT

from tests.bench.harness import stopwatch
from tests.bench.progress import tell
from tests.bench.schedule_books import SEGMENTS, ScheduleBooks

#: Schedules of the other side.
SIZE = int(os.environ.get("BENCH_ENTRIES", "1000"))
REPETITIONS = 3
#: Entries that the floor creates, posts and commits together.
BATCH = 100


def measure(env):
    """Arguments of the row: schedules posted per second."""
    books = ScheduleBooks(env)
    books.grow_to(SEGMENTS)
    floor_env = env(context=dict(WORK_CONTEXT))
    pairs = []
    for _repetition in range(REPETITIONS):
        gc.collect()
        with stopwatch() as seconds:
            run = books.post_month()
        pairs.append((books.size / seconds[0], _post_entries(floor_env, run)))
        tell("{:.0f} schedules per s, one entry each {:.1f} per s".format(*pairs[-1]))
    figures, floors = zip(*pairs, strict=True)
    return [
        {
            "name": "run against one entry per schedule",
            "unit": "per s",
            "goal": 500.0,
            "at_least": True,
            "figures": figures,
            "floors": floors,
        }
    ]


def _post_entries(env, run):
    """Entries per second, each with a debit and a credit, by Odoo's own methods in batches."""
    entries = [
        _prepare_entry(posting)
        for posting in run.env["saas.revenue.posting"].search([("run_id", "=", run.id)], limit=SIZE)
    ]
    env.invalidate_all()
    gc.collect()
    with stopwatch() as seconds:
        for start in range(0, len(entries), BATCH):
            env["account.move"].create(entries[start : start + BATCH])._post(soft=False)
            env.cr.commit()
    return len(entries) / seconds[0]


def _prepare_entry(posting):
    """The share of one schedule, as an entry of its own would book it."""
    schedule, amount = posting.schedule_id, posting.amount
    return {
        "move_type": "entry",
        "journal_id": schedule.journal_id.id,
        "date": posting.date,
        "line_ids": [
            Command.create({"name": schedule.name, "account_id": account.id, "balance": balance})
            for account, balance in (
                (schedule.revenue_account_id, -amount),
                (schedule.deferred_account_id, amount),
            )
        ],
    }
