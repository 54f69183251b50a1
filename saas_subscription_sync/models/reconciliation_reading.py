"""Reading parts: lists of the provider become facts, page by page, from where they were left."""

import time

from dateutil.relativedelta import relativedelta
from odoo import fields, models
from odoo.addons.saas_billing_connector.canonical import NeedsHuman

from ..rules.facts import Fact, facts_of
from .reconciliation_fact import UNREADABLE

#: How far an object's creation may lie from the day it counts on: drafts wait, days are set back,
#: and what an invoice asks for is paid later.
SLACK = relativedelta(days=40)
#: The same for money, which counts on the day it was taken or given back.
MONEY_SLACK = relativedelta(days=2)
SLACKS = {
    "balance_transaction": relativedelta(),
    "charge": MONEY_SLACK,
    "payout": MONEY_SLACK,
    "refund": MONEY_SLACK,
    "subscription": relativedelta(),
}
#: A step ends, and is committed, after so many seconds or facts.
STEP_SECONDS = 1.5
STEP_FACTS = 5000


class SaasReconciliationPart(models.Model):
    _inherit = "saas.reconciliation.part"

    def _read(self):
        """Read pages for a moment, and note how far the list was read."""
        facts, read, after = [], 0, self.cursor or None
        deadline = time.monotonic() + STEP_SECONDS
        try:
            for page in self._iter_pages(after):
                facts += self._get_facts(page)
                read += len(page.records) + len(page.refused)
                after = page.after
                if time.monotonic() > deadline or len(facts) > STEP_FACTS:
                    break
        except NeedsHuman as outcome:
            if not self.cursor or outcome.code != "stripe_request":
                raise
            self._restart()
            return
        self.env["saas.reconciliation.fact"]._store(self, facts)
        values = {"cursor": after, "read_count": self.read_count + read}
        if after:
            self.write({**values, "state": "running", "failures": 0, "problem": False})
        else:
            self._finish(values)
            self._analyze()

    def _analyze(self):
        """PostgreSQL gathers no statistics by itself within minutes, and would plan for a few."""
        if self.read_count > STEP_FACTS:
            self.env.cr.execute("ANALYZE saas_reconciliation_fact")

    def _restart(self):
        """The object that was the cursor exists no more: the list is read from its start."""
        self.env["saas.reconciliation.fact"]._forget(self)
        self.write({"state": "running", "cursor": False, "read_count": 0})

    def _iter_pages(self, after):
        since, until = self._get_window()
        return self.connection_id._iter_provider_pages(self.code, since, until, after)

    def _get_window(self):
        """(since, until) of the objects' creation, aware; since is None for all there ever were."""
        slack = SLACKS.get(self.code, SLACK)
        since, until = self.run_id._narrow(self)._get_instants(self.connection_id, slack)
        return (None if self._is_whole() else since), until

    def _is_whole(self):
        """Subscriptions live on: in the month that is running, all of them are looked at."""
        today = fields.Date.context_today(self.with_context(tz=self.connection_id.timezone))
        return self.code == "subscription" and self.month == today.replace(day=1)

    def _get_facts(self, page):
        code, zone = self.code, self.connection_id._get_zone()
        facts = [fact for record in page.records for fact in facts_of(code, record, zone)]
        facts += [
            Fact(UNREADABLE, external_id, self.month, "", 0, code, label=reason)
            for external_id, reason in page.refused.items()
        ]
        return facts

    def _look_up(self, external_ids):
        """Ask for single objects that the books have in this month and the list did not show."""
        page = self.connection_id._find_at_provider(self.code, external_ids)
        self.env["saas.reconciliation.fact"]._store(self, self._get_facts(page))
