"""Where the provider's balance is booked: journals by currency, clearing, transfer."""

from datetime import timedelta
from decimal import Decimal

from odoo import fields, models
from odoo.addons.saas_billing_connector.canonical import NeedsHuman

from ..rules.settlement import PAYMENTS

#: What moved in the very second of the balance counts.
SECOND = timedelta(seconds=1)


# One file per concern keeps each of them readable on its own.
class SaasBillingConnection(models.Model):
    _inherit = "saas.billing.connection"  # pylint: disable=consider-merging-classes-inherited

    settlement_journal_ids = fields.One2many(
        "account.journal",
        "saas_connection_id",
        string="Further Settlement Journals",
        readonly=True,
        help="One for each currency that is settled beside the payment journal's; made when first"
        " needed.",
    )
    settlement_mapping_ids = fields.One2many("saas.settlement.mapping", "connection_id")

    def _get_settlement_journals(self):
        """Every journal that holds a part of this connection's balance."""
        return self.payment_journal_id | self.settlement_journal_ids

    def _get_settlement_journal(self, currency):
        """The journal of the balance in `currency`, made when first needed."""
        self.ensure_one()
        main = self._get_payment_journal()
        if currency == main._get_settlement_currency():
            return main
        known = self.settlement_journal_ids.filtered(lambda each: each.currency_id == currency)
        return known or self._create_settlement_journal(currency)

    def _create_settlement_journal(self, currency):
        journal = self.env["account.journal"].sudo()
        journal = journal.create(self._prepare_settlement_journal(currency))
        lines = journal.inbound_payment_method_line_ids | journal.outbound_payment_method_line_ids
        lines.payment_account_id = self._get_clearing_account()
        self.invalidate_recordset(["settlement_journal_ids"])
        return journal

    def _prepare_settlement_journal(self, currency):
        return {
            **self._prepare_payment_journal(),
            "name": f"{self._get_provider_label()} {currency.name}",
            "currency_id": currency.id,
            "saas_connection_id": self.id,
        }

    def _get_clearing_accounts(self):
        """All accounts that payments of the payment journal may wait on; the first one is used."""
        journal = self._get_payment_journal()
        lines = journal.inbound_payment_method_line_ids | journal.outbound_payment_method_line_ids
        return self._get_clearing_account() | lines.payment_account_id

    def _get_provider_balance_at(self, instant):
        """What the provider held then, by currency code: what it holds now, less what moved since.

        :param instant: aware
        """
        held, now = self._get_provider_balance()
        if now >= instant:
            for record in self._iter_provider("balance_transaction", instant, now + SECOND):
                if record.balance == PAYMENTS:
                    held[record.currency] = held.get(record.currency, Decimal(0)) - record.net
        return {code: amount for code, amount in held.items() if amount}

    def _get_transfer_account(self):
        """Odoo's account of money between two banks, where payouts wait for the bank's own line.

        :raises NeedsHuman: where the company has none
        """
        account = self.company_id.transfer_account_id
        if not account:
            raise NeedsHuman(
                "missing_journal",
                f"{self.company_id.name} has no internal transfer account. Set it in the accounting"
                " settings, then replay.",
                key="transfer",
            )
        return account
