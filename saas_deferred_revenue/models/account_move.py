"""Posting an invoice makes its schedules; a run's journal entry knows its run."""

from dateutil.relativedelta import relativedelta
from odoo import Command, fields, models
from odoo.exceptions import UserError

from .account_move_line import SERVICE_DATES
from .billing_issue_rule import RevenueRuleError

#: Months from one to the next of a recurring document.
RECURRENCES = {"monthly": 1, "quarterly": 3, "yearly": 12}


class AccountMove(models.Model):
    _inherit = "account.move"

    saas_revenue_run_id = fields.Many2one(
        "saas.revenue.run",
        string="Revenue Run",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    saas_revenue_schedule_ids = fields.One2many(
        "saas.revenue.schedule", "move_id", string="Revenue Schedules"
    )
    saas_revenue_schedule_count = fields.Integer(compute="_compute_saas_revenue_schedule_count")

    def _compute_saas_revenue_schedule_count(self):
        segments = self.env["saas.revenue.segment"]
        counts = {}
        if segments.has_access("read"):
            domain = [("move_line_id.move_id", "in", self.ids)]
            rows = segments._read_group(domain, ["move_line_id"], ["schedule_id:count_distinct"])
            counts = dict(rows)
        for move in self:
            move.saas_revenue_schedule_count = sum(counts.get(line, 0) for line in move.line_ids)

    def _compute_invoice_currency_rate(self):
        """What takes deferred revenue back has its rate, whatever day it is dated on.

        Deferred revenue is never revalued, so what is taken back of it leaves as it came; the
        exchange difference stays on the receivable. Learning what it takes back changes no rate:
        the billing sync tells that of posted documents.
        """
        result = super()._compute_invoice_currency_rate()
        for move in self.filtered("reversed_entry_id"):
            origin = move.reversed_entry_id
            if (
                move.is_invoice(include_receipts=True)
                and move.currency_id == origin.currency_id
                and origin.line_ids.saas_revenue_rule_id
            ):
                move.invoice_currency_rate = origin.invoice_currency_rate
        return result

    def copy_data(self, default=None):
        """A reversal's lines know which lines they take back."""
        vals_list = super().copy_data(default=default)
        default = default or {}
        if default.get("auto_post_origin_id"):
            self._serve_next_period(vals_list)
        if not default.get("reversed_entry_id"):
            return vals_list
        for move, vals in zip(self, vals_list, strict=True):
            sources = move.line_ids.sorted("id")
            commands = vals.get("line_ids", [])
            if len(sources) != len(commands):
                continue
            for source, (command, _id, line_vals) in zip(sources, commands, strict=True):
                if command == Command.CREATE and source.saas_revenue_rule_id:
                    line_vals["saas_credited_line_id"] = source.id
        return vals_list

    def _serve_next_period(self, vals_list):
        """The next of a recurring invoice bills the service that follows, not the same again."""
        for move, vals in zip(self, vals_list, strict=True):
            period = relativedelta(months=RECURRENCES[move.auto_post])
            for _command, _id, line_vals in vals.get("line_ids", []):
                for name in SERVICE_DATES & line_vals.keys():
                    day = line_vals[name]
                    line_vals[name] = day and fields.Date.to_date(day) + period

    def _prepare_product_base_line_for_taxes_computation(self, product_line):
        """A tax without an account of its own follows the revenue, not the deferred account."""
        base_line = super()._prepare_product_base_line_for_taxes_computation(product_line)
        if product_line.saas_revenue_account_id:
            base_line["account_id"] = product_line.saas_revenue_account_id
        return base_line

    def _post(self, soft=True):
        self._refresh_saas_revenue_rules()
        self._check_saas_revenue_rules()
        posted = super()._post(soft=soft)
        if deferred := posted.line_ids.filtered(lambda line: line._is_saas_deferred()):
            self.env["saas.revenue.schedule"]._create_for_lines(deferred)
        return posted

    def _refresh_saas_revenue_rules(self):
        """Decide anew with the rules in force today: a draft may be older than its rule."""
        lines = self.line_ids.filtered(
            lambda line: line.saas_service_start or line.saas_credited_line_id
        )
        decided = ("saas_revenue_rule_id", "saas_revenue_account_id")
        for name in decided:
            self.env.add_to_compute(lines._fields[name], lines)
        for name in (*decided, "account_id"):
            lines.mapped(name)

    def _check_saas_revenue_rules(self):
        """Refuse to defer to what no month end could be posted from.

        :raise RevenueRuleError: says what of a rule is archived
        """
        new = self.line_ids.filtered(
            lambda line: line._is_saas_deferred() and not line._takes_saas_revenue_back()
        )
        for rule in new.saas_revenue_rule_id.sudo():
            if problem := rule._get_problem():
                raise RevenueRuleError(problem, rule.code)

    def button_draft(self):
        for move in self:
            if move.saas_revenue_run_id:
                raise UserError(
                    self.env._(
                        "%(entry)s belongs to the month-end run %(run)s, whose postings explain "
                        "it line by line; it cannot go back to draft.",
                        entry=move.display_name,
                        run=move.saas_revenue_run_id.name,
                    )
                )
        segments = self.env["saas.revenue.segment"].sudo()
        # Odoo asks this of empty sets too, at every write to journal items.
        deferred = self and segments._get_deferred_moves(self)
        if not deferred:
            return super().button_draft()
        segments._check_undoable(deferred)
        segments._check_no_proposals(deferred)
        result = super().button_draft()
        segments._remove_of_drafts(deferred)
        return result

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """What a run has posted is taken back by the run, posting by posting."""
        for move in self:
            if run := move.saas_revenue_run_id:
                raise UserError(
                    self.env._(
                        "%(entry)s belongs to the month-end run %(run)s: take the run back"
                        " instead of reversing its entry.",
                        entry=move.display_name,
                        run=run.sudo().name,
                    )
                )
        return super()._reverse_moves(default_values_list, cancel=cancel)

    def action_open_saas_revenue_schedules(self):
        segments = self.env["saas.revenue.segment"].search(
            [("move_line_id.move_id", "in", self.ids)]
        )
        return segments.schedule_id._get_list_action(
            "saas.revenue.schedule",
            segments.schedule_id.ids,
            self.env._("Revenue Schedules"),
        )

    def action_open_saas_revenue_run(self):
        return self.saas_revenue_run_id.get_formview_action()

    def action_open_saas_revenue_postings(self):
        return self.env["saas.revenue.schedule"]._get_list_action(
            "saas.revenue.posting",
            self.line_ids.saas_revenue_posting_ids.ids,
            self.env._("Revenue Postings"),
        )
