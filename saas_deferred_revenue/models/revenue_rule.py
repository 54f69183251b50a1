"""Versioned revenue treatment: which lines are deferred, how, and to which accounts."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

METHODS = [
    ("daily", "By day"),
    ("monthly", "By month, partial months by day"),
    ("full_months", "By full months"),
    ("point_in_time", "At the start of service"),
    ("on_usage", "On usage, at the invoice date"),
]
# Usage is billed in arrears: its revenue is earned when it is invoiced.
METHODS_AT_INVOICE = ("on_usage",)
REFUND_POLICIES = [
    ("pro_rata", "Is spread over the whole service"),
    ("prospective", "Lowers what is to come"),
    ("immediate", "Is taken back at once"),
]
DEFERRED_ACCOUNT_TYPES = ("liability_current", "liability_non_current")


class RevenueRule(models.Model):
    _name = "saas.revenue.rule"
    _description = "Revenue Rule"
    _inherit = ["saas.revenue.decision"]
    _order = "company_id, sequence, code, version desc"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(
        required=True, copy=False, help="Stays the same over all versions of the rule."
    )
    version = fields.Integer(required=True, default=1, copy=False, readonly=True)
    state = fields.Selection(
        selection_add=[("superseded", "Superseded")], ondelete={"superseded": "cascade"}
    )
    reason = fields.Text(copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    sequence = fields.Integer(
        default=10, help="The first approved rule that matches a line decides about it."
    )
    method = fields.Selection(METHODS, required=True, default="daily", tracking=True)
    deferred_account_id = fields.Many2one(
        "account.account",
        required=True,
        check_company=True,
        domain=f"[('account_type', 'in', {DEFERRED_ACCOUNT_TYPES})]",
        tracking=True,
        ondelete="restrict",
        help="Liability that carries what was billed and is not earned yet.",
    )
    revenue_account_id = fields.Many2one(
        "account.account",
        check_company=True,
        domain="[('internal_group', '=', 'income')]",
        tracking=True,
        ondelete="restrict",
        help="Where revenue is earned. Empty: the income account of the line's product.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        required=True,
        check_company=True,
        domain="[('type', '=', 'general')]",
        tracking=True,
        ondelete="restrict",
        help="Journal of the month-end entries.",
    )
    product_id = fields.Many2one(
        "product.product", check_company=True, ondelete="restrict", help="Empty: any product."
    )
    product_category_id = fields.Many2one(
        "product.category",
        ondelete="restrict",
        help="Products of this category and those below it. Empty: any.",
    )
    catalog_mapping_id = fields.Many2one(
        "saas.catalog.mapping",
        string="Price",
        check_company=True,
        ondelete="restrict",
        help="Lines billed at this price. Empty: any price, or none.",
    )
    connection_id = fields.Many2one(
        "saas.billing.connection",
        check_company=True,
        ondelete="restrict",
        help="Documents of this connection. Empty: of any, or made in Odoo.",
    )
    date_from = fields.Date(
        string="Invoices From",
        tracking=True,
        help="First invoice date the version decides about. Empty: no matter how early.",
    )
    date_to = fields.Date(
        string="Invoices Until",
        tracking=True,
        help="Last invoice date the version decides about. Empty: no end.",
    )
    refund_policy = fields.Selection(
        REFUND_POLICIES,
        required=True,
        default="pro_rata",
        tracking=True,
        string="What a Credit Note Takes Back",
        help="Spread over the whole service, its share of the past is taken back on its day and "
        "its share of the future lowers what is to come. Otherwise it lowers what is to come and "
        "what it exceeds that by is taken back on its day; or the other way round. A void takes "
        "everything back as it was earned, whatever is chosen here.",
    )
    contra_account_id = fields.Many2one(
        "account.account",
        string="Contra-revenue Account",
        check_company=True,
        domain="[('internal_group', '=', 'income')]",
        tracking=True,
        ondelete="restrict",
        help="Where credit notes take back what was earned before their day. Empty: from the "
        "account on which it was earned.",
    )
    cancellation_policy = fields.Selection(
        [("continue", "Goes on to its end"), ("accelerate", "Is earned at the cancellation")],
        required=True,
        default="continue",
        tracking=True,
        string="When Cancelled without Credit, the Rest",
        help="Earning it at the cancellation is proposed; a person decides.",
    )
    pause_policy = fields.Selection(
        [("continue", "Goes on as billed"), ("extend", "Moves by the pause")],
        required=True,
        default="continue",
        tracking=True,
        string="When Paused, the Rest",
        help="Moving it is proposed once the subscription goes on; a person decides.",
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    approval_limit = fields.Monetary(
        currency_field="company_currency_id",
        tracking=True,
        help="Amendments that move no more than this may be approved by another revenue accountant;"
        " all others, and all where it is zero, by a revenue manager.",
    )
    _code_version_unique = models.Constraint(
        "UNIQUE (company_id, code, version)",
        "This version of the rule exists already.",
    )
    _one_approved_version = models.UniqueIndex(
        "(company_id, code, COALESCE(date_from, '-infinity'::date)) WHERE state = 'approved'",
        "Another version of this rule, from the same date on, is approved already.",
    )

    @api.depends("name", "version")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = self.env._(
                "%(name)s, version %(version)s", name=rule.name, version=rule.version
            )

    @api.constrains("deferred_account_id", "revenue_account_id", "contra_account_id", "journal_id")
    def _check_accounts(self):
        for rule in self:
            if rule.deferred_account_id.account_type not in DEFERRED_ACCOUNT_TYPES:
                raise ValidationError(
                    self.env._("The deferred account of “%s” must be a liability.", rule.name)
                )
            if rule.deferred_account_id.reconcile:
                raise ValidationError(
                    self.env._(
                        "The deferred account of “%s” must not be reconcilable: its balance is "
                        "explained by schedules, not by matching entries.",
                        rule.name,
                    )
                )
            if rule.revenue_account_id and rule.revenue_account_id.internal_group != "income":
                raise ValidationError(
                    self.env._("The revenue account of “%s” must be an income account.", rule.name)
                )
            if rule.contra_account_id and rule.contra_account_id.internal_group != "income":
                raise ValidationError(
                    self.env._(
                        "The contra-revenue account of “%s” must be an income account.", rule.name
                    )
                )
            if rule.journal_id.type != "general":
                raise ValidationError(
                    self.env._("The journal of “%s” must be a miscellaneous journal.", rule.name)
                )

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for rule in self:
            if rule.date_from and rule.date_to and rule.date_to < rule.date_from:
                raise ValidationError(
                    self.env._("“%s” ends before it begins: correct its dates.", rule.name)
                )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default=default)
        for rule, vals in zip(self, vals_list, strict=True):
            vals.setdefault("code", self.env._("%s-COPY", rule.code))
        return vals_list

    def _get_problem(self):
        """Why revenue cannot be deferred by this rule any more, and what to do; else False."""
        self.ensure_one()
        accounts = self.deferred_account_id | self.revenue_account_id | self.contra_account_id
        archived = accounts.filtered(lambda account: not account.active)
        if archived:
            return self.env._(
                "Account %(account)s of revenue rule “%(rule)s” is archived. Unarchive it, or"
                " approve a new version of the rule with another account.",
                account=archived[0].display_name,
                rule=self.name,
            )
        if not self.journal_id.active:
            return self.env._(
                "Journal %(journal)s of revenue rule “%(rule)s” is archived. Unarchive it, or"
                " approve a new version of the rule with another journal.",
                journal=self.journal_id.display_name,
                rule=self.name,
            )
        return False
