"""The demo's company with as many revenue schedules as a row asks for.

Each stands on an invoice line of its own over about 1,200.00 for a year, of which each day earns
its share; amounts and starts vary.
"""

import os

from dateutil.relativedelta import relativedelta
from odoo import Command
from odoo.addons.saas_deferred_revenue.tests.segment_factory import multiply_schedules

from tests.bench.progress import tell
from tests.bench.subscribers import START

SEGMENTS = int(os.environ.get("BENCH_SEGMENTS", "100000"))
#: The month in which all services begin.
FIRST = START.date() + relativedelta(months=1)


class ScheduleBooks:
    """
    :ivar size: schedules so far, one segment each
    :ivar month: first day of the next month to post
    """

    def __init__(self, env):
        self.env = env
        # The first run of a company also sets up numbering and fills caches.
        self.post_invoice(START.date(), 1)
        env["saas.revenue.run"]._post_month(env.company, START.date())
        self.schedule = self.post_invoice(FIRST, 12).saas_revenue_schedule_ids
        self.size, self.month = 1, FIRST

    def post_invoice(self, day, months):
        invoice = self.env["account.move"].create(prepare_invoice(self.env, day, months))
        invoice._post()
        return invoice

    def grow_to(self, size):
        tell(f"making {size} schedules")
        multiply_schedules(self.schedule, size - self.size)
        self.size = size
        self.env.cr.commit()

    def post_month(self):
        """The run of the next month, as the scheduled action posts and commits it."""
        run = self.env["saas.revenue.run"]._post_month(self.env.company, self.month)
        self.env.cr.commit()
        if run.state != "posted" or run.posting_count != self.size:
            raise RuntimeError(f"{run.posting_count} postings instead of {self.size}")
        self.month += relativedelta(months=1)
        return run


def prepare_invoice(env, day, months, lines=1, is_deferred=True):
    """Values of an invoice whose lines serve for some months from its day."""
    service = {
        "saas_service_start": day,
        "saas_service_end": day + relativedelta(months=months),
    }
    return {
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
                    **(service if is_deferred else {}),
                }
            )
            for _number in range(lines)
        ],
    }
