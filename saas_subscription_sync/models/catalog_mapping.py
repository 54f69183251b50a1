"""Price of the biller → product of Odoo: which income account and which revenue treatment apply."""

from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

INTERVALS = [("day", "Day"), ("week", "Week"), ("month", "Month"), ("year", "Year")]


class SaasCatalogMapping(models.Model):
    _name = "saas.catalog.mapping"
    _description = "Catalogue Mapping"
    _inherit = ["saas.mapping"]

    product_external_id = fields.Char(readonly=True, string="External Product", index=True)
    product_id = fields.Many2one("product.product", check_company=True, tracking=True)
    product_state = fields.Selection(related="product_id.saas_state", string="Product There")
    account_id = fields.Many2one(
        "account.account",
        string="Income Account",
        check_company=True,
        tracking=True,
        domain="[('internal_group', '=', 'income')]",
        help="Where lines of this price are earned. Empty: the account of the product.",
    )
    effective_account_id = fields.Many2one(
        "account.account", compute="_compute_effective", string="Earned On"
    )
    product_tax_ids = fields.Many2many(
        "account.tax",
        compute="_compute_effective",
        string="Taxes of the Product",
        help="For invoices made in Odoo. Documents of the billing provider carry their own taxes.",
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    unit_amount = fields.Float(
        readonly=True,
        min_display_digits="Product Price",
        help="Per unit and interval; empty for tiered prices.",
    )
    interval = fields.Selection(INTERVALS, readonly=True, help="Empty: billed once.")
    interval_count = fields.Integer(readonly=True, default=1)
    metered = fields.Boolean(readonly=True, help="Billed by usage, in arrears.")
    tax_behavior = fields.Char(
        readonly=True, string="Tax", help="Whether the provider's price contains tax."
    )
    package_size = fields.Integer(readonly=True, default=1, help="Units that are sold together.")
    package_round_up = fields.Boolean(
        readonly=True, default=True, help="A package that is begun counts whole."
    )
    tiers_mode = fields.Char(
        readonly=True,
        string="Tiered",
        help="Graduated: each unit at its own tier. Volume: all at the last one reached.",
    )
    tiers = fields.Json(readonly=True)
    price_text = fields.Text(compute="_compute_price_text", string="In Words")

    _external_unique = models.Constraint(
        "UNIQUE(connection_id, external_id)", "A price is mapped once per connection."
    )

    @api.model
    def _get_two_person_fields(self):
        return super()._get_two_person_fields() | {"account_id"}

    @api.constrains("account_id")
    def _check_account(self):
        for mapping in self:
            if mapping.account_id and mapping.account_id.internal_group != "income":
                raise ValidationError(
                    self.env._("“%s” needs an income account.", mapping.display_name)
                )

    def _get_issue_code(self):
        return "unmapped_price"

    def _get_target_field(self):
        return "product_id"

    @api.depends("product_id", "account_id")
    def _compute_effective(self):
        for mapping in self:
            product = mapping.product_id.with_company(mapping.company_id)
            mapping.effective_account_id = (
                mapping.account_id or product.product_tmpl_id.get_product_accounts()["income"]
            )
            mapping.product_tax_ids = product.taxes_id.filtered(
                lambda tax, company=mapping.company_id: tax.company_id == company
            )

    # ── the price in words ───────────────────────────────────────────────────────────────────

    @api.depends("unit_amount", "interval", "interval_count", "metered", "package_size", "tiers")
    @api.depends_context("lang")
    def _compute_price_text(self):
        for mapping in self:
            mapping.price_text = "\n".join([mapping._get_headline(), *mapping._get_tier_lines()])

    def _get_headline(self):
        parts = [self._get_amount_text(), self._get_rhythm_text()]
        if self.metered:
            parts.append(self.env._("by usage"))
        return ", ".join(filter(None, parts))

    def _get_amount_text(self):
        if self.tiers_mode == "volume":
            return self.env._("All units at the tier that is reached")
        if self.tiers_mode:
            return self.env._("Each unit at its own tier")
        amount = self._format(self.unit_amount)
        if self.package_size > 1:
            return self.env._(
                "%(amount)s per %(count)s units", amount=amount, count=self.package_size
            )
        return self.env._("%s each", amount)

    def _get_rhythm_text(self):
        if not self.interval:
            return self.env._("once")
        unit = dict(self._fields["interval"]._description_selection(self.env))[self.interval]
        if self.interval_count == 1:
            return self.env._("every %s", unit.lower())
        return self.env._(
            "every %(count)s × %(unit)s", count=self.interval_count, unit=unit.lower()
        )

    def _get_tier_lines(self):
        if not self.tiers_mode:
            return []
        if not self.tiers:
            return [self.env._("Events do not tell the tiers: import the prices to see them.")]
        lines, first = [], Decimal(1)
        for up_to, unit_amount, flat_amount in self.tiers:
            lines.append(self._get_tier_line(first, up_to, unit_amount, flat_amount))
            first = Decimal(up_to) + 1 if up_to else first
        return lines

    def _get_tier_line(self, first, up_to, unit_amount, flat_amount):
        amounts = []
        if unit_amount is not None:
            amounts.append(self.env._("%s each", self._format(unit_amount)))
        if flat_amount is not None:
            amounts.append(self.env._("%s once", self._format(flat_amount)))
        span = f"{first}–{up_to}" if up_to else self.env._("from %s", first)
        return f"{span}: {' + '.join(amounts)}"

    def _format(self, amount):
        """An amount with as many decimals as it has, at least those of the currency."""
        exact = Decimal(str(amount or 0)).normalize()
        decimals = max(self.currency_id.decimal_places or 0, -exact.as_tuple().exponent)
        return f"{exact:.{decimals}f} {self.currency_id.name or ''}".strip()
