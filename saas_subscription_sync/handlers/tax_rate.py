"""Tax rates become tax mappings: matched by policy where that is unambiguous."""

from odoo import models


class SaasBillingHandlerTaxRate(models.AbstractModel):
    _name = "saas.billing.handler.tax_rate"
    _description = "Billing Handler: Tax Rate"
    _inherit = "saas.billing.handler.latest"

    _canonical_type = "tax_rate"
    _record_model = "saas.tax.mapping"

    def _prepare_values(self, batch, record, resolved):
        return {
            "name": record.name,
            "percentage": float(record.percentage),
            "inclusive": record.inclusive,
            "country_code": record.country or False,
            "jurisdiction": record.jurisdiction or False,
            "active": record.active,
        }

    def _prepare_new(self, batch, record, resolved):
        values = {"connection_id": batch.connection.id, "external_id": record.external_id}
        tax = self._match(batch.connection, record)
        if tax:
            mapping = self.env["saas.tax.mapping"]
            values |= {"tax_id": tax.id, **mapping._prepare_approval()}
        return values

    def _match(self, connection, record):
        mapping = self.env["saas.tax.mapping"]
        if connection.tax_policy != "match":
            return mapping.tax_id
        return mapping._find_tax(connection.company_id, record.percentage, record.inclusive)
