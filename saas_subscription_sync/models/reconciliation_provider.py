"""How reconciliation reads the provider: whole pages with a cursor, and single objects again."""

from typing import NamedTuple

from odoo import models
from odoo.addons.saas_billing_connector.canonical import InvalidData


class ProviderPage(NamedTuple):
    """Part of a list.

    :ivar records: canonical records
    :ivar refused: what cannot be read as such a record: reason by external id
    :ivar after: cursor of the next page, or None where the list ends
    """

    records: list
    refused: dict
    after: str | None


class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"

    def _iter_provider_pages(self, canonical_type, since, until, after=None):
        """Pages of a list read live from the provider, by creation time in [since, until).

        :param since: aware datetime, or None for from the start
        :param until: aware datetime
        :param after: cursor to go on from; where there is none, whose key it is is checked first
        """
        reader = self._get_reader()
        if not after:
            self._check_account(reader)
        more = True
        while more:
            page = reader.page(canonical_type, since, until, after)
            yield self._prepare_page(canonical_type, page)
            after, more = page.after, page.after is not None

    def _find_at_provider(self, canonical_type, external_ids):
        """Some objects, asked for one by one, as a page; those that do not exist are left out."""
        reader, records, refused = self._get_reader(), [], {}
        for external_id in external_ids:
            page = self._prepare_page(canonical_type, reader.fetch(canonical_type, external_id))
            records += page.records
            refused |= page.refused
        return ProviderPage(records, refused, None)

    def _prepare_page(self, canonical_type, page):
        normalise = self._get_adapter().normalise_object
        records, refused = [], {}
        for obj in page.objects:
            try:
                records.append(normalise(canonical_type, obj))
            except InvalidData as outcome:
                refused[obj["id"]] = outcome.message
        return ProviderPage(records, refused, page.after)

    def _get_dashboard_url(self, external_id):
        """Page of an object in the provider's own dashboard, in the right account and mode."""
        self.ensure_one()
        return self._get_adapter().dashboard_url(self.account, self.livemode, external_id)
