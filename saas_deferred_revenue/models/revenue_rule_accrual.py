"""Whether prorations that wait for their invoice are revenue of the month already."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .revenue_rule import METHODS_AT_INVOICE

UNBILLED_ACCOUNT_TYPE = "asset_current"


class RevenueRule(models.Model):
    _inherit = "saas.revenue.rule"  # pylint: disable=consider-merging-classes-inherited

    accrue_unbilled = fields.Boolean(
        string="Accrue Unbilled Prorations",
        tracking=True,
        help="At each month end, book what was served of prorations that wait for their invoice,"
        " and take it back on the next day: the invoice books the revenue itself.",
    )
    unbilled_account_id = fields.Many2one(
        "account.account",
        string="Unbilled Receivable",
        check_company=True,
        domain=f"[('account_type', '=', '{UNBILLED_ACCOUNT_TYPE}'), ('reconcile', '=', False)]",
        tracking=True,
        ondelete="restrict",
        help="Current asset that carries what was served and not billed yet.",
    )

    @api.constrains("accrue_unbilled", "unbilled_account_id", "method")
    def _check_unbilled(self):
        for rule in self.filtered("accrue_unbilled"):
            account = rule.unbilled_account_id
            if account.account_type != UNBILLED_ACCOUNT_TYPE or account.reconcile:
                raise ValidationError(
                    self.env._(
                        "“%s” accrues unbilled prorations: choose a current asset for them that is"
                        " not reconcilable. Its balance is explained by accruals, not by matching"
                        " entries.",
                        rule.name,
                    )
                )
            if rule.method in METHODS_AT_INVOICE:
                raise ValidationError(
                    self.env._(
                        "“%s” earns revenue at the invoice date, so there is nothing to accrue"
                        " before. Choose another method or do not accrue.",
                        rule.name,
                    )
                )
