"""Which invoice lines are deferred, and to which account they post."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.sql import column_exists, create_column

from .revenue_rule import DEFERRED_ACCOUNT_TYPES, METHODS_AT_INVOICE

#: What says when a line is served.
SERVICE_DATES = frozenset({"saas_service_start", "saas_service_end"})


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    saas_revenue_rule_id = fields.Many2one(
        "saas.revenue.rule",
        string="Revenue Rule",
        compute="_compute_saas_revenue_rule_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The rule that defers this line; empty when its revenue is earned at once.",
    )
    saas_revenue_account_id = fields.Many2one(
        "account.account",
        string="Revenue Account",
        compute="_compute_saas_revenue_account_id",
        store=True,
        precompute=True,
        ondelete="restrict",
        help="Where the revenue of a deferred line will be earned.",
    )
    saas_opening_row_id = fields.Many2one(
        "saas.revenue.opening.row",
        string="Row of Deferred Balances",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="The row of a file that brought the item and said how it is earned.",
    )
    saas_revenue_schedule_ids = fields.One2many(
        "saas.revenue.schedule", "move_line_id", string="Revenue Schedule"
    )
    saas_revenue_posting_ids = fields.One2many("saas.revenue.posting", "move_line_id")
    saas_deferred_posting_ids = fields.One2many(
        "saas.revenue.posting", "deferred_move_line_id", string="Released Postings"
    )

    def _auto_init(self):
        # Lines that exist at installation are not deferred: no need to compute millions of them.
        for column in ("saas_revenue_rule_id", "saas_revenue_account_id"):
            if not column_exists(self.env.cr, self._table, column):
                create_column(self.env.cr, self._table, column, "int4")
        return super()._auto_init()

    def write(self, vals):
        """The dates of a posted line are those of its schedule, which only people amend."""
        if not SERVICE_DATES.isdisjoint(vals):
            for line in self.sudo():
                if line.parent_state == "posted" and line.saas_revenue_schedule_ids:
                    raise UserError(
                        self.env._(
                            "Revenue of “%s” is spread over its service: correct the dates with"
                            " Amend on its revenue schedule.",
                            line.name,
                        )
                    )
        return super().write(vals)

    # ------------------------------------------------------------------
    # Rule
    # ------------------------------------------------------------------

    @api.depends(
        "display_type",
        "product_id",
        "saas_catalog_mapping_id",
        "saas_service_start",
        "saas_service_end",
        "saas_credited_line_id",
        "move_id.move_type",
        "move_id.invoice_date",
        "move_id.company_id",
        "move_id.reversed_entry_id",
        "move_id.saas_connection_id",
    )
    def _compute_saas_revenue_rule_id(self):
        field = self._fields["saas_revenue_rule_id"]
        for line in self:
            if line.parent_state == "posted":
                # What a posted line is was decided when it was posted.
                line.saas_revenue_rule_id = line.saas_revenue_rule_id
                continue
            known = bool(line.id) or self.env.cache.contains(line, field)
            before = line.saas_revenue_rule_id
            line.saas_revenue_rule_id = line._get_saas_revenue_rule()
            # The account does not depend on the rule by `depends`: every change of a date would
            # then reset accounts that somebody chose by hand. Only a new treatment does.
            if known and before != line.saas_revenue_rule_id:
                line._conditional_add_to_compute("account_id", lambda _line: True)

    def _get_saas_revenue_rule(self):
        """The rule that defers this line, or an empty record."""
        rules = self.env["saas.revenue.rule"]
        if self.display_type != "product":
            return rules
        if self.saas_opening_row_id:
            return rules.browse(self.saas_opening_row_id.sudo().rule_id.id)
        if self.saas_opening_fact_id:
            return self.saas_opening_fact_id._get_revenue_rule()
        if self._takes_saas_revenue_back():
            return self._get_saas_credited_line().saas_revenue_rule_id
        if not self._has_saas_revenue_to_defer():
            return rules
        rule = rules._find_for_line(
            self,
            self.saas_catalog_mapping_id,
            self._get_saas_invoiced_on(),
            self.move_id.saas_connection_id,
        )
        return rules if rule.sudo().method in METHODS_AT_INVOICE else rule

    def _takes_saas_revenue_back(self):
        """Whether the line credits or reverses another document, whose treatment it follows.

        An entry that reverses another knows item by item what it takes back: its other items are
        counterparts, which nothing defers whatever account they stand on.
        """
        reversed_entry = self.move_id.move_type != "entry" and self.move_id.reversed_entry_id
        return bool(self.saas_credited_line_id or reversed_entry)

    def _get_saas_credited_line(self):
        """A deferred line that this one takes back: by link, else the first of its document."""
        credited = self.saas_credited_line_id or self.move_id.reversed_entry_id.line_ids
        return credited.filtered("saas_revenue_rule_id")[:1]

    def _has_saas_revenue_to_defer(self):
        """Whether a sale line's service goes on after the invoice date.

        One-off and zero-length lines, and periods already over, earn their revenue at once.
        """
        move, start, end = self.move_id, self.saas_service_start, self.saas_service_end
        if not (start and end and move.is_sale_document(include_receipts=True)):
            return False
        return start < end and (end - self._get_saas_invoiced_on()).days > 1

    def _get_saas_invoiced_on(self):
        """The invoice date; a draft without one is taken to be invoiced today."""
        return self.move_id.invoice_date or fields.Date.context_today(self)

    @api.onchange("saas_service_last_day")
    def _onchange_saas_service_last_day(self):
        # The form then shows at once whether the line is deferred.
        self._inverse_saas_service_last_day()

    # ------------------------------------------------------------------
    # Accounts
    # ------------------------------------------------------------------

    @api.depends(
        "saas_revenue_rule_id",
        "product_id",
        "saas_catalog_mapping_id",
        "move_id.fiscal_position_id",
    )
    def _compute_saas_revenue_account_id(self):
        income = {}  # the lines of a batch have few products, and finding an account takes long
        for line in self:
            rule = line.saas_revenue_rule_id.sudo()
            if line.parent_state == "posted":
                line.saas_revenue_account_id = line.saas_revenue_account_id
            elif not rule:
                line.saas_revenue_account_id = False
            elif row := line.saas_opening_row_id.sudo():
                line.saas_revenue_account_id = row.revenue_account_id
            elif line._takes_saas_revenue_back():
                credited = line._get_saas_credited_line()
                line.saas_revenue_account_id = credited.saas_revenue_account_id
            elif rule.revenue_account_id:
                line.saas_revenue_account_id = rule.revenue_account_id
            else:
                key = line._get_saas_income_key()
                if key not in income:
                    income[key] = line._get_saas_income_account()
                line.saas_revenue_account_id = income[key]

    def _get_saas_income_key(self):
        """What the income account depends on."""
        move = self.move_id
        return (
            move.company_id.id,
            move.journal_id.id,
            move.fiscal_position_id.id,
            self.product_id.id,
            self.saas_catalog_mapping_id.id,
        )

    def _get_saas_income_account(self):
        """The income account the line would have had: its product's, else its journal's."""
        self = self.with_company(self.company_id)
        if account := self._get_saas_price_account():
            return account
        accounts = self.product_id.product_tmpl_id.get_product_accounts(
            fiscal_pos=self.move_id.fiscal_position_id
        )
        return (
            (self.product_id and accounts["income"])
            or self.move_id.journal_id.default_account_id
            or self.company_id.income_account_id
        )

    def _compute_account_id(self):
        """Determine the income account as ever, then put deferred lines on the deferred account."""
        for line in self:
            if not line.saas_revenue_rule_id and line._is_on_saas_deferred_account():
                line.account_id = False
        result = super()._compute_account_id()
        for line in self:
            if rule := line.saas_revenue_rule_id.sudo():
                line.account_id = line._get_saas_deferred_account(rule)
        return result

    def _get_analytic_distribution_arguments(self, root_plans):
        """A deferred line is distributed as the revenue that it becomes."""
        arguments = super()._get_analytic_distribution_arguments(root_plans)
        if account := self.saas_revenue_account_id:
            arguments["account_prefix"] = account.code
        return arguments

    def _validate_distribution(self, **kwargs):
        """What plans ask of revenue accounts, they ask of the lines that become such revenue."""
        if account := self.saas_revenue_account_id:
            kwargs["account"] = account.id
        return super()._validate_distribution(**kwargs)

    def _get_saas_deferred_account(self, rule):
        """Where a deferred line stands: as its row says, else where what it takes back stands."""
        if row := self.saas_opening_row_id.sudo():
            return row.deferred_account_id
        credited = self._takes_saas_revenue_back() and self._get_saas_credited_line()
        return credited.account_id if credited else rule.deferred_account_id

    def _is_on_saas_deferred_account(self):
        """Whether an invoice line stands on an account that a rule put it on."""
        if self.display_type != "product" or not self.move_id.is_sale_document(True):
            return False
        rules = self.env["saas.revenue.rule"]
        return self.account_id.id in rules._get_deferred_account_ids(self.company_id.id)

    def _is_saas_deferred(self):
        """Whether the line posts to a liability under a rule; a hand-picked income account wins."""
        return self.saas_revenue_rule_id and self.account_id.account_type in DEFERRED_ACCOUNT_TYPES

    def copy_data(self, default=None):
        """A copy finds its account anew: its own dates decide whether it is deferred."""
        vals_list = super().copy_data(default=default)
        for line, vals in zip(self, vals_list, strict=True):
            if vals and line._is_saas_deferred():
                vals.pop("account_id", None)
        return vals_list
