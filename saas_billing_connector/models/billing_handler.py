"""What a handler of one canonical type must offer, and what it is given to work with."""

from odoo import models


class SaasBillingHandler(models.AbstractModel):
    """Template of a handler: resolve → guard → apply → link.

    A handler is an abstract model per canonical type, found by the drain through
    `saas.billing.drain._get_handlers()`. It must give the same books for any order, duplication
    and batching of the same changes, and use a fixed number of statements per batch where Odoo
    allows it.
    """

    _name = "saas.billing.handler"
    _description = "Billing Handler"

    #: Whether the newest snapshot of an object tells all that older ones told, so that the drain
    #: need not even read those.
    _newest_tells_all = False

    def _process(self, batch):
        """Apply the changes of one batch.

        A change that cannot be applied is ended with `change.reject(outcome)`; the others go on.
        An exception sends the whole batch back to be processed one change at a time, each in its
        own savepoint.

        :param batch: `canonical.Batch` of one connection and one canonical type
        """
        raise NotImplementedError

    def _get_links(self, batch, object_type, external_ids):
        """Links by external id, in one query; unknown ids are missing from the result."""
        return self.env["saas.billing.link"]._find(batch.connection, object_type, external_ids)

    def _get_bound(self, batch, object_type, external_ids, model):
        """Records of `model` by external id, in one query; others are missing."""
        links = {
            external_id: link
            for external_id, link in self._get_links(batch, object_type, external_ids).items()
            if link.res_model == model
        }
        # One browse for all, so that reading one record prefetches the others.
        records = self.env[model].browse(link.res_id for link in links.values())
        return dict(zip(links, records, strict=True))

    def _bind(self, batch, object_type, bound):
        """Bind external objects to records.

        :param bound: list of (change, external id, record)
        """
        self.env["saas.billing.link"]._bind(batch.connection, object_type, bound)

    def _get_changed(self, record, values):
        """The values that differ from the record's, so that a repeat writes and traces nothing."""
        return {
            name: value
            for name, value in values.items()
            if record._fields[name].convert_to_write(record[name], record) != value
        }

    def _trace(self, effects):
        """Write the audit trail.

        :param effects: list of (change, record, effect) with effect one of `saas.billing.trace`
        """
        self.env["saas.billing.trace"]._record(effects)
