"""When the deferred revenue of a month's end will be earned."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import api, models

from ..recognition.calendar import months_between, next_month

#: Months to come that are told apart.
MONTHS = 24


class RevenueCockpit(models.AbstractModel):
    _inherit = "saas.revenue.cockpit"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def get_waterfall(self, company_id, month):
        """Deferred revenue at the end of the month by the month that will earn it.

        :returns: `rows` of months without a gap, and of what comes after them (`month` is False);
            their `total`; amounts in company currency
        """
        cockpit, company, period = self._enter(company_id, month)
        as_of = next_month(period) - timedelta(days=1)
        waterfall = cockpit.env["saas.revenue.waterfall"].sudo()
        amounts = {
            row["month"]: row["company_amount"]
            for row in waterfall._get_waterfall(company, as_of, MONTHS)
        }
        later = amounts.pop(None, None)
        months = months_between(next_month(period), max(amounts)) if amounts else []
        rows = [
            {
                "month": self._write_month(each),
                "amount": float(amounts.get(each, 0)),
                "link": cockpit._link_to_come(company, as_of, [("month", "=", each.isoformat())]),
            }
            for each in months
        ]
        if later:
            first = next_month(period) + relativedelta(months=MONTHS)
            rest = ["|", ("month", "=", False), ("month", ">=", first.isoformat())]
            rows.append(
                {
                    "month": False,
                    "amount": float(later),
                    "link": cockpit._link_to_come(company, as_of, rest),
                }
            )
        return {
            "rows": rows,
            "total": float(sum(amounts.values()) + (later or 0)),
            "link": cockpit._link_to_come(company, as_of, []),
        }

    def _link_to_come(self, company, as_of, months):
        link = self._link(
            self.env._("Deferred Revenue to Come"),
            "saas.revenue.waterfall.month",
            [("company_id", "=", company.id), *months],
        )
        if link:
            link["context"]["revenue_as_of"] = as_of.isoformat()
        return link
