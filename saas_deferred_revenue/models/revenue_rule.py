"""Versioned revenue treatment: which lines are deferred, how, and to which accounts."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

METHODS = [
    ("daily", "By day"),
    ("monthly", "By month, partial months by day"),
    ("full_months", "By full months"),
    ("point_in_time", "At the start of service"),
    ("on_usage", "On usage, at the invoice date"),
]
# Usage is billed in arrears: its revenue is earned when it is invoiced.
METHODS_AT_INVOICE = ("on_usage",)
DEFERRED_ACCOUNT_TYPES = ("liability_current", "liability_non_current")


class RevenueRule(models.Model):
    _name = "saas.revenue.rule"
    _description = "Revenue Rule"
    _inherit = ["mail.thread"]
    _order = "company_id, sequence, code, version desc"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(
        required=True, copy=False, help="Stays the same over all versions of the rule."
    )
    version = fields.Integer(required=True, default=1, copy=False, readonly=True)
    state = fields.Selection(
        [("draft", "Draft"), ("approved", "Approved"), ("superseded", "Superseded")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
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
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_on = fields.Datetime(readonly=True, copy=False)

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

    @api.constrains("deferred_account_id", "revenue_account_id", "journal_id")
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

    # ------------------------------------------------------------------
    # Life of a version
    # ------------------------------------------------------------------

    def action_approve(self):
        """Put a draft in force; versions that begin on its first day or later are superseded.

        One that begins earlier goes on deciding about the documents from before that day.
        """
        self._check_manager()
        for rule in self:
            if rule.state != "draft":
                raise UserError(self.env._("Only a draft can be approved."))
            rule._get_replaced_versions()._set_state("superseded")
            rule._set_state(
                "approved", approved_by_id=self.env.uid, approved_on=fields.Datetime.now()
            )

    def action_new_version(self):
        """Open a draft that will replace this rule for the invoices posted after its approval."""
        self.ensure_one()
        latest = self.search(self._get_code_domain(), order="version desc", limit=1)
        draft = self.copy({"code": self.code, "version": latest.version + 1, "name": self.name})
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": draft.id,
            "view_mode": "form",
        }

    def _get_code_domain(self):
        return [("company_id", "=", self.company_id.id), ("code", "=", self.code)]

    def _get_replaced_versions(self):
        domain = [*self._get_code_domain(), ("state", "=", "approved")]
        if self.date_from:
            domain.append(("date_from", ">=", self.date_from))
        return self.search(domain)

    def _check_manager(self):
        manager = "saas_deferred_revenue.group_revenue_manager"
        if not self.env.su and not self.env.user.has_group(manager):
            raise UserError(self.env._("Only a revenue manager approves revenue rules."))

    def _set_state(self, state, **values):
        result = super().write({"state": state, **values})
        # The index allows one approved version: the old one must leave before the new one enters.
        self.env.flush_all()
        self.env.registry.clear_cache()
        return result

    def _get_mutable_fields(self):
        """Fields of an approved rule that say nothing about the treatment."""
        chatter = {name for name in self._fields if name.startswith("message_")}
        return {"sequence", "name"} | chatter

    def copy_data(self, default=None):
        vals_list = super().copy_data(default=default)
        for rule, vals in zip(self, vals_list, strict=True):
            vals.setdefault("code", self.env._("%s-COPY", rule.code))
        return vals_list

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env.registry.clear_cache()
        return rules

    def write(self, vals):
        if "state" in vals:
            raise UserError(self.env._("The state of a revenue rule changes by its buttons."))
        settled = self.filtered(lambda rule: rule.state != "draft")
        if settled and not set(vals) <= self._get_mutable_fields():
            raise UserError(
                self.env._(
                    "“%s” is not a draft any more. Open a new version instead.", settled[0].name
                )
            )
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if any(rule.state != "draft" for rule in self):
            raise UserError(self.env._("Only drafts of revenue rules can be deleted."))
