"""What customers have on their balance, told by their newest snapshots."""

from odoo import models


class SaasBillingHandlerCustomer(models.AbstractModel):
    _inherit = "saas.billing.handler.customer"

    def _process(self, batch):
        told = {}
        for key, changes in batch.by_object().items():
            # What a deleted customer had, the deletion does not tell.
            for change in changes:
                if not change.record.deleted:
                    told[key] = change
        result = super()._process(batch)
        self._note_balances(batch, told)
        return result

    def _note_balances(self, batch, told):
        """Keep the newest balance of each customer who has or had one."""
        known = self._get_balances(batch, told)
        new = []
        for key, change in told.items():
            balance = known.get((key, change.record.currency))
            if balance and (balance.version or "") < change.version:
                balance.write(self._prepare_told(change))
            elif not balance and change.record.balance:
                new.append(change)
        created = self._create_balances(batch, new)
        (created | created.union(*known.values()))._refresh()

    def _get_balances(self, batch, external_ids):
        """Balances by (customer, currency), in one query."""
        found = self.env["saas.customer.balance"].search(
            [
                ("connection_id", "=", batch.connection.id),
                ("external_id", "in", list(external_ids)),
            ]
        )
        return {(each.external_id, each.currency_id.name): each for each in found}

    def _create_balances(self, batch, changes):
        balances = self.env["saas.customer.balance"]
        if not changes:
            return balances
        partners = self._get_bound(
            batch, "customer", [change.record.external_id for change in changes], "res.partner"
        )
        names = list({change.record.currency for change in changes})
        currencies = {
            currency.name: currency
            for currency in self.env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "in", names)])
        }
        return balances.create(
            [
                {
                    "connection_id": batch.connection.id,
                    "external_id": change.record.external_id,
                    "partner_id": partners[change.record.external_id].id,
                    "currency_id": currencies[change.record.currency].id,
                    **self._prepare_told(change),
                }
                for change in changes
                if change.record.external_id in partners and change.record.currency in currencies
            ]
        )

    def _prepare_told(self, change):
        return {
            "told_amount": float(change.record.balance),
            "told_at": change.occurred_at.replace(tzinfo=None),
            "version": change.version,
            "event_id": change.event.id,
        }
