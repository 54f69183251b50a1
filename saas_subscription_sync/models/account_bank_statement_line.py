"""From a statement line to the movement of the provider's balance that it is."""

from odoo import fields, models


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    saas_transaction_ids = fields.One2many(
        "saas.settlement.transaction", "line_id", string="Balance Transaction", readonly=True
    )
