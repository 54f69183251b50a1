"""An unbilled item knows the rule and the account by which its revenue is earned."""

from odoo import api, fields, models
from odoo.tools import frozendict


class SaasPendingItem(models.Model):
    _inherit = "saas.pending.item"

    saas_revenue_rule_id = fields.Many2one(
        "saas.revenue.rule",
        string="Revenue Rule",
        compute="_compute_saas_revenue_rule_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="The rule that was approved when the item arrived; it says whether the item accrues.",
    )
    saas_revenue_account_id = fields.Many2one(
        "account.account",
        string="Revenue Account",
        compute="_compute_saas_revenue_account_id",
        store=True,
        precompute=True,
        ondelete="restrict",
        check_company=True,
    )
    saas_analytic_distribution = fields.Json(
        string="Analytic Distribution",
        compute="_compute_saas_analytic_distribution",
        store=True,
        precompute=True,
        help="As the distribution models had it for the item's revenue when it arrived.",
    )
    accrual_ids = fields.One2many("saas.revenue.accrual", "item_id", string="Accruals")

    @api.depends("catalog_mapping_id.product_id", "connection_id", "company_id", "created_on")
    def _compute_saas_revenue_rule_id(self):
        rules = self.env["saas.revenue.rule"]
        for item in self:
            if item._is_treatment_fixed():
                item.saas_revenue_rule_id = item.saas_revenue_rule_id
            else:
                item.saas_revenue_rule_id = rules._find_for_line(
                    item, item.catalog_mapping_id, item.created_on, item.connection_id
                )

    @api.depends("saas_revenue_rule_id")
    def _compute_saas_revenue_account_id(self):
        for item in self:
            if item._is_treatment_fixed():
                item.saas_revenue_account_id = item.saas_revenue_account_id
            else:
                rule = item.saas_revenue_rule_id.sudo()
                own = rule.revenue_account_id or (rule and item._get_income_account())
                item.saas_revenue_account_id = own.id if rule else False

    @api.depends("saas_revenue_account_id", "partner_id", "catalog_mapping_id.product_id")
    def _compute_saas_analytic_distribution(self):
        distributions = self.env["account.analytic.distribution.model"].sudo()
        found = {}  # the items of a batch have few customers and products
        for item in self:
            if item._is_treatment_fixed():
                item.saas_analytic_distribution = item.saas_analytic_distribution
            elif item.saas_revenue_account_id:
                arguments = frozendict(item._prepare_analytic_arguments())
                if arguments not in found:
                    found[arguments] = distributions._get_distribution(arguments)
                item.saas_analytic_distribution = found[arguments]
            else:
                item.saas_analytic_distribution = False

    def _prepare_analytic_arguments(self):
        """What the line of its invoice will ask distribution models with."""
        product = self.catalog_mapping_id.product_id
        return {
            "product_id": product.id,
            "product_categ_id": product.categ_id.id,
            "partner_id": self.partner_id.id,
            "partner_category_id": self.partner_id.category_id.ids,
            "account_prefix": self.saas_revenue_account_id.with_company(self.company_id).code,
            "company_id": self.company_id.id,
        }

    def _is_treatment_fixed(self):
        """Whether the item is settled or in the books: what it is was decided by then."""
        return bool(self.id) and (self.state != "pending" or bool(self.sudo().accrual_ids))

    def _get_income_account(self):
        """The income account that the line of its invoice will have, whatever taxes apply."""
        self = self.with_company(self.company_id)
        accounts = self.product_id.product_tmpl_id.get_product_accounts()
        return (
            self.catalog_mapping_id.sudo().account_id
            or (self.product_id and accounts["income"])
            or self.connection_id.sudo()._get_sales_journal().default_account_id
            or self.company_id.income_account_id
        )
