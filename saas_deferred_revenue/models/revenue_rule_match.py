"""Which rule decides about a line: one table per company, read once."""

from datetime import date, timedelta
from typing import NamedTuple

from odoo import api, models, tools


class Match(NamedTuple):
    """What a rule asks of a line; 0 stands for anything.

    The invoice date lies in `[date_from, date_end)`.
    """

    rule_id: int
    code: str
    product_id: int
    category_id: int
    mapping_id: int
    connection_id: int
    date_from: date
    date_end: date

    def is_in_time(self, day):
        return self.date_from <= day < self.date_end

    def fits(self, product, mapping, connection):
        path = f"/{product.categ_id.parent_path or ''}"
        return (
            self.product_id in (0, product.id)
            and self.mapping_id in (0, mapping.id)
            and self.connection_id in (0, connection.id)
            and (not self.category_id or f"/{self.category_id}/" in path)
        )


class RevenueRule(models.Model):
    _inherit = "saas.revenue.rule"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _find_for_line(self, line, mapping, day, connection):
        """The approved rule for what was billed, or an empty record.

        :param line: an invoice line, or a fact from before the cut-over
        :param mapping: its catalogue mapping, or none; the rule that it names goes first
        :param day: its document's invoice date
        :param connection: its document's connection, or none
        """
        named = mapping.sudo().saas_revenue_rule_id.code
        others = []
        for match in self._get_match_table(line.company_id.id):
            if not match.is_in_time(day):
                continue
            if match.code == named:
                return self.browse(match.rule_id)
            others.append(match)
        for match in others:
            if match.fits(line.product_id, mapping, connection):
                return self.browse(match.rule_id)
        return self.browse()

    @api.model
    @tools.ormcache("company_id")
    def _get_match_table(self, company_id):
        """`Match` tuples of a company's approved rules, first match first."""
        rules = self.sudo().search([("company_id", "=", company_id), ("state", "=", "approved")])
        return rules._prepare_match_table()

    def _prepare_match_table(self):
        """Rules in their order, and of one rule its newest version first."""
        newest_first = self.sorted("version", reverse=True)
        place = {}
        for rule in newest_first:
            place.setdefault(rule.code, (rule.sequence, rule.code))
        return tuple(
            rule._prepare_match() for rule in newest_first.sorted(lambda rule: place[rule.code])
        )

    def _prepare_match(self):
        end = self.date_to and self.date_to < date.max and self.date_to + timedelta(days=1)
        return Match(
            rule_id=self.id,
            code=self.code,
            product_id=self.product_id.id or 0,
            category_id=self.product_category_id.id or 0,
            mapping_id=self.catalog_mapping_id.id or 0,
            connection_id=self.connection_id.id or 0,
            date_from=self.date_from or date.min,
            date_end=end or date.max,
        )

    @api.model
    @tools.ormcache("company_id")
    def _get_deferred_account_ids(self, company_id):
        """Accounts to which any version of the company's rules defers."""
        rules = self.sudo().search([("company_id", "=", company_id)])
        return frozenset(rules.deferred_account_id.ids)
