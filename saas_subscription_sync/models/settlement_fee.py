"""What the provider kept, by kind: one row per fee, only ever added."""

from odoo import fields, models


class SaasSettlementFee(models.Model):
    _name = "saas.settlement.fee"
    _description = "Settlement Fee"
    _inherit = ["saas.append.only"]
    _order = "date desc, id desc"
    _rec_name = "kind"
    _check_company_auto = True

    transaction_id = fields.Many2one(
        "saas.settlement.transaction",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="transaction_id.company_id", store=True, index=True)
    connection_id = fields.Many2one(related="transaction_id.connection_id", store=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    settlement_id = fields.Many2one(related="transaction_id.settlement_id", string="Payout")
    category = fields.Char(related="transaction_id.category", store=True)
    date = fields.Date(related="transaction_id.date", store=True)
    kind = fields.Char(required=True, readonly=True)
    description = fields.Char(readonly=True)
    currency_id = fields.Many2one(related="transaction_id.currency_id", store=True)
    amount = fields.Monetary(readonly=True, help="Positive where it is taken.")
    company_amount = fields.Monetary(
        string="Amount (company currency)", readonly=True, currency_field="company_currency_id"
    )
    account_id = fields.Many2one("account.account", readonly=True, required=True)
