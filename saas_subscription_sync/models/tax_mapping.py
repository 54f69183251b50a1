"""Tax rate of the biller → sales tax of Odoo."""

from odoo import fields, models


class SaasTaxMapping(models.Model):
    _name = "saas.tax.mapping"
    _description = "Tax Mapping"
    _inherit = ["saas.mapping"]

    percentage = fields.Float(readonly=True, digits=(16, 4))
    inclusive = fields.Boolean(readonly=True, help="Contained in the price.")
    country_code = fields.Char(readonly=True, string="Country")
    jurisdiction = fields.Char(readonly=True)
    tax_id = fields.Many2one(
        "account.tax",
        check_company=True,
        tracking=True,
        domain="[('type_tax_use', '=', 'sale'), ('amount_type', '!=', 'group'),"
        " ('company_id', '=', company_id)]",
    )

    _external_unique = models.Constraint(
        "UNIQUE(connection_id, external_id)", "A tax rate is mapped once per connection."
    )

    def _get_issue_code(self):
        return "unmapped_tax"

    def _get_target_field(self):
        return "tax_id"

    def _find_tax(self, company, percentage, inclusive):
        """The only active sales tax of `company` with this rate, or none where there are several.

        :param percentage: `Decimal`, 20 for 20 %
        """
        taxes = self.env["account.tax"].search(
            [
                *self.env["account.tax"]._check_company_domain(company),
                ("type_tax_use", "=", "sale"),
                ("amount_type", "=", "percent"),
                ("amount", "=", float(percentage)),
            ]
        )
        found = taxes.filtered(lambda tax: tax.price_include == inclusive)
        return found if len(found) == 1 else found.browse()
