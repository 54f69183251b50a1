"""Credit that customers hold for usage at the provider: what was granted, and what became of it."""

from odoo import api, fields, models

#: What a credit transaction tells, as the provider names it.
KINDS = [
    ("credits_granted", "Granted"),
    ("credits_applied", "Used on an Invoice"),
    ("credits_application_invoice_voided", "Given Back by a Void"),
    ("credits_expired", "Expired"),
    ("credits_voided", "Voided"),
]


class SaasCreditGrant(models.Model):
    """A grant follows its newest snapshot; what is left of it is the sum of its transactions."""

    _name = "saas.credit.grant"
    _description = "Credit Grant"
    _order = "effective_at desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True)
    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    external_id = fields.Char(required=True, readonly=True, string="External ID")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
    )
    category = fields.Selection(
        [("paid", "Paid"), ("promotional", "Promotional")],
        required=True,
        readonly=True,
        help="Paid: a prepayment that usage is settled from. Promotional: a discount on usage.",
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(string="Granted", readonly=True)
    effective_at = fields.Datetime(string="Valid From", readonly=True)
    expires_at = fields.Datetime(string="Expires", readonly=True)
    voided_at = fields.Datetime(string="Voided", readonly=True)
    transaction_ids = fields.One2many("saas.credit.transaction", "grant_id", readonly=True)
    left_amount = fields.Monetary(
        string="Left", compute="_compute_left_amount", store=True, help="Granted and not used yet."
    )

    _external_unique = models.Constraint(
        "UNIQUE(connection_id, external_id)", "A credit grant is kept once per connection."
    )

    @api.depends("transaction_ids.amount")
    def _compute_left_amount(self):
        for grant in self:
            grant.left_amount = sum(grant.transaction_ids.mapped("amount"))


class SaasCreditTransaction(models.Model):
    _name = "saas.credit.transaction"
    _description = "Credit Transaction"
    _inherit = ["saas.append.only"]
    _order = "effective_at, id"
    _check_company_auto = True

    grant_id = fields.Many2one("saas.credit.grant", required=True, index=True, ondelete="restrict")
    connection_id = fields.Many2one(
        "saas.billing.connection", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True, index=True)
    external_id = fields.Char(required=True, string="External ID")
    kind = fields.Selection(KINDS, required=True)
    currency_id = fields.Many2one(related="grant_id.currency_id")
    amount = fields.Monetary(help="Positive: credit gained; negative: credit used or lost.")
    effective_at = fields.Datetime(required=True, string="Date")
    invoice_external_id = fields.Char(string="Billing Invoice ID", index="btree_not_null")

    _external_unique = models.Constraint(
        "UNIQUE(connection_id, external_id)", "A credit transaction is kept once per connection."
    )
