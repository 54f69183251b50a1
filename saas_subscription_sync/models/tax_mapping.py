"""Tax rate of the biller → sales tax of Odoo."""

from odoo import api, fields, models

from ..rules.taxation import EXEMPTIONS, UNTAXED


class SaasTaxMapping(models.Model):
    _name = "saas.tax.mapping"
    _description = "Tax Mapping"
    _inherit = ["saas.mapping"]

    percentage = fields.Float(readonly=True, digits=(16, 4))
    inclusive = fields.Boolean(readonly=True, help="Contained in the price.")
    country_code = fields.Char(readonly=True, string="Country")
    jurisdiction = fields.Char(readonly=True)
    reason = fields.Selection(
        list(UNTAXED.items()),
        string="Not Charged Because",
        readonly=True,
        help="What the rate becomes on lines where it was not charged for this reason. Empty: where"
        " it is charged.",
    )
    tax_id = fields.Many2one(
        "account.tax",
        check_company=True,
        tracking=True,
        domain="[('type_tax_use', '=', 'sale'), ('amount_type', '!=', 'group'),"
        " ('company_id', '=', company_id)]",
    )

    without_tax = fields.Boolean(
        string="Book without Tax",
        tracking=True,
        help="Lines get no tax in Odoo, so that the tax report does not show them.",
    )

    _external_unique = models.Constraint(
        "UNIQUE(connection_id, external_id)", "A tax rate is mapped once per connection."
    )

    def _get_issue_code(self):
        return "unmapped_tax"

    def _get_target_field(self):
        return "tax_id"

    def _is_complete(self):
        return super()._is_complete() or bool(self.reason and self.without_tax)

    @api.model
    def _get_two_person_fields(self):
        return super()._get_two_person_fields() | {"without_tax"}

    def _prepare_untaxed(self, connection, rate, key, reason):
        """Values of the mapping of a rate that was not charged for a reason.

        :param rate: the mapping of the rate where it is charged; may be empty
        """
        label = dict(self._fields["reason"]._description_selection(self.env))[reason]
        return {
            "connection_id": connection.id,
            "external_id": key,
            "name": f"{rate.name or self.env._('Tax')}, {label}",
            "percentage": rate.percentage,
            "inclusive": rate.inclusive,
            "country_code": rate.country_code,
            "jurisdiction": rate.jurisdiction,
            "reason": reason,
        }

    def _find_untaxed(self, connection, rate, reason, partner):
        """What the fiscal position makes of the rate's tax: values of the mapping.

        That of the tax status, else of the customer. Empty where it has no say or would charge
        something.
        """
        if connection.tax_policy != "match" or not rate.tax_id:
            return {}
        positions = self.env["account.fiscal.position"].with_company(connection.company_id)
        position = connection._get_fiscal_position(EXEMPTIONS.get(reason))
        position = position or positions._get_fiscal_position(partner)
        found = position.map_tax(rate.tax_id)
        adds_nothing = all(tax.has_negative_factor or not tax.amount for tax in found)
        if not position or len(found) > 1 or not adds_nothing:
            return {}
        return {"tax_id": found.id, "without_tax": not found, **self._prepare_approval()}

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
