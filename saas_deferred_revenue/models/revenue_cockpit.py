"""The month at a glance: every number with what leads to the records behind it.

One method per section of the screen, so that the page fills as they come. Numbers are those of the
reports and checks; nothing is computed here a second time.
"""

from datetime import date

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..recognition.calendar import next_month

#: Months before the chosen one that the trend shows.
TREND_MONTHS = 12


class RevenueCockpit(models.AbstractModel):
    _name = "saas.revenue.cockpit"
    _description = "Close Cockpit"

    # ------------------------------------------------------------------
    # Company and month
    # ------------------------------------------------------------------

    @api.model
    def get_frame(self, company_id=None, month=None):
        """What the page is about, before any number.

        Whatever cannot be meant (another's company, a month that is none) gives way to the default.

        :param month: as `2025-09`
        :returns: companies, company, month, currency; and what to do first, where there is
            something (`notice`), or why there is nothing to see (`denied`)
        """
        if not self.env["saas.revenue.close"].has_access("read"):
            return {
                "denied": self.env._(
                    "The close cockpit is for people who see the books. Ask your administrator for"
                    " one of the roles of SaaS Revenue, or for the right to read accounting."
                )
            }
        allowed = self.env.user.company_ids
        company = allowed.filtered(lambda each: each.id == company_id) or self.env.company
        last = self.env["saas.revenue.run"]._get_last_complete_month()
        period = self._read_month(month) or last
        return {
            "companies": [{"id": each.id, "name": each.name} for each in allowed],
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "month": self._write_month(period),
            "last_complete_month": self._write_month(last),
            "is_to_come": period > fields.Date.today(),
            "notice": self.with_company(company)._get_notice(company),
        }

    def _get_notice(self, company):
        """What to do first where the company has nothing to show yet."""
        own = [("company_id", "=", company.id)]
        if any(
            self.env[model].sudo().search_count(own, limit=1)
            for model in ("saas.billing.connection", "saas.revenue.schedule")
        ):
            return False
        return self.env._(
            "%s has no billing connection and no deferred revenue yet. Connect its account under"
            " SaaS Revenue → Configuration → Set-up Assistant, or post a customer invoice whose"
            " lines have service dates.",
            company.name,
        )

    @api.model
    def _read_month(self, text):
        """First day of the month `2025-09`, or None."""
        try:
            return date.fromisoformat(f"{text}-01")
        except ValueError:
            return None

    @api.model
    def _write_month(self, day):
        return f"{day:%Y-%m}"

    def _enter(self, company_id, month):
        """The cockpit in a company that the user may see, the company, the month's first day."""
        company = self.env["res.company"].browse(company_id)
        self.env["saas.revenue.close"].check_access("read")
        if company not in self.env.user.company_ids:
            raise AccessError(self.env._("You do not work in this company."))
        return self.with_company(company), company, self._read_month(month)

    def _link(self, name, model, domain, **more):
        """The records behind a number, or False where the user may not read them."""
        if not self.env[model].has_access("read"):
            return False
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [[False, "list"], [False, "form"]],
            "domain": domain,
            "context": {"allowed_company_ids": self.env.context["allowed_company_ids"]},
            **more,
        }

    def _link_action(self, action):
        """As `_link`, of what a button of a record returns."""
        return self._link(action["name"], action["res_model"], action["domain"])

    def _link_record(self, record):
        """The form of a record, or False where the user may not read it."""
        if not record:
            return False
        form = {"res_id": record.id, "views": [[False, "form"]]}
        return self._link(record.display_name, record._name, [], **form)

    # ------------------------------------------------------------------
    # Control totals
    # ------------------------------------------------------------------

    @api.model
    def get_totals(self, company_id, month):
        """The control totals of the month, of the month before, and the way there.

        :returns: list of tiles; `trend` ends with the month; amounts in company currency
        """
        cockpit, company, period = self._enter(company_id, month)
        first = period - relativedelta(months=TREND_MONTHS)
        reconciliation = cockpit.env["saas.reconciliation.run"].sudo()
        figures = reconciliation._get_month_figures(company, first, period)
        for each, earned in (
            cockpit.env["saas.revenue.proof"]._get_month_figures(company, first, period).items()
        ):
            figures[each].update(earned)
        before = period - relativedelta(months=1)
        links = cockpit._get_total_links(company, period)
        links_before = cockpit._get_total_links(company, before)
        return [
            {
                "code": code,
                "label": label,
                "help": meaning,
                "amount": float(figures[period][code]),
                "before": float(figures[before][code]),
                "trend": [
                    {"month": self._write_month(each), "amount": float(values[code])}
                    for each, values in figures.items()
                ],
                "link": links[code],
                "before_link": links_before[code],
            }
            for code, label, meaning in cockpit._get_tiles()
        ]

    def _get_tiles(self):
        """Code, name and meaning of each control total, in the order of the screen."""
        close = self.env["saas.revenue.close"]
        told = close.fields_get([f"{code}_amount" for code in self._get_total_codes()])
        return [
            (code, told[f"{code}_amount"]["string"], told[f"{code}_amount"]["help"])
            for code in self._get_total_codes()
        ]

    def _get_total_codes(self):
        return ("billed", "collected", "deferred", "recognised")

    def _get_total_links(self, company, period):
        """What each control total adds up, by its code."""
        end = next_month(period)
        checks, proof = self.env["saas.reconciliation.run"], self.env["saas.revenue.proof"]
        invoices = self.env.ref("account.view_out_invoice_tree").id
        return {
            "billed": self._link(
                self.env._("Billed"),
                "account.move",
                checks._get_billed_domain(company, period, end),
                views=[[invoices, "list"], [False, "form"]],
            ),
            "collected": self._link(
                self.env._("Collected"),
                "account.payment",
                checks._get_collected_domain(company, period, end),
            ),
            "deferred": self._link(
                self.env._("Deferred at the End"),
                "account.move.line",
                proof._get_deferred_domain(company, end),
            ),
            "recognised": self._link(
                self.env._("Recognised"),
                "account.move.line",
                proof._get_recognised_domain(company, period, end),
            ),
        }
