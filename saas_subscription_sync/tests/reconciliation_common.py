"""A provider in memory that reconciliation reads, page by page."""

from collections import defaultdict
from datetime import date
from unittest.mock import patch

from odoo.addons.saas_subscription_sync.models.reconciliation_provider import ProviderPage

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


class ProviderMixin:
    """Mix into a test case with a `connection`; `remote` is what the provider has, by type."""

    def set_up_provider(self):
        """Have connections read `self.remote`, and see what was asked in `self.asked`."""
        self.remote = defaultdict(list)
        self.refused, self.faults, self.page_size, self.asked = {}, [], 100, []
        model = self.env.registry["saas.billing.connection"]

        def iterate(_connection, canonical_type, _since, until, after=None):
            self.assertTrue(until.tzinfo)
            return self._iterate(canonical_type, int(after or 0))

        def find(_connection, canonical_type, external_ids):
            self.asked.append((canonical_type, tuple(external_ids)))
            found = [each for each in self.elsewhere if each.external_id in external_ids]
            return ProviderPage(found, {}, None)

        self.elsewhere = []
        self.startPatcher(patch.object(model, "_iter_provider_pages", iterate))
        self.startPatcher(patch.object(model, "_find_at_provider", find))

    def _iterate(self, canonical_type, position):
        records = self.remote[canonical_type]
        while True:
            self.asked.append((canonical_type, position))
            if self.faults and (canonical_type, position) == self.faults[0][0]:
                raise self.faults.pop(0)[1]
            end = position + self.page_size
            more = str(end) if end < len(records) else None
            refused = self.refused.pop(canonical_type, {})
            yield ProviderPage(records[position:end], refused, more)
            if not more:
                return
            position = end

    def run_checks(self, date_from=JANUARY, date_to=FEBRUARY):
        return self.env["saas.reconciliation.run"]._run_checks(self.company, date_from, date_to)

    def totals(self, run, check):
        lines = run.total_ids.filtered(lambda line: line.check == check).sorted("id")
        return [(f"{line.month:%Y-%m}", line.left_amount, line.right_amount) for line in lines]

    def classes(self, run, *checks):
        """What differs, of some checks or of all."""
        return [
            (line.check, line.difference_class, line.external_id, line.difference)
            for line in run.difference_ids.sorted("id")
            if not checks or line.check in checks
        ]
