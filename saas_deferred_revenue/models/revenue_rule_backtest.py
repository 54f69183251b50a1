"""Trying a version of a rule on the past before it is decided about."""

from odoo import fields, models
from odoo.exceptions import UserError

from ..recognition.calendar import first_of_month, month_index, month_start
from . import revenue_backtest_sql

BACKTEST_MONTHS = 12


class RevenueRule(models.Model):
    _inherit = "saas.revenue.rule"  # pylint: disable=consider-merging-classes-inherited

    month_ids = fields.One2many(
        "saas.revenue.rule.month", "rule_id", string="Back-test", readonly=True, copy=False
    )
    backtested_on = fields.Datetime(readonly=True, copy=False)
    backtest_line_count = fields.Integer(
        string="Lines Looked at",
        readonly=True,
        copy=False,
        help="Posted invoice lines of these months that the version would decide about.",
    )

    def action_backtest(self):
        """Show revenue by month of the last twelve months, as it was and by this version."""
        self.check_access("write")
        for rule in self:
            if rule.state not in ("draft", "proposed"):
                raise UserError(
                    self.env._("“%s” is decided: its back-test is kept as it was.", rule.name)
                )
            rule.sudo()._backtest()

    def _backtest(self):
        first, before = self._get_backtest_period()
        self.env.flush_all()
        rows = self.env.execute_query(
            revenue_backtest_sql.by_month(self, self._prepare_proposed_table(), first, before)
        )
        self.month_ids.unlink()
        self.env["saas.revenue.rule.month"].create(
            [
                {"rule_id": self.id, "month": month, "amount_before": was, "amount_after": would_be}
                for month, was, would_be, _count in rows
            ]
        )
        self.write({"backtested_on": fields.Datetime.now(), "backtest_line_count": rows[0][-1]})

    def _get_backtest_period(self):
        """First day of the first month, and of the first month that is not over yet."""
        this_month = month_start(fields.Date.today())
        return first_of_month(month_index(this_month) - BACKTEST_MONTHS), this_month

    def _prepare_proposed_table(self):
        """The match table as it would be with this version in force."""
        domain = [("company_id", "=", self.company_id.id), ("state", "=", "approved")]
        return (self.search(domain) - self._get_replaced_versions() | self)._prepare_match_table()

    def action_open_backtest(self):
        """The months before and after as a graph."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Back-test of %s", self.display_name),
            "res_model": "saas.revenue.rule.month",
            "view_mode": "graph,list",
            "domain": [("rule_id", "=", self.id)],
        }
