"""Schedules and segments of a batch of invoices, against posting such a batch without them.

Runs in an Odoo process on the demo's company.
"""

import gc
from unittest.mock import patch

from odoo.addons.saas_billing_connector.models.billing_drain_process import WORK_CONTEXT

from tests.bench.harness import stopwatch
from tests.bench.invoices import SIZE
from tests.bench.progress import tell
from tests.bench.schedule_books import FIRST, prepare_invoice

REPETITIONS = 5
#: Lines of each invoice.
LINES = (1, 5)


def measure(env):
    """Arguments of a row per size: seconds that deferring adds to the posting of a batch."""
    return [_measure_size(env(context=dict(WORK_CONTEXT)), lines) for lines in LINES]


def _measure_size(env, lines):
    pairs = []
    for number in range(REPETITIONS + 1):
        figure, floor = _post_deferred(env, lines), _post_plain(env, lines)
        tell(f"{SIZE * lines} lines: {figure:.3f} s, floor {floor:.2f} s")
        if number:  # the first one warms up
            pairs.append((figure, floor))
    figures, floors = zip(*pairs, strict=True)
    name = f"schedules of {SIZE * lines} lines"
    return {"name": name, "unit": "s", "goal": 0.1, "figures": figures, "floors": floors}


def _post_deferred(env, lines):
    """Seconds that posting spends in what defers: choosing rules anew, schedules and segments."""
    invoices = _create(env, lines, is_deferred=True)
    spent = []
    with (
        _timed(env, "account.move", "_refresh_saas_revenue_rules", spent),
        _timed(env, "saas.revenue.schedule", "_create_for_lines", spent),
    ):
        invoices._post()
    env.cr.commit()
    if len(invoices.line_ids.saas_revenue_schedule_ids) != SIZE * lines:
        raise RuntimeError("some line has no schedule")
    return sum(spent)


def _timed(env, model, name, spent):
    """Have the seconds of a method's calls added to `spent`; what Odoo has to write is not ours."""
    method = getattr(env.registry[model], name)

    def timed(self, *arguments):
        self.env.flush_all()
        with stopwatch() as seconds:
            result = method(self, *arguments)
        spent.append(seconds[0])
        return result

    return patch.object(env.registry[model], name, timed)


def _post_plain(env, lines):
    """Seconds of posting the same documents without service periods."""
    invoices = _create(env, lines, is_deferred=False)
    with stopwatch() as seconds:
        invoices._post()
        env.flush_all()
    env.cr.commit()
    if invoices.line_ids.saas_revenue_schedule_ids:
        raise RuntimeError("the floor's invoices must not be deferred")
    return seconds[0]


def _create(env, lines, is_deferred):
    invoices = env["account.move"].create(
        [prepare_invoice(env, FIRST, 12, lines, is_deferred) for _number in range(SIZE)]
    )
    env.cr.commit()
    gc.collect()
    return invoices
