"""What invoices tell of failed payments, beside and apart from what is booked of them.

An invoice that waits for a person, because of an unmapped tax for example, has its attempts noted
all the same: whether the books are ready is no concern of the customer's.
"""

from odoo import models

from .subscription import naive

#: Last word of the event that tells of a failed attempt.
FAILED = "payment_failed"


class SaasBillingHandlerInvoice(models.AbstractModel):
    _inherit = "saas.billing.handler.invoice"

    def _process(self, batch):
        changes = [change for change in batch if change.record.status != "draft"]
        result = super()._process(batch)
        self._note_attempts(batch, changes)
        return result

    def _note_attempts(self, batch, changes):
        """Keep one row per invoice whose payment failed, as its newest snapshot says."""
        newest = {}
        for change in sorted(changes, key=lambda change: change.version):
            if change.record.subscription_id:
                newest[change.record.external_id] = change
        subscriptions = self._get_bound(
            batch,
            "subscription",
            [change.record.subscription_id for change in newest.values()],
            "saas.subscription",
        )
        newest = {
            key: change
            for key, change in newest.items()
            if change.record.subscription_id in subscriptions
        }
        if not newest:
            return
        known = self._get_dunning(newest, subscriptions)
        self._update_dunning(newest, known)
        self._create_dunning(batch, newest, known, subscriptions)
        self.env["saas.subscription"]._mail(
            "failed",
            [
                (
                    subscriptions[change.record.subscription_id],
                    f"{change.record.external_id}:{change.record.attempts}",
                    change.event,
                )
                for change in newest.values()
                if self._tells_failure(change)
            ],
        )

    def _get_dunning(self, newest, subscriptions):
        rows = self.env["saas.subscription.dunning"].search(
            [
                ("subscription_id", "in", [each.id for each in subscriptions.values()]),
                ("external_id", "in", list(newest)),
            ]
        )
        return {row.external_id: row for row in rows}

    def _update_dunning(self, newest, known):
        for external_id, row in known.items():
            change = newest[external_id]
            if row.version < change.version:
                row.write(self._prepare_attempts(change))

    def _create_dunning(self, batch, newest, known, subscriptions):
        """Begin with an invoice that is late, unless something newer was applied meanwhile.

        Whatever is newer would have begun it, had the invoice still been late.
        """
        late = {
            key: change
            for key, change in newest.items()
            if key not in known and self._is_late(change)
        }
        if not late:
            return
        links = self._get_links(batch, "invoice", late)
        currencies = self.env["res.currency"].with_context(active_test=False)
        names = list({change.record.currency for change in late.values()})
        currencies = {each.name: each.id for each in currencies.search([("name", "in", names)])}
        self.env["saas.subscription.dunning"].create(
            [
                {
                    "subscription_id": subscriptions[change.record.subscription_id].id,
                    "external_id": key,
                    "currency_id": currencies[change.record.currency],
                    **self._prepare_attempts(change),
                }
                for key, change in late.items()
                if change.record.currency in currencies
                and (key not in links or links[key].version <= change.version)
            ]
        )

    def _is_late(self, change):
        record = change.record
        tried = record.attempts and (record.next_attempt_at or self._tells_failure(change))
        return record.status == "open" and bool(tried)

    def _tells_failure(self, change):
        return change.type.rpartition(".")[2] == FAILED

    def _prepare_attempts(self, change):
        record = change.record
        late = record.status == "open"
        return {
            "version": change.version,
            "number": record.number or record.external_id,
            "state": record.status,
            "attempts": record.attempts,
            "next_attempt_at": naive(record.next_attempt_at) if late else False,
            "amount_open": float(record.amount_remaining),
            "hosted_url": record.hosted_url or False,
        }
