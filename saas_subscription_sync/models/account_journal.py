"""The provider's account as bank journals: one for each currency that it settles in."""

from odoo import fields, models


class AccountJournal(models.Model):
    _inherit = "account.journal"

    saas_connection_id = fields.Many2one(
        "saas.billing.connection",
        string="Billing Connection",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="Its balance in this journal's currency is kept here.",
    )

    _saas_settlement_unique = models.UniqueIndex(
        "(saas_connection_id, currency_id) WHERE saas_connection_id IS NOT NULL",
        "A connection has one journal for each currency that it settles in.",
    )

    def _get_settlement_currency(self):
        self.ensure_one()
        return self.currency_id or self.company_id.currency_id
