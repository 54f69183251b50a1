"""Movements of credit grants: each kept once; a prepayment that expires is booked as revenue."""

from odoo import Command, models
from odoo.addons.saas_billing_connector.canonical import MissingDependency, Outcome


class SaasBillingHandlerCreditBalanceTransaction(models.AbstractModel):
    _name = "saas.billing.handler.credit_balance_transaction"
    _description = "Billing Handler: Credit Balance Transaction"
    _inherit = "saas.billing.guards"

    # A movement never changes.
    _newest_tells_all = True

    def _process(self, batch):
        grants = self._get_bound(
            batch,
            "credit_grant",
            {change.record.grant_id for change in batch},
            "saas.credit.grant",
        )
        known = self._get_links(batch, "credit_balance_transaction", batch.by_object())
        new, lapsed = [], []
        for external_id, changes in batch.by_object().items():
            record = changes[-1].record
            if external_id in known:
                continue
            if record.grant_id not in grants:
                batch.reject(changes, MissingDependency("credit_grant", record.grant_id))
                continue
            try:
                if self._is_breakage(batch, record, grants[record.grant_id]):
                    values = self._prepare_breakage(batch, record, grants[record.grant_id])
                    lapsed.append((changes[-1], values))
            except Outcome as outcome:
                batch.reject(changes, outcome)
            else:
                new.append((changes[-1], grants[record.grant_id]))
        self._keep(batch, new)
        self._book_breakage(batch, lapsed)

    def _keep(self, batch, new):
        kept = self.env["saas.credit.transaction"].create(
            [self._prepare(batch, change.record, grant) for change, grant in new]
        )
        pairs = [(change, each) for (change, _grant), each in zip(new, kept, strict=True)]
        self._bind(
            batch,
            "credit_balance_transaction",
            [(change, change.record.external_id, each) for change, each in pairs],
        )
        self._trace([(change, each.grant_id, "updated") for change, each in pairs])

    def _prepare(self, batch, record, grant):
        return {
            "connection_id": batch.connection.id,
            "grant_id": grant.id,
            "external_id": record.external_id,
            "kind": record.kind,
            "amount": float(record.amount),
            "effective_at": self._naive(record.effective_at),
            "invoice_external_id": record.invoice_id,
        }

    # ── a prepayment that nobody will use ────────────────────────────────────────────────────

    def _is_breakage(self, batch, record, grant):
        paid = record.kind == "credits_expired" and grant.category == "paid"
        return paid and not self._is_old(batch, record.effective_at)

    def _prepare_breakage(self, batch, record, grant):
        """Values of the entry that earns what expired.

        :raises Outcome: where no accounts are chosen or the day is closed
        """
        connection = batch.connection
        prepaid = connection._get_prepaid_account(record)
        breakage = connection._get_breakage_account(record)
        journal, day = connection._get_general_journal(), self._get_day(batch, record.effective_at)
        self._check_open(record, day, journal, False)
        amount = float(-record.amount)
        label = self.env._("Expired credit: %s", grant.name)
        items = [(prepaid, amount), (breakage, -amount)]
        return {
            "move_type": "entry",
            "company_id": connection.company_id.id,
            "journal_id": journal.id,
            "currency_id": grant.currency_id.id,
            "partner_id": grant.partner_id.id,
            "date": day,
            "ref": label,
            "saas_connection_id": connection.id,
            "saas_document_type": "credit_expiry",
            "saas_external_id": record.external_id,
            "line_ids": [
                Command.create(
                    {
                        "name": label,
                        "account_id": account.id,
                        "partner_id": grant.partner_id.commercial_partner_id.id,
                        "currency_id": grant.currency_id.id,
                        "amount_currency": part,
                    }
                )
                for account, part in items
            ],
        }

    def _book_breakage(self, batch, lapsed):
        entries = self.env["account.move"].create([values for _change, values in lapsed])
        entries._post(soft=False)
        self._trace(
            [
                (change, entry, effect)
                for (change, _values), entry in zip(lapsed, entries, strict=True)
                for effect in ("created", "posted")
            ]
        )
