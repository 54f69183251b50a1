"""The month-end run: target minus already posted, one aggregated entry, one row per segment."""

import json
from datetime import timedelta
from decimal import Decimal

from odoo import Command, api, fields, models
from odoo.addons.saas_billing_connector.models.sql_view import keep_uncompiled
from odoo.exceptions import AccessError, LockError, UserError
from odoo.tools import SQL, format_date

from ..recognition.calendar import month_start, next_month
from . import revenue_due_sql

GROUPINGS = [
    ("account", "Account, Currency and Analytic"),
    ("product", "The Same, and Product"),
    ("partner", "The Same, and Customer"),
    ("product_partner", "The Same, Product and Customer"),
]
#: What whoever starts a run decides.
SCOPE_FIELDS = frozenset({"company_id", "period"})


class RevenueRun(models.Model):
    """One posting run of one company and month; several are numbered by `sequence`."""

    _name = "saas.revenue.run"
    _description = "Month-end Revenue Run"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "period desc, sequence desc, id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    period = fields.Date(
        required=True,
        default=lambda self: self._get_last_complete_month(),
        tracking=True,
        help="First day of the month whose revenue the run posts.",
    )
    date_to = fields.Date(
        string="Last Day", compute="_compute_date_to", help="Last day of the month."
    )
    sequence = fields.Integer(default=1, required=True, readonly=True, copy=False)
    state = fields.Selection(
        [("draft", "Draft"), ("preview", "Previewed"), ("posted", "Posted")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    line_ids = fields.One2many("saas.revenue.run.line", "run_id", copy=False)
    amount_line_ids = fields.One2many(
        "saas.revenue.run.line", "run_id", domain=[("kind", "=", "amount")], copy=False
    )
    blocker_line_ids = fields.One2many(
        "saas.revenue.run.line",
        "run_id",
        domain=[("kind", "in", ("blocker", "warning"))],
        copy=False,
    )
    company_amount = fields.Monetary(
        string="Recognised",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="In company currency; what credit notes take back is subtracted.",
    )
    prior_company_amount = fields.Monetary(
        string="Of Which Prior Periods",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
    )
    posting_count = fields.Integer(readonly=True, copy=False)
    move_ids = fields.One2many(
        "account.move", "saas_revenue_run_id", string="Journal Entries", copy=False
    )
    move_count = fields.Integer(compute="_compute_move_count")
    grouping = fields.Selection(
        GROUPINGS,
        string="Entries by",
        readonly=True,
        copy=False,
        help="What the journal items of the run were grouped by, as the company had chosen then.",
    )
    posted_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    posted_on = fields.Datetime(readonly=True, copy=False)

    _period_sequence_unique = models.Constraint(
        "UNIQUE (company_id, period, sequence)",
        "Another run of this month has the same number.",
    )
    _period_is_month = models.Constraint(
        "CHECK (EXTRACT(DAY FROM period) = 1)", "The period of a run is the first day of a month."
    )

    @api.depends("period", "sequence")
    def _compute_name(self):
        for run in self:
            month = run.period and run.period.strftime("%Y-%m")
            run.name = month and (month if run.sequence == 1 else f"{month} ({run.sequence})")

    @api.depends("period")
    def _compute_date_to(self):
        for run in self:
            run.date_to = run.period and next_month(run.period) - timedelta(days=1)

    @api.depends("move_ids")
    def _compute_move_count(self):
        for run in self:
            run.move_count = len(run.move_ids)

    @api.model_create_multi
    def create(self, vals_list):
        runs = self.browse()
        for vals in vals_list:
            self._check_only_scope(vals)
            runs |= super().create(self._prepare_numbered(vals))
        return runs

    def _check_only_scope(self, vals):
        """A person says which month; what comes of it is written by the run itself."""
        told = {name for name in vals if not name.startswith(("message_", "activity_"))}
        if not self.env.su and not told <= SCOPE_FIELDS:
            raise AccessError(self.env._("What a run has posted is written by itself."))

    @api.model
    def _prepare_numbered(self, vals):
        """Values with the next number of the month; two at a time meet the unique constraint."""
        company_id = vals.get("company_id") or self.env.company.id
        period = fields.Date.to_date(vals.get("period")) or self._get_last_complete_month()
        latest = self.sudo().search_fetch(
            [("company_id", "=", company_id), ("period", "=", month_start(period))],
            ["sequence"],
            order="sequence desc",
            limit=1,
        )
        return {**vals, "period": month_start(period), "sequence": latest.sequence + 1}

    def write(self, vals):
        self._check_only_scope(vals)
        if vals.get("period"):
            vals = {**vals, "period": month_start(fields.Date.to_date(vals["period"]))}
        settled = self.filtered(lambda run: run.state == "posted")
        if settled and not all(name.startswith(("message_", "activity_")) for name in vals):
            raise UserError(self.env._("Run %s is posted and cannot be changed.", settled[0].name))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unposted(self):
        if posted := self.filtered(lambda run: run.state == "posted"):
            raise UserError(self.env._("Run %s is posted and cannot be deleted.", posted[0].name))

    # ------------------------------------------------------------------
    # Preview
    # ------------------------------------------------------------------

    def action_preview(self):
        """Show what the run would post today, by account, and what stands in its way."""
        for run in self:
            if run.state == "posted":
                raise UserError(self.env._("Run %s is posted already.", run.name))
            groups = run._get_due_groups(run.company_id, run.period)
            totals = run._prepare_totals(groups)
            lines = run._prepare_amount_lines(groups) + run._prepare_blocker_lines(totals)
            run.check_access("write")
            run.sudo().line_ids.unlink()
            run.sudo().write(
                {"state": "preview", "line_ids": [*map(Command.create, lines)], **totals}
            )

    @api.model
    def _get_due_groups(self, company, period):
        """What is due by the end of the month, by future journal item; see `due_groups`."""
        self._flush_for_sql()
        return self._read_groups(revenue_due_sql.due_rows(company.id, period))

    @api.model
    def _is_due(self, company, period, groups):
        """Whether a run of the month would book something; `groups` is what segments have due."""
        return bool(groups)

    @api.model
    def _get_due_totals(self, company, period):
        """How many rows a run of the month would write, and their amount in company currency."""
        totals = self._prepare_totals(self._get_due_groups(company, period))
        return {name: totals[name] for name in ("posting_count", "company_amount")}

    @api.model
    def _stage_due_groups(self, company, period):
        """As `_get_due_groups`, and keep the rows for the postings of this transaction."""
        self._flush_for_sql()
        grouping = company.sudo().saas_revenue_grouping
        return self._stage_groups(revenue_due_sql.due_rows(company.id, period, grouping))

    @api.model
    def _stage_groups(self, rows):
        self.env.cr.execute(revenue_due_sql.stage(rows))
        return self._read_groups(revenue_due_sql.STAGED)

    def _read_groups(self, due):
        groups = self.env.execute_query_dict(revenue_due_sql.due_groups(due))
        for group in groups:
            for name in ("amount", "company_amount", "prior_company_amount"):
                group[name] = Decimal(group[name])
        return groups

    def _flush_for_sql(self):
        """Make ready for statements of our own, which take less long than compiling them would."""
        for model in ("account.move", "account.move.line", "saas.revenue.run"):
            self.env[model].flush_model()
        keep_uncompiled(self.env.cr)

    def _prepare_totals(self, groups):
        return {
            "company_amount": float(sum(g["company_amount"] for g in groups)),
            "prior_company_amount": float(sum(g["prior_company_amount"] for g in groups)),
            "posting_count": sum(g["posting_count"] for g in groups),
        }

    def _prepare_amount_lines(self, groups):
        """Preview lines by deferred account, revenue account and currency."""
        summed = {}
        for group in groups:
            key = group["deferred_account_id"], group["revenue_account_id"], group["currency_id"]
            line = summed.setdefault(
                key,
                {
                    "kind": "amount",
                    "deferred_account_id": key[0],
                    "revenue_account_id": key[1],
                    "currency_id": key[2],
                    "amount": 0,
                    "company_amount": 0,
                    "prior_company_amount": 0,
                    "record_count": 0,
                },
            )
            for name in ("amount", "company_amount", "prior_company_amount"):
                line[name] += group[name]
            line["record_count"] += group["posting_count"]
        return list(summed.values())

    # ------------------------------------------------------------------
    # Posting
    # ------------------------------------------------------------------

    def action_post(self):
        """Button: post the run for a revenue accountant."""
        group = "saas_deferred_revenue.group_revenue_accountant"
        if not self.env.su and not self.env.user.has_group(group):
            raise UserError(self.env._("Only revenue accountants post month-end runs."))
        for run in self.sorted("period"):
            run._post_run()

    def _post_run(self):
        """Post target minus already posted, in one transaction: a crash leaves nothing half done.

        :return: the journal entries, empty when nothing was due
        """
        self.ensure_one()
        if self.state == "posted":
            raise UserError(self.env._("Run %s is posted already.", self.name))
        if self.date_to > fields.Date.today():
            raise UserError(self.env._("The month %s is not over yet.", self.name))
        self._lock_company(self.company_id)
        groups = self._stage_due_groups(self.company_id, self.period)
        return self._post_groups(groups)

    def _post_groups(self, groups):
        items, moves = [], self.env["account.move"]
        for journal, own in self._split_by_journal(groups).items():
            move = self._create_entry(journal, own)
            items += self._match_items(move, own)
            moves |= move
        if items:
            self.env.flush_all()
            self.env.cr.execute(revenue_due_sql.insert_postings(self, items))
            self._check_inserted(groups)
        run = self.sudo()
        run.line_ids.unlink()
        run.write(
            {
                "line_ids": [Command.create(v) for v in self._prepare_amount_lines(groups)],
                "grouping": self._get_grouping(),
                "posted_by_id": self.env.uid,
                "posted_on": fields.Datetime.now(),
                "state": "posted",
                **self._prepare_totals(groups),
            }
        )
        self.env["saas.revenue.posting"].invalidate_model()
        self.env["saas.revenue.schedule"].invalidate_model()
        return moves

    def _get_grouping(self):
        """What the run's journal items are grouped by."""
        return self.company_id.sudo().saas_revenue_grouping

    def _split_by_journal(self, groups):
        """`{journal: its groups}`; what adds up to nothing needs no journal item."""
        journals = {}
        for group in groups:
            journal = self.env["account.journal"].browse(group["journal_id"])
            journals.setdefault(journal, []).append(group)
        return journals

    def _lock_company(self, company):
        """Let one run at a time post for a company.

        The row is written, not only locked: a worker that waited here with an older snapshot would
        not see the other's postings, and now meets a serialization error and starts afresh.
        """
        try:
            company.sudo().lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(
                self.env._("Another revenue run of %s is being posted.", company.display_name)
            ) from error
        self.env.cr.execute(
            SQL(
                "UPDATE res_company SET saas_revenue_run_number ="
                " COALESCE(saas_revenue_run_number, 0) + 1 WHERE id = %s",
                company.id,
            )
        )

    def _create_entry(self, journal, groups):
        """The posted entry of a journal; empty where everything adds up to nothing."""
        groups = [group for group in groups if self._needs_items(group)]
        if not groups:
            return self.env["account.move"]
        move = (
            self.env["account.move"]
            .sudo()
            .with_company(self.company_id)
            .with_context(tracking_disable=True, mail_create_nolog=True)
            .create(self._prepare_entry(journal, groups))
        )
        move._post(soft=False)
        return move

    def _prepare_entry(self, journal, groups):
        label = self._get_entry_label()
        return {
            "move_type": "entry",
            "journal_id": journal.id,
            "company_id": self.company_id.id,
            "date": self._get_entry_date(journal),
            "ref": label,
            "saas_revenue_run_id": self.id,
            "line_ids": [
                Command.create(vals)
                for group in groups
                for vals in self._prepare_items(group, label)
            ],
        }

    def _get_entry_label(self):
        month = format_date(self.env, self.period, date_format="MMMM yyyy")
        return self.env._("Revenue recognised for %s", month)

    def _prepare_items(self, group, label):
        """Revenue item first, deferred item second; `_match_items` relies on the order."""
        amount, company_amount = float(group["amount"]), float(group["company_amount"])
        common = {
            "name": label,
            "currency_id": group["currency_id"],
            "analytic_distribution": group["analytic"] and json.loads(group["analytic"]),
            "product_id": group["product_id"] or False,
            "partner_id": group["partner_id"] or False,
            "tax_ids": [],
        }
        return [
            {
                **common,
                "account_id": group["revenue_account_id"],
                "amount_currency": -amount,
                "balance": -company_amount,
            },
            {
                **common,
                "account_id": group["deferred_account_id"],
                "amount_currency": amount,
                "balance": company_amount,
            },
        ]

    def _get_entry_date(self, journal, date=None):
        """The month's last day (or `date`), or the first open day after it when that is locked."""
        return self.company_id._get_first_open_day(date or self.date_to, journal)

    def _needs_items(self, group):
        """Whether a group adds up to something.

        A schedule and its full credit run on as postings that cancel out each month; an entry of
        zeros would tell nobody anything.
        """
        return group["amount"] or group["company_amount"]

    def _match_items(self, move, groups):
        """Tuples of group columns, revenue item, deferred item and date, for the postings."""
        ids = iter(move.line_ids.sorted("id").ids)
        date = move.date or self.date_to
        return [
            (
                *(group[column] for column in revenue_due_sql.GROUP_COLUMNS),
                *((next(ids), next(ids)) if self._needs_items(group) else (None, None)),
                date,
            )
            for group in groups
        ]

    def _check_inserted(self, groups):
        """The rows behind an entry are as many as were added up for it, or nothing is posted."""
        expected = sum(group["posting_count"] for group in groups)
        if self.env.cr.rowcount != expected:
            raise UserError(
                self.env._(
                    "Run %(run)s expected %(expected)s postings and wrote %(written)s.",
                    run=self.name,
                    expected=expected,
                    written=self.env.cr.rowcount,
                )
            )

    # ------------------------------------------------------------------
    # Where to look next
    # ------------------------------------------------------------------

    def action_open_entries(self):
        if len(self.move_ids) == 1:
            return self.move_ids.get_formview_action()
        return self._get_window_action(
            "account.move", [("saas_revenue_run_id", "in", self.ids)], self.env._("Journal Entries")
        )

    def action_open_journal_items(self):
        return self._get_window_action(
            "account.move.line",
            [("move_id.saas_revenue_run_id", "in", self.ids)],
            self.env._("Journal Items"),
        )

    def action_open_postings(self):
        return self._get_window_action(
            "saas.revenue.posting", [("run_id", "in", self.ids)], self.env._("Revenue Postings")
        )

    def action_open_schedules(self):
        return self._get_window_action(
            "saas.revenue.schedule",
            [("posting_ids.run_id", "in", self.ids)],
            self.env._("Revenue Schedules"),
        )

    def _get_window_action(self, model, domain, name):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "list,form",
            "domain": domain,
        }

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------

    @api.model
    def _get_month_figures(self, company, first_month, last_month):
        """See `saas.revenue.proof._get_month_figures`."""
        return self.env["saas.revenue.proof"]._get_month_figures(company, first_month, last_month)
