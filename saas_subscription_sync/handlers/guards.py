"""What must hold before anything is booked, shared by documents and payments."""

from datetime import UTC

from odoo import models
from odoo.addons.saas_billing_connector.canonical import NeedsHuman

from ..models.saas_customer import ARCHIVED
from ..rules.amounts import fits


class SaasBillingGuards(models.AbstractModel):
    _name = "saas.billing.guards"
    _description = "Billing Guards"
    _inherit = "saas.billing.handler"

    def _get_currencies(self, codes):
        """Currencies by code, inactive ones included."""
        currencies = self.env["res.currency"].with_context(active_test=False)
        return {each.name: each for each in currencies.search([("name", "in", list(set(codes)))])}

    def _get_invoices(self, batch, records):
        """Documents of the invoices that `records` name, by external id."""
        ids = [record.invoice_id for record in records]
        return self._get_bound(batch, "invoice", ids, "account.move")

    def _check_currency(self, record, currencies):
        """The currency of `record`.

        :raises NeedsHuman: where it is unknown to Odoo or not active
        """
        currency = currencies.get(record.currency)
        if not currency or not currency.active:
            raise NeedsHuman(
                "inactive_currency",
                f"Currency {record.currency} is not active in Odoo. Activate it, then replay.",
                key=record.currency,
                **self._get_stake(record),
            )
        return currency

    def _check_contact(self, record, partner):
        """The contact is in use: nothing is booked on one that a person has archived.

        :raises NeedsHuman: where it is archived
        """
        if not partner.active:
            raise NeedsHuman(
                ARCHIVED,
                f"The contact of customer {record.customer_id}, “{partner.display_name}”, is "
                "archived. Unarchive it or merge it with another one.",
                key=record.customer_id,
                **self._get_stake(record),
            )

    def _check_precision(self, record, currency, amounts):
        """Every amount can be held exactly.

        :raises NeedsHuman: where the currency has too few decimals in Odoo
        """
        if not all(fits(amount, currency.decimal_places) for amount in amounts):
            raise NeedsHuman(
                "currency_precision",
                f"Odoo keeps {currency.decimal_places} decimals of {currency.name}, the biller's "
                "amounts have more. Correct the currency's rounding, then replay.",
                key=currency.name,
                **self._get_stake(record),
            )

    def _check_open(self, record, day, journal, has_tax):
        """The day is not in a locked period; Odoo would move the date without asking.

        :raises NeedsHuman: where it is
        """
        company = journal.company_id
        violated = company._get_violated_lock_dates(day, has_tax, journal)
        if violated:
            raise NeedsHuman(
                "closed_period",
                f"{company.name} is closed on {day} ({company._format_lock_dates(violated)}). "
                "Grant an exception to the lock date or reopen the period, then replay.",
                key=f"{day:%Y-%m}",
                **self._get_stake(record),
            )

    def _get_stake(self, record):
        """The money that waits while `record` is parked."""
        amount = getattr(record, "total", None)
        return {
            "amount": record.amount if amount is None else amount,
            "currency": record.currency,
        }

    def _naive(self, instant):
        """An instant as Odoo stores it: UTC, without saying so."""
        return instant.astimezone(UTC).replace(tzinfo=None) if instant else False

    def _get_day(self, batch, instant):
        """Accounting day of an instant on this connection."""
        return instant.astimezone(batch.connection._get_zone()).date()
