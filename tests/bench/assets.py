"""Schedules spread and posted per second, against the assets of `account_asset_management`.

Runs in an Odoo process with two databases: the demo's company with our addons, and a company with
the other addon alone. A schedule of theirs is an asset that is depreciated by days over twelve
months: its expense is debited and its depreciation credited, as we debit what is deferred and
credit revenue.
"""

import gc
import os

from dateutil.relativedelta import relativedelta
from odoo import SUPERUSER_ID, api
from odoo.addons.saas_billing_connector.models.billing_drain_process import WORK_CONTEXT
from odoo.addons.saas_deferred_revenue.tests.segment_factory import copy_lines
from odoo.modules.registry import Registry

from tests.bench.harness import stopwatch
from tests.bench.progress import tell
from tests.bench.schedule_books import FIRST, SEGMENTS, ScheduleBooks

#: Schedules of the other side.
SIZE = int(os.environ.get("BENCH_ASSETS", "1000"))
REPETITIONS = 3
#: Their entries are posted up to the end of the first month: one each.
MONTH_END = FIRST + relativedelta(day=31)


def measure(env, addon, other):
    """Arguments of the row: schedules per second, spread over a year and one month posted."""
    books = ScheduleBooks(env)
    books.grow_to(SEGMENTS)
    with Registry(other).cursor() as cr:
        theirs = _Assets(api.Environment(cr, SUPERUSER_ID, dict(WORK_CONTEXT)))
        pairs = []
        for _repetition in range(REPETITIONS):
            pairs.append((_measure_ours(books), theirs.measure()))
            tell("{:.0f} schedules per s, assets {:.2f} per s".format(*pairs[-1]))
    figures, floors = zip(*pairs, strict=True)
    return [
        {
            "name": f"run against {addon}",
            "unit": "per s",
            "goal": 500.0,
            "at_least": True,
            "figures": figures,
            "floors": floors,
        }
    ]


def _measure_ours(books):
    """Schedules per second: those of some further invoice lines made, and a month of all posted."""
    lines = copy_lines(books.schedule.move_line_id, SIZE)
    books.env.cr.commit()
    gc.collect()
    with stopwatch() as spread:
        books.env["saas.revenue.schedule"]._create_for_lines(lines)
        books.env.cr.commit()
    books.size += SIZE
    with stopwatch() as posted:
        books.post_month()
    return 1 / (spread[0] / SIZE + posted[0] / books.size)


class _Assets:
    """A company whose schedules are assets of the other addon."""

    def __init__(self, env):
        self.env = env
        company = env.company
        company.country_id = env.ref("base.us")
        env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
        accounts = env["account.account"]
        liability, income = (
            accounts.search([("account_type", "=", kind)], limit=1)
            for kind in ("liability_current", "income")
        )
        self.profile = env["account.asset.profile"].create(
            {
                "name": "Deferred revenue",
                "account_asset_id": liability.id,
                "account_depreciation_id": income.id,
                "account_expense_depreciation_id": liability.id,
                "journal_id": env["account.journal"].search([("type", "=", "general")], limit=1).id,
                "method_time": "number",
                "method_number": 12,
                "method_period": "month",
                "days_calc": True,
            }
        )
        self._spread_and_post(
            self._create(2)
        )  # the first ones also set up numbering and fill caches
        env.cr.commit()

    def measure(self):
        """Assets per second: confirmed, which spreads them, and the first month posted."""
        assets = self._create(SIZE)
        gc.collect()
        with stopwatch() as seconds:
            self._spread_and_post(assets)
        return SIZE / seconds[0]

    def _create(self, count):
        assets = self.env["account.asset"].create(
            [
                {
                    "name": f"Plan {number}",
                    "profile_id": self.profile.id,
                    "purchase_value": 1200 + number * 0.01,
                    "date_start": FIRST,
                }
                for number in range(count)
            ]
        )
        self.env.cr.commit()
        return assets

    def _spread_and_post(self, assets):
        assets.validate()
        self.env.cr.commit()
        entry_ids, errors = assets._compute_entries(MONTH_END)
        self.env.cr.commit()
        lines = assets.depreciation_line_ids.filtered(lambda line: line.type == "depreciate")
        if errors or len(entry_ids) != len(assets) or len(lines) != 12 * len(assets):
            raise RuntimeError(f"{len(entry_ids)} entries, {len(lines)} lines: {errors}")
