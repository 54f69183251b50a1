"""What payouts contain: movements that are here are told, those to come find it noted."""

from odoo import models
from odoo.addons.saas_billing_connector.canonical import MissingDependency


class SaasBillingHandlerPayoutContents(models.AbstractModel):
    _name = "saas.billing.handler.payout_contents"
    _description = "Billing Handler: Contents of a Payout"
    _inherit = "saas.billing.handler"

    def _process(self, batch):
        ids = [change.record.payout_id for change in batch]
        payouts = self._get_bound(batch, "payout", ids, "saas.settlement")
        contents = {}
        for change in batch:
            if change.record.payout_id in payouts:
                for external_id in change.record.transaction_ids:
                    contents[external_id] = (change, payouts[change.record.payout_id])
            else:
                change.reject(MissingDependency("payout", change.record.payout_id))
        known = self._get_links(batch, "payout_content", contents)
        new = {key: told for key, told in contents.items() if key not in known}
        if new:
            self._note(batch, new)

    def _note(self, batch, contents):
        """Remember what is contained where, and tell the movements that are booked already.

        :param contents: (change, payout) by id of the movement
        """
        self._bind(
            batch,
            "payout_content",
            [(change, external_id, payout) for external_id, (change, payout) in contents.items()],
        )
        payouts = self.env["saas.settlement"].union(*(payout for _c, payout in contents.values()))
        payouts.is_itemised = True
        transactions = self.env["saas.settlement.transaction"].search(
            [("connection_id", "=", batch.connection.id), ("external_id", "in", list(contents))]
        )
        by_payout = transactions.grouped(lambda each: contents[each.external_id][1])
        for payout, own in by_payout.items():
            own.settlement_id = payout
        self._trace([(contents[each.external_id][0], each, "updated") for each in transactions])
