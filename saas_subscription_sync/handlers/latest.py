"""Objects whose newest snapshot wins: master data and subscriptions."""

from odoo import models
from odoo.addons.saas_billing_connector.canonical import Outcome, Superseded


class SaasBillingHandlerLatest(models.AbstractModel):
    """Creates what is unknown, updates what is older, leaves the rest.

    A handler names its canonical type and its Odoo model, looks up in `_resolve` what its batch
    refers to, refuses in `_check` what cannot be applied and builds values in `_prepare_values`
    (any snapshot) and `_prepare_new` (what a new record gets on top, the books' own from then on).
    """

    _name = "saas.billing.handler.latest"
    _description = "Billing Handler: Newest Snapshot Wins"
    _inherit = "saas.billing.handler"

    _newest_tells_all = True
    _canonical_type = None
    _record_model = None

    def _process(self, batch):
        resolved = self._resolve(batch)
        self._guard(batch, resolved)
        self._apply(batch, resolved)

    def _resolve(self, batch):
        """What the changes refer to, looked up once for the batch."""
        return {}

    def _check(self, batch, change, resolved):
        """Refuse a change that cannot be applied.

        :raises Outcome: which ends the change
        """

    def _prepare_values(self, batch, record, resolved):
        """Values that follow the provider."""
        raise NotImplementedError

    def _prepare_new(self, batch, record, resolved):
        """Values that a new record gets on top."""
        return {}

    def _guard(self, batch, resolved):
        for change in batch:
            try:
                self._check(batch, change, resolved)
            except Outcome as outcome:
                change.reject(outcome)

    def _apply(self, batch, resolved):
        fresh, known = self._split(batch)
        self._create_fresh(batch, fresh, resolved)
        self._update_known(batch, known, resolved)

    def _split(self, batch):
        """Newest changes per object: those of unknown objects, and (link, change) of known ones."""
        objects = batch.by_object()
        links = self._get_links(batch, self._canonical_type, objects)
        fresh, known = [], []
        for external_id, (*older, newest) in objects.items():
            # The same event handed over twice is not older than itself.
            batch.reject([each for each in older if each is not newest], Superseded())
            link = links.get(external_id)
            if not link:
                fresh.append(newest)
            elif newest.version < link.version:
                newest.reject(Superseded())
            else:
                known.append((link, newest))
        return fresh, known

    def _create_fresh(self, batch, changes, resolved):
        if not changes:
            return
        records = self.env[self._record_model].create(
            [
                self._prepare_new(batch, change.record, resolved)
                | self._prepare_values(batch, change.record, resolved)
                for change in changes
            ]
        )
        pairs = list(zip(changes, records, strict=True))
        self._bind(
            batch,
            self._canonical_type,
            [(change, change.record.external_id, record) for change, record in pairs],
        )
        self._trace([(change, record, "created") for change, record in pairs])

    def _update_known(self, batch, known, resolved):
        effects = []
        # One browse for all, so that reading one record prefetches the others.
        records = self.env[self._record_model].browse(link.res_id for link, _change in known)
        for (_link, change), record in zip(known, records, strict=True):
            values = self._prepare_values(batch, change.record, resolved)
            changed = self._get_changed(record, values)
            if changed:
                record.write(changed)
                effects.append((change, record, "updated"))
        self._trace(effects)
        self.env["saas.billing.link"]._touch(known)
