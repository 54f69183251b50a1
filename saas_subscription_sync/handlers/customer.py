"""Customers become partners of the connection's company."""

from odoo import models


class SaasBillingHandlerCustomer(models.AbstractModel):
    _name = "saas.billing.handler.customer"
    _description = "Billing Handler: Customer"
    _inherit = "saas.billing.handler.latest"

    _canonical_type = "customer"
    _record_model = "res.partner"

    def _resolve(self, batch):
        addresses = [change.record.address for change in batch]
        countries = self.env["res.country"].search(
            [("code", "in", list({each.country for each in addresses if each.country}))]
        )
        states = self.env["res.country.state"].search(
            [
                ("country_id", "in", countries.ids),
                ("code", "in", list({each.state for each in addresses if each.state})),
            ]
        )
        return {
            "countries": {country.code: country.id for country in countries},
            "states": {(state.country_id.code, state.code): state.id for state in states},
            "languages": self._get_languages(),
        }

    def _get_languages(self):
        """Installed languages by their short code: fr → fr_FR."""
        languages = {}
        for code, _name in self.env["res.lang"].get_installed():
            languages.setdefault(code.partition("_")[0], code)
        return languages

    def _prepare_values(self, batch, record, resolved):
        address = record.address
        language = (record.language or "").partition("-")[0]
        values = {
            "name": record.name or record.email or record.external_id,
            "email": record.email or False,
            "phone": record.phone or False,
            "street": address.street or False,
            "street2": address.street2 or False,
            "city": address.city or False,
            "zip": address.zip or False,
            "country_id": resolved["countries"].get(address.country, False),
            "state_id": resolved["states"].get((address.country, address.state), False),
        }
        if language in resolved["languages"]:
            values["lang"] = resolved["languages"][language]
        return values

    def _prepare_new(self, batch, record, resolved):
        return {
            "company_id": batch.connection.company_id.id,
            "is_company": bool(record.tax_ids),
            "customer_rank": 1,
        }
