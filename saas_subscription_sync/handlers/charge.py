"""Charges: which movement of the provider's balance a payment is, and debits that came back."""

from odoo import models
from odoo.addons.saas_billing_connector.canonical import InvalidData, OutOfScope


class SaasBillingHandlerCharge(models.AbstractModel):
    _name = "saas.billing.handler.charge"
    _description = "Billing Handler: Charge"
    _inherit = "saas.billing.handler.money"

    def _process(self, batch):
        for change in batch:
            self._guard(change)
        if not len(batch):
            return
        currencies = self._get_currencies(change.record.currency for change in batch)
        self._prepare_each(batch, lambda record: self._check_currency(record, currencies))
        charges = self._keep(batch, currencies)
        payments = self._note_charges(batch, self._find_payments(batch, charges))
        self._revert_failed(batch, [(self._get_teller(batch, each), each) for each in payments])

    def _guard(self, change):
        record = change.record
        if record.status not in dict(self.env["saas.charge"]._fields["status"].selection):
            change.reject(
                InvalidData(f"Unknown charge status “{record.status}”.", key="charge.status")
            )
        elif record.status == "failed" and not record.failure_balance_transaction_id:
            change.reject(OutOfScope("A failed attempt moves no money."))

    def _keep(self, batch, currencies):
        """Create and update charges: the newest snapshot, and what can only become true."""
        objects = batch.by_object()
        charges = self.env["saas.charge"]
        known = {
            each.external_id: each
            for each in charges.search(
                [
                    ("connection_id", "=", batch.connection.id),
                    ("external_id", "in", list(objects)),
                ]
            )
        }
        fresh = [
            (changes[-1], self._prepare_charge(batch, changes, charges, currencies))
            for external_id, changes in objects.items()
            if external_id not in known
        ]
        created = charges.create([values for _change, values in fresh])
        effects = [
            (change, charge, "created")
            for (change, _values), charge in zip(fresh, created, strict=True)
        ]
        for external_id, charge in known.items():
            changes = objects[external_id]
            values = self._prepare_charge(batch, changes, charge, currencies)
            changed = {
                name: value
                for name, value in values.items()
                if charge._fields[name].convert_to_write(charge[name], charge) != value
            }
            if changed:
                charge.write(changed)
                effects.append((changes[-1], charge, "updated"))
        self._trace(effects)
        return created.union(*known.values())

    def _prepare_charge(self, batch, changes, charge, currencies):
        """Values of a charge after some more snapshots of it.

        :param charge: what is kept so far, or none
        """
        failures = [each.occurred_at for each in changes if each.record.status == "failed"]
        failures = [instant.replace(tzinfo=None) for instant in failures]
        failures += [charge.failed_at] if charge.failed_at else []
        lasting = {
            "succeeded": charge.succeeded
            or any(change.record.status == "succeeded" for change in changes),
            "failed_at": min(failures, default=False),
        }
        newest = changes[-1]
        if charge.version and newest.version <= charge.version:
            return lasting
        record = newest.record
        return lasting | {
            "connection_id": batch.connection.id,
            "external_id": record.external_id,
            "payment_intent_id": record.payment_intent_id or False,
            "status": record.status,
            "amount": float(record.amount),
            "currency_id": currencies[record.currency].id,
            "charged_at": record.created_at.replace(tzinfo=None),
            "balance_transaction_id": record.balance_transaction_id or False,
            "failure_code": record.failure_code or False,
            "failure_balance_transaction_id": record.failure_balance_transaction_id or False,
            "version": newest.version,
        }

    def _find_payments(self, batch, charges):
        """Payments in the books that some of `charges` may have carried."""
        sources = [charge.payment_intent_id or charge.external_id for charge in charges]
        return self.env["account.payment"].search(
            [
                ("saas_connection_id", "=", batch.connection.id),
                ("saas_kind", "=", "payment"),
                "|",
                ("saas_payment_intent_id", "in", sources),
                ("saas_charge_id", "in", sources),
            ]
        )

    def _get_teller(self, batch, payment):
        """The change that told of a payment's charge."""
        sources = {payment.saas_payment_intent_id, payment.saas_charge_id}
        return next(
            change
            for change in batch.changes
            if {change.record.payment_intent_id, change.record.external_id} & sources
        )
