"""What a month earned and would have earned, as it was shown to who approved a rule."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class RevenueRuleMonth(models.Model):
    """Written by the back-test; once its version is approved it is never written again."""

    _name = "saas.revenue.rule.month"
    _description = "Back-tested Month of a Revenue Rule"
    _order = "rule_id, month"

    rule_id = fields.Many2one(
        "saas.revenue.rule", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="rule_id.company_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    month = fields.Date(required=True, readonly=True)
    name = fields.Char(string="Month", compute="_compute_name", help="Year and month.")
    amount_before = fields.Monetary(
        string="Before",
        readonly=True,
        currency_field="company_currency_id",
        help="What the lines that the version decides about earned.",
    )
    amount_after = fields.Monetary(
        string="After",
        readonly=True,
        currency_field="company_currency_id",
        help="What they would have earned by the version.",
    )
    amount_change = fields.Monetary(
        string="Change", compute="_compute_change", currency_field="company_currency_id"
    )

    _month_unique = models.Constraint(
        "UNIQUE (rule_id, month)", "A month is told once per version of a rule."
    )

    @api.depends("month")
    def _compute_name(self):
        for line in self:
            line.name = f"{line.month:%Y-%m}"

    @api.depends("amount_before", "amount_after")
    def _compute_change(self):
        for line in self:
            line.amount_change = line.amount_after - line.amount_before

    @api.model_create_multi
    def create(self, vals_list):
        months = super().create(vals_list)
        months._check_open()
        return months

    def write(self, vals):
        self._check_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_open(self):
        self._check_open()

    def _check_open(self):
        if any(rule.state not in ("draft", "proposed") for rule in self.rule_id):
            raise UserError(
                self.env._("The back-test of an approved rule is kept as it was decided on.")
            )
