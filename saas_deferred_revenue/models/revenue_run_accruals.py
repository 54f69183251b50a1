"""Month-end accruals of unbilled prorations: one entry per journal, taken back on the next day."""

import json
from datetime import timedelta
from decimal import Decimal

from odoo import Command, api, fields, models
from odoo.tools import SQL, format_date

from ..recognition.calendar import next_month
from . import revenue_accrual_sql


class RevenueRun(models.Model):
    _inherit = "saas.revenue.run"  # pylint: disable=consider-merging-classes-inherited

    accrual_ids = fields.One2many("saas.revenue.accrual", "run_id", copy=False)
    accrual_line_ids = fields.One2many(
        "saas.revenue.run.line", "run_id", domain=[("kind", "=", "accrual")], copy=False
    )
    accrued_company_amount = fields.Monetary(
        string="Accrued, Unbilled",
        currency_field="company_currency_id",
        compute="_compute_accrued_company_amount",
        help="Served by the month's end and not billed by then, in company currency; taken back on"
        " the next day.",
    )

    @api.depends("accrual_line_ids.company_amount")
    def _compute_accrued_company_amount(self):
        for run in self:
            run.accrued_company_amount = sum(run.accrual_line_ids.mapped("company_amount"))

    # ------------------------------------------------------------------
    # Due
    # ------------------------------------------------------------------

    @api.model
    def _get_accrual_rows(self, company, period):
        """The statement of what is to be accrued at a month's end, see `due_rows`."""
        self._flush_for_accruals()
        rates = self._get_closing_rates(company, next_month(period) - timedelta(days=1))
        return revenue_accrual_sql.due_rows(company.id, period, period, rates)

    def _flush_for_accruals(self):
        for model in ("saas.pending.item", "saas.revenue.rule", "saas.revenue.accrual"):
            self.env[model].flush_model()

    def _get_closing_rates(self, company, day):
        """{currency id: rate to the company's currency} of what the company's items are in."""
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT currency_id FROM saas_pending_item WHERE company_id = %s",
                company.id,
            )
        )
        currencies = self.env["res.currency"].browse(currency_id for [currency_id] in rows)
        return {
            each.id: each._get_conversion_rate(each, company.currency_id, company, day)
            for each in currencies
        }

    @api.model
    def _get_accrual_groups(self, rows):
        """What rows add up to, by future journal item."""
        groups = self.env.execute_query_dict(revenue_accrual_sql.groups(rows))
        for group in groups:
            for name in ("amount", "company_amount"):
                group[name] = Decimal(group[name])
        return groups

    @api.model
    def _is_due(self, company, period, groups):
        return super()._is_due(company, period, groups) or bool(
            self._get_accrual_groups(self._get_accrual_rows(company, period))
        )

    @api.model
    def _get_due_totals(self, company, period):
        totals = super()._get_due_totals(company, period)
        groups = self._get_accrual_groups(self._get_accrual_rows(company, period))
        return {
            "posting_count": totals["posting_count"] + sum(g["record_count"] for g in groups),
            "company_amount": totals["company_amount"]
            + float(sum(g["company_amount"] for g in groups)),
        }

    @api.model
    def _get_first_due_month(self, company):
        """The first month that segments or unbilled items still have to post."""
        self._flush_for_accruals()
        first = fields.Date.to_date("1900-01-01")
        rows = revenue_accrual_sql.due_rows(
            company.id, first, self._get_last_complete_month(), rates={}
        )
        [[accruing]] = self.env.execute_query(SQL("SELECT MIN(period) FROM (%s) due", rows))
        months = [super()._get_first_due_month(company), accruing]
        return min(filter(None, months), default=None)

    # ------------------------------------------------------------------
    # Preview and posting
    # ------------------------------------------------------------------

    def action_preview(self):
        result = super().action_preview()
        for run in self:
            rows = run._get_accrual_rows(run.company_id, run.period)
            run._show_accruals(run._get_accrual_groups(rows))
        return result

    def _prepare_blocker_lines(self, totals):
        line = self._prepare_taxed_line()
        return super()._prepare_blocker_lines(totals) + ([line] if line else [])

    def _prepare_taxed_line(self):
        """Prorations that wait and whose price contains tax: their net is not known yet."""
        before = next_month(self.period)
        domain = [
            ("company_id", "=", self.company_id.id),
            ("proration", "=", True),
            ("saas_revenue_rule_id.accrue_unbilled", "=", True),
            ("catalog_mapping_id.tax_behavior", "=", "inclusive"),
            ("created_on", "<", before),
            ("service_start", "<", before),
            "|",
            ("settled_on", "=", False),
            ("settled_on", ">=", before),
        ]
        items = self.env["saas.pending.item"].sudo().search(domain)
        if not items:
            return None
        own = self.company_currency_id
        amount = sum(
            item.currency_id._convert(item.amount, own, self.company_id, self.date_to)
            for item in items
        )
        return {
            "kind": "warning",
            "name": self.env._("Unbilled prorations of prices that contain tax: not accrued"),
            "currency_id": own.id,
            "amount": amount,
            "company_amount": amount,
            "record_count": len(items),
            "res_model": items._name,
            "res_domain": [("id", "in", items.ids)],
        }

    def _show_accruals(self, groups):
        """Keep the accruals as lines of their own."""
        summed = {}
        for group in groups:
            key = group["unbilled_account_id"], group["revenue_account_id"], group["currency_id"]
            line = summed.setdefault(
                key,
                {
                    "run_id": self.id,
                    "kind": "accrual",
                    "deferred_account_id": key[0],
                    "revenue_account_id": key[1],
                    "currency_id": key[2],
                    "amount": 0,
                    "company_amount": 0,
                    "record_count": 0,
                },
            )
            for name in ("amount", "company_amount", "record_count"):
                line[name] += group[name]
        self.env["saas.revenue.run.line"].sudo().create(list(summed.values()))

    def _post_groups(self, groups):
        rows = (
            revenue_accrual_sql.reversal_rows(self.reverses_id.id)
            if self.reverses_id
            else self._get_accrual_rows(self.company_id, self.period)
        )
        accruals = self._get_accrual_groups(rows)
        accrued = self._post_accruals(rows, accruals)
        moves = super()._post_groups(groups)
        self._show_accruals(accruals)
        return moves | accrued

    def _post_accruals(self, rows, groups):
        """Book what is accrued and take it back, in the run's own transaction.

        :return: the journal entries
        """
        items, moves = [], self.env["account.move"]
        for journal, own in self._split_by_journal(groups).items():
            date = self._get_entry_date(journal, self.date_to)
            back = self._get_entry_date(journal, max(date, self.date_to + timedelta(days=1)))
            entry = self._create_accrual(journal, own, date, 1)
            reversal = self._create_accrual(journal, own, back, -1, reversed_entry_id=entry.id)
            items += self._match_accruals(own, entry, reversal, date, back)
            moves |= entry | reversal
        if items:
            self.env.flush_all()
            self.env.cr.execute(revenue_accrual_sql.insert_accruals(self, rows, items))
            self._check_inserted([{"posting_count": group["record_count"]} for group in groups])
            self.env["saas.revenue.accrual"].invalidate_model()
        return moves

    def _create_accrual(self, journal, groups, date, sign, **values):
        """The posted entry of a journal: unbilled receivable to revenue, or back."""
        groups = [group for group in groups if self._needs_items(group)]
        if not groups:
            return self.env["account.move"]
        label = self._get_accrual_label(sign)
        move = (
            self.env["account.move"]
            .sudo()
            .with_company(self.company_id)
            .with_context(tracking_disable=True, mail_create_nolog=True)
            .create(
                {
                    "move_type": "entry",
                    "journal_id": journal.id,
                    "company_id": self.company_id.id,
                    "date": date,
                    "ref": label,
                    "saas_revenue_run_id": self.id,
                    "line_ids": [
                        Command.create(vals)
                        for group in groups
                        for vals in self._prepare_accrual_items(group, label, sign)
                    ],
                    **values,
                }
            )
        )
        move._post(soft=False)
        return move

    def _get_accrual_label(self, sign):
        month = format_date(self.env, self.period, date_format="MMMM yyyy")
        if self.reverses_id:
            return self.env._("Reversal of unbilled revenue of %s", month)
        if sign < 0:
            return self.env._("Unbilled revenue of %s, taken back", month)
        return self.env._("Unbilled revenue of %s", month)

    def _prepare_accrual_items(self, group, label, sign):
        """Revenue item first, unbilled item second; `_match_accruals` relies on the order."""
        return [
            {
                "name": label,
                "account_id": group[account],
                "currency_id": group["currency_id"],
                "analytic_distribution": group["analytic"] and json.loads(group["analytic"]),
                "amount_currency": float(side * group["amount"]),
                "balance": float(side * group["company_amount"]),
            }
            for account, side in (("revenue_account_id", -sign), ("unbilled_account_id", sign))
        ]

    def _match_accruals(self, groups, entry, reversal, date, reversal_date):
        """Tuples of group columns, the four journal items and both dates, for the rows."""
        ids = [iter(move.line_ids.sorted("id").ids) for move in (entry, reversal)]
        return [
            (
                *(group[column] for column in revenue_accrual_sql.GROUP_COLUMNS),
                *(next(each) if self._needs_items(group) else None for each in ids for _ in "ab"),
                date,
                reversal_date,
            )
            for group in groups
        ]

    # ------------------------------------------------------------------
    # Where to look next
    # ------------------------------------------------------------------

    def action_open_accruals(self):
        return self._get_window_action(
            "saas.revenue.accrual", [("run_id", "in", self.ids)], self.env._("Unbilled Accruals")
        )
