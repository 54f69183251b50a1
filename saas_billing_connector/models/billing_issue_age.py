"""How old issues are, in steps: a field that lists can be grouped by, of the moment it is read."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

#: First day of its life on which an issue is in a step -> the step.
AGES = (("01", "Today"), ("02", "2 to 7 Days"), ("08", "8 to 30 Days"), ("31", "Older"))


class SaasBillingIssue(models.Model):
    _inherit = "saas.billing.issue"

    age = fields.Selection(
        list(AGES),
        compute="_compute_age",
        search="_search_age",
        help="Since it was opened, until it was closed or now; the first 24 hours are its first"
        " day.",
    )

    @api.depends("closed_at")
    def _compute_age(self):
        for issue in self:
            day = f"{min(issue.age_days + 1, 31):02}"
            issue.age = max(first for first, _name in AGES if first <= day)

    @api.model
    def _search_age(self, operator, value):
        if operator != "in":
            return NotImplemented
        steps = tuple(value)
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s IN %s", model._field_to_sql(alias, "age", query), steps
            )
        )

    def _field_to_sql(self, alias, field_expr, query=None):
        """The step by the database's clock: what is stored would be wrong tomorrow."""
        if field_expr != "age":
            return super()._field_to_sql(alias, field_expr, query)
        lasted = SQL(
            "COALESCE(%s, now() AT TIME ZONE 'UTC') - %s",
            self._field_to_sql(alias, "closed_at", query),
            self._field_to_sql(alias, "create_date", query),
        )
        steps = SQL(" ").join(
            SQL("WHEN %s >= %s THEN %s", lasted, timedelta(days=int(first) - 1), first)
            for first, _name in AGES[:0:-1]
        )
        return SQL("CASE %s ELSE %s END", steps, AGES[0][0])
