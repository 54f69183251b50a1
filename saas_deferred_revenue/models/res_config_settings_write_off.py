from odoo import fields, models


# As for the company: write-offs have a file of their own.
# pylint: disable=consider-merging-classes-inherited
class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    saas_bad_debt_account_id = fields.Many2one(
        related="company_id.saas_bad_debt_account_id", readonly=False
    )
    saas_bad_debt_tax_account_id = fields.Many2one(
        related="company_id.saas_bad_debt_tax_account_id", readonly=False
    )
    saas_write_off_auto = fields.Boolean(related="company_id.saas_write_off_auto", readonly=False)
    saas_write_off_limit = fields.Monetary(
        related="company_id.saas_write_off_limit", readonly=False, currency_field="currency_id"
    )
