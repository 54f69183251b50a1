"""Customer balances at the cut-over."""

from odoo import models


class SaasBillingHandlerCustomer(models.AbstractModel):
    _inherit = "saas.billing.handler.customer"

    def _process(self, batch):
        told = list(batch) if batch.connection.cutover_date else []
        result = super()._process(batch)
        if told:
            self._collect_balances(batch, told)
        return result

    def _collect_balances(self, batch, told):
        """Keep the first balance told since the cut-over, whatever order snapshots come in.

        What documents have moved until then is taken off again (`_get_balance_changes` of the
        position); the first snapshot needs the least of that.
        """
        first = self._get_first_told(batch, told)
        # Whose contact a person has to decide first is told again then.
        bound = self._get_links(batch, "customer", first)
        first = {key: change for key, change in first.items() if key in bound}
        positions = self._get_balance_positions(batch, first)
        new = [change for key, change in first.items() if key not in positions]
        for key, position in positions.items():
            if first[key].version < position.version:
                position.write(self._prepare_balance(first[key]))
        created = self.env["saas.opening.position"].create(self._prepare_balances(batch, new))
        (created | created.union(*positions.values()))._refresh()
        self._trace([(change, each, "created") for change, each in zip(new, created, strict=True)])

    def _get_first_told(self, batch, told):
        """The oldest change of each customer since the cut-over whose balance can be opened."""
        zone, cutover = batch.connection._get_zone(), batch.connection.cutover_date
        names = {change.record.currency for change in told if change.record.currency}
        active = set(self.env["res.currency"].search([("name", "in", list(names))]).mapped("name"))
        first = {}
        for change in sorted(told, key=lambda each: each.version, reverse=True):
            since = change.occurred_at.astimezone(zone).date() >= cutover
            if since and change.record.currency in active:
                first[change.record.external_id] = change
        return first

    def _get_balance_positions(self, batch, external_ids):
        found = self.env["saas.opening.position"].search(
            [
                ("connection_id", "=", batch.connection.id),
                ("kind", "=", "balance"),
                ("external_id", "in", list(external_ids)),
            ]
        )
        return {position.external_id: position for position in found}

    def _prepare_balance(self, change):
        return {
            "event_id": change.event.id,
            "balance": float(change.record.balance),
            "balance_at": change.occurred_at.replace(tzinfo=None),
            "version": change.version,
        }

    def _prepare_balances(self, batch, changes):
        """Values of new positions; a balance is money and takes the rate of the cut-over date."""
        connection = batch.connection
        partners = self._get_bound(
            batch, "customer", [change.record.external_id for change in changes], "res.partner"
        )
        names = list({change.record.currency for change in changes})
        currencies = self.env["res.currency"].search([("name", "in", names)])
        currencies = {currency.name: currency for currency in currencies}
        day, own = connection.cutover_date, connection.company_id.currency_id
        return [
            {
                "connection_id": connection.id,
                "kind": "balance",
                "external_id": change.record.external_id,
                "partner_id": partners[change.record.external_id].id,
                "currency_id": currencies[change.record.currency].id,
                "currency_rate": own._get_conversion_rate(
                    own, currencies[change.record.currency], connection.company_id, day
                ),
                "date": day,
                **self._prepare_balance(change),
            }
            for change in changes
        ]
